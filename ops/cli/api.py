"""The platform's own HTTP interface, as the command line uses it: nothing that another client could not do."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import jwt

from contracts.language.access import Role
from contracts.language.errors import TodError, Unavailable
from ops.cli.installation import settings_of
from ops.cli.signing_in import session_file
from ops.cli.token import mint
from ops.provision.secrets import write_private
from ops.settings import ClientSettings, GatewaySettings, load

SECONDS_MAX: Final = 20.0
HOURS: Final = 1.0
LEFT_SECONDS_MIN: Final = 60
TOKEN_FILE: Final = "cli.token"  # noqa: S105 - where it lies, not what it is


class ApiProblem(TodError):
    """The platform answered with a problem document."""

    code = "api.problem"
    title = "The platform refused"


def get(data_dir: Path, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - any JSON
    """GET one resource.

    Raises Unavailable when nobody answers, ApiProblem with the platform's own words when it refuses.
    """
    return _asked(data_dir, "GET", path, parameters=parameters)


def delete(data_dir: Path, path: str) -> Any:  # noqa: ANN401 - any JSON
    """DELETE one resource, once; raises as `get` does."""
    return _asked(data_dir, "DELETE", path)


def _asked(data_dir: Path, method: str, path: str, *, parameters: Mapping[str, str | int] | None = None) -> Any:  # noqa: ANN401 - any JSON
    url = f"{address(data_dir)}/api{path}"
    try:
        response = httpx.request(
            method,
            url,
            params=parameters,
            headers={"Authorization": f"Bearer {token(data_dir)}"},
            timeout=SECONDS_MAX,
        )
    except httpx.HTTPError as error:
        raise Unavailable(f"Nothing answers at {url} ({error}); is the gateway running?") from error
    if response.is_error:
        raise ApiProblem(_complaint(response))
    return response.json()


def _complaint(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return f"{response.url.path}: {problem.get('title')} - {problem.get('detail')} ({response.status_code})"
    except ValueError:
        return f"{response.url.path} answered {response.status_code}"


def address(data_dir: Path) -> str:
    """Where the gateway listens: TOD_URL, where one is signed in, or the port of the installation."""
    if url := load(ClientSettings).url:
        return url.rstrip("/")
    kept = session_file.read()
    return local_address(data_dir) if kept is None else kept.url


def local_address(data_dir: Path) -> str:
    """Where the gateway of the installation on this machine listens."""
    return f"http://127.0.0.1:{settings_of(GatewaySettings, 'gateway', data_dir).http_port}"


def token(data_dir: Path) -> str:
    """TOD_TOKEN, that of `tod login`, or one for development that is kept for an hour where only its owner reads it."""
    if text := load(ClientSettings).token:
        return text
    if (session := session_file.current()) is not None:
        return session.tokens.access_token
    kept = data_dir / "secrets" / TOKEN_FILE
    if kept.exists():
        text = kept.read_text(encoding="ascii")
        claims = jwt.decode(text, options={"verify_signature": False})
        if claims["exp"] - time.time() > LEFT_SECONDS_MIN:
            return text
    text = asyncio.run(mint(data_dir, role=Role.SUPER_ADMIN, tenant="", hours=HOURS))
    write_private(kept, text.encode())
    return text
