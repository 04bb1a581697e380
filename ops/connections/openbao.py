"""The key service: OpenBao's Transit and key-value engines through hvac, kept off the loop.

hvac blocks and takes a millisecond or two a call, so requests that come at once share one batch call in a thread. What
a process may do is OpenBao's policy, not decided here. No plaintext and no token is in any message or representation.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import hvac
import hvac.exceptions
import requests
from requests.adapters import HTTPAdapter

from contracts.language.errors import ContractBroken, Unavailable
from contracts.language.sealed import Sealed
from ops.connections.coalesce import Coalescer
from ops.connections.openbao_login import Login, LoginRefused

Result = TypeVar("Result")
Item = dict[str, str]

BATCH_MAX: Final = 150
"""OpenBao's listener refuses a body of more than 1,000 strings; an item of ours has up to six."""
CALLS_MAX: Final = 2
"""Calls under way for one key and operation; what comes meanwhile goes into the next."""
THREADS_MAX: Final = 4
CONNECT_SECONDS_MAX: Final = 1.0
ANSWER_SECONDS_MAX: Final = 4.0
REST_SECONDS: Final = 0.5
"""After a call that failed, how long others are spared the wait: they fail at once."""
REMEMBERED_SECONDS: Final = 60.0
"""How long the newest version of a key is taken to be the newest."""
TENANT_TOKEN_PATH: Final = "tod/tenant-token"  # noqa: S105 - where it lies, not what it is
PEOPLE_KEY: Final = "tod-people"
"""Stands for addresses of people, and makes the links and tokens that they are given."""
KV_MOUNT: Final = "kv"
SEALING_KEY_KIND: Final = "aes256-gcm96"

_GONE: Final = (
    hvac.exceptions.VaultDown,
    hvac.exceptions.VaultNotInitialized,
    hvac.exceptions.InternalServerError,
    hvac.exceptions.BadGateway,
    hvac.exceptions.RateLimitExceeded,
    hvac.exceptions.UnexpectedError,
)


class OpenBao:
    """One process' way to its keys, made by `open_keys`. It needs no server before it is used, and recovers alone."""

    def __init__(self, client: hvac.Client, role: tuple[str, str], url: str) -> None:
        self._client = client
        self._url = url
        self._login = Login(client, role)
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="openbao")
        self._queues: dict[tuple[str, ...], Coalescer[Item, Item]] = {}
        self._remembered: dict[str, tuple[float, Any]] = {}
        self._rests_until = 0.0

    def close(self) -> None:
        """Let the threads go; a call under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def make_key(self, key: str) -> None:
        """Have a sealing key made; one that exists is left as it is."""
        transit = self._client.secrets.transit
        await self._ask(f"make the key {key}", lambda: transit.create_key(name=key, key_type=SEALING_KEY_KIND))

    async def destroy_key(self, key: str) -> None:
        """Destroy a sealing key for good; one that is gone already is no error."""
        transit = self._client.secrets.transit

        def destroy() -> None:
            try:
                transit.update_key_configuration(name=key, deletion_allowed=True)
                transit.delete_key(name=key)
            except (hvac.exceptions.InvalidPath, hvac.exceptions.InvalidRequest) as error:
                if not _says_gone(error):
                    raise

        await self._ask(f"destroy the key {key}", destroy)

    async def fingerprint(self, text: str) -> str:
        """The HMAC-SHA256 of a text, in hexadecimal, by a key that never leaves the key service."""
        path = f"transit/hmac/{PEOPLE_KEY}/sha2-256"
        answer = await self._ask(
            "authenticate", lambda: self._client.write_data(path, data={"input": _base64(text.encode())})
        )
        return base64.b64decode(answer["data"]["hmac"].rpartition(":")[2]).hex()

    async def seal(self, key: str, plaintext: str, context: str) -> Sealed:
        """Text that only this key opens, and only in this context."""
        item = {"plaintext": _base64(plaintext.encode()), "associated_data": _base64(context.encode())}
        answer = await self._shared(self._client.secrets.transit.encrypt_data, ("seal with", key), item)
        return Sealed(key, answer["ciphertext"])

    async def open(self, sealed: Sealed, context: str) -> str:
        """The text again; raises ContractBroken when it was not sealed by this key in this context."""
        item = {"ciphertext": sealed.text, "associated_data": _base64(context.encode())}
        answer = await self._shared(self._client.secrets.transit.decrypt_data, ("open with", sealed.key), item)
        return base64.b64decode(answer["plaintext"]).decode()

    async def signing_version(self, key: str) -> int:
        """The newest version of a signing key."""
        return max(await self._versions(key))

    async def public_keys(self, key: str) -> Mapping[str, bytes]:
        """The public halves of all versions of a signing key, by the name that tokens know them by: `v1`."""
        return {f"v{version}": raw for version, raw in (await self._versions(key)).items()}

    async def sign(self, key: str, data: bytes, *, version: int) -> bytes:
        """The signature of one version of a key."""

        def call(name: str, *, batch_input: Sequence[Item]) -> Any:  # noqa: ANN401 - hvac has no types
            return self._client.secrets.transit.sign_data(name, batch_input=batch_input, key_version=version)

        answer = await self._shared(call, ("sign with", key, f"v{version}"), {"input": _base64(data)})
        return base64.b64decode(answer["signature"].rpartition(":")[2])

    async def authentication_version(self) -> str:
        """The name of the tenant token's key in use."""
        return str((await self._tenant_token_key())["kid"])

    async def authenticate(self, data: str) -> str:
        """The HMAC-SHA256 of a text, in hexadecimal, by the tenant token's key."""
        key = bytes.fromhex((await self._tenant_token_key())["key"])
        return hmac.new(key, data.encode(), hashlib.sha256).hexdigest()

    async def read(self, path: str) -> dict[str, str]:
        """The newest version of what lies under a path of the key-value engine."""
        values = self._client.secrets.kv.v2
        answer = await self._ask(
            f"read {path}",
            lambda: values.read_secret_version(path=path, mount_point=KV_MOUNT, raise_on_deleted_version=True),
        )
        found: dict[str, str] = answer["data"]["data"]
        return found

    async def ping(self) -> float:
        """How many milliseconds the server takes to say that it is open for use; raises Unavailable."""
        begun = time.monotonic()
        await self._ask("prove its login", self._client.auth.token.lookup_self)
        return (time.monotonic() - begun) * 1000

    async def _versions(self, key: str) -> Mapping[int, bytes]:
        def read() -> Any:  # noqa: ANN401 - hvac has no types
            return self._client.secrets.transit.read_key(name=key)["data"]["keys"]

        versions = await self._remember(key, lambda: self._ask(f"read the public half of {key}", read))
        return {int(version): base64.b64decode(entry["public_key"]) for version, entry in versions.items()}

    async def _tenant_token_key(self) -> dict[str, str]:
        found: dict[str, str] = await self._remember(TENANT_TOKEN_PATH, lambda: self.read(TENANT_TOKEN_PATH))
        return found

    async def _remember(self, name: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever was asked for
        known = self._remembered.get(name)
        if known is None or known[0] < time.monotonic():
            known = self._remembered[name] = (time.monotonic() + REMEMBERED_SECONDS, await ask())
        return known[1]

    async def _shared(self, call: Callable[..., Any], name: tuple[str, ...], item: Item) -> Item:
        """One item's answer out of a batch that it shares with whoever asks for the same at this time."""
        queue = self._queues.get(name)
        if queue is None:

            async def run(items: Sequence[Item]) -> Sequence[Item | Exception]:
                answer = await self._ask(" ".join(name), lambda: _batch(call, name[1], items))
                return [_item_of(result, name) for result in answer]

            queue = self._queues[name] = Coalescer(run, batch_max=BATCH_MAX, calls_max=CALLS_MAX)
        return await queue.ask(item)

    async def _ask(self, attempt: str, call: Callable[[], Result]) -> Result:
        """Run one blocking call in a thread, logged in, its errors in our words."""
        if time.monotonic() < self._rests_until:
            raise Unavailable(f"OpenBao at {self._url} did not answer a moment ago; it is asked again in a moment")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._blocking, attempt, call)

    def _blocking(self, attempt: str, call: Callable[[], Result]) -> Result:
        try:
            token = self._login.ensure()
            try:
                return call()
            except hvac.exceptions.Forbidden:
                self._login.anew(token)
                return call()
        except (LoginRefused, *_GONE, requests.RequestException) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise Unavailable(
                f"OpenBao at {self._url} did not {attempt} ({type(error).__name__}); "
                "is it running and unsealed, and does it know this process?"
            ) from error
        except hvac.exceptions.VaultError as error:
            raise ContractBroken(f"OpenBao refused to {attempt}: {' '.join(str(error).split())}") from error


def _batch(call: Callable[..., Any], key: str, items: Sequence[Item]) -> Any:  # noqa: ANN401 - hvac has no types
    """The results of a batch. When one item is bad OpenBao answers 400, and hvac's error carries all the good ones."""
    results = None
    try:
        return call(key, batch_input=list(items))["data"]["batch_results"]
    except hvac.exceptions.InvalidRequest as error:
        results = ((error.json or {}).get("data") or {}).get("batch_results")
        if results is None:
            raise
    return results


def _says_gone(error: hvac.exceptions.VaultError) -> bool:
    return (
        isinstance(error, hvac.exceptions.InvalidPath) or "not found" in str(error) or "no existing key" in str(error)
    )


def _item_of(result: dict[str, str], name: tuple[str, ...]) -> Item | Exception:
    if complaint := result.get("error"):
        return ContractBroken(f"OpenBao refused to {' '.join(name)}: {complaint}")
    return result


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@asynccontextmanager
async def open_keys(url: str, role: tuple[str, str]) -> AsyncIterator[OpenBao]:
    """The key service for as long as the block runs; `role` is the AppRole's role id and secret id."""
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc: nothing of the environment stands between a secret and its server
    session.mount("http", HTTPAdapter(pool_connections=1, pool_maxsize=THREADS_MAX))
    timeouts = (CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX)
    client = hvac.Client(url=url, token="", timeout=timeouts, session=session)
    keys = OpenBao(client, role, url)
    try:
        yield keys
    finally:
        keys.close()
        session.close()
