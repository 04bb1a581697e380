"""What a person does about signing in, over HTTP: enrol, sign in, go on, change what they sign in with.

Password and Secret Key are used here and sent nowhere: what goes over the wire is a verifier once, and proofs then.
"""

import secrets
from typing import Any, Final

import httpx
import msgspec

from contracts.language.errors import InvalidRequest, TodError, Unavailable
from ops.cli.signing_in import srp
from ops.cli.signing_in.derivation import ITERATIONS, account_of, exponent

SALT_BYTES: Final = 32
SECONDS_MAX: Final = 30.0


class SignInRefused(TodError):
    """The platform refused, in its own words."""

    code = "api.problem"
    title = "The platform refused"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is kept by. Times in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    session_id: str
    user_id: str
    role: str
    tenant_id: str | None


class Door:
    """The open routes of one installation. `url` is where people reach it."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def link(self, token: str) -> dict[str, Any]:
        """What a link is for; raises SignInRefused when it is good no longer."""
        return self._asked("GET", f"/enrolments/{token}")

    def enrol(self, token: str, *, email: str, password: str, secret_key: bytes) -> dict[str, Any]:
        """Use a link up: sign in with this password and this Secret Key from now on."""
        lock = new_lock(email=email, password=password, secret_key=secret_key)
        return self._asked("POST", f"/enrolments/{token}", lock)

    def sign_in(self, *, email: str, password: str, secret_key: bytes) -> Tokens:
        """Prove to know both; raises SignInRefused, or InvalidRequest for a server that proves nothing in return."""
        handshake, proof = self._proof(email, password, secret_key)
        body = {
            "handshake_id": handshake["handshake_id"],
            "client_public": proof.client_public,
            "client_proof": proof.client_proof,
            "keep": "body",
        }
        given = self._asked("POST", "/sessions", body)
        proof.check(given.pop("server_proof"))
        return msgspec.convert(given, Tokens)

    def renew(self, refresh_token: str) -> Tokens:
        """The next tokens of a session; the one that was used is good no longer."""
        return msgspec.convert(self._asked("POST", "/sessions/renewal", {"refresh_token": refresh_token}), Tokens)

    def change(self, access_token: str, *, email: str, old: tuple[str, bytes], new: tuple[str, bytes]) -> None:
        """Sign in with another password and Secret Key from now on; `old` and `new` are both of each."""
        handshake, proof = self._proof(email, *old)
        body = {
            "handshake_id": handshake["handshake_id"],
            "client_public": proof.client_public,
            "client_proof": proof.client_proof,
            "lock": new_lock(email=email, password=new[0], secret_key=new[1]),
        }
        answer = self._asked("PUT", "/me/lock", body, {"Authorization": f"Bearer {access_token}"})
        proof.check(answer["server_proof"])

    def _proof(self, email: str, password: str, secret_key: bytes) -> tuple[dict[str, Any], srp.Proof]:
        handshake = self._asked("POST", "/sessions/handshakes", {"email": email})
        if handshake["iterations"] < ITERATIONS:
            raise InvalidRequest("The server wants less work than is safe for a password: it may be another one.")
        salt = bytes.fromhex(handshake["salt"])
        x = exponent(
            email=email, password=password, secret_key=secret_key, salt=salt, iterations=handshake["iterations"]
        )
        proof = srp.prove(
            group=handshake["group"],
            account=account_of(email),
            salt=salt,
            x=x,
            server_public=handshake["server_public"],
        )
        return handshake, proof

    def _asked(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = httpx.request(method, f"{self._url}/api{path}", json=body, headers=headers, timeout=SECONDS_MAX)
        except httpx.HTTPError as error:
            raise Unavailable(f"Nothing answers at {self._url} ({error}); is the gateway running?") from error
        if answer.is_error:
            raise SignInRefused(_complaint(answer))
        found: dict[str, Any] = answer.json()
        return found


def new_lock(*, email: str, password: str, secret_key: bytes, group: str = srp.DEFAULT_GROUP) -> dict[str, Any]:
    """What the server keeps of a password and a Secret Key: a fresh salt, and a verifier that gives neither away."""
    salt = secrets.token_bytes(SALT_BYTES)
    x = exponent(email=email, password=password, secret_key=secret_key, salt=salt)
    return {"group": group, "salt": salt.hex(), "iterations": ITERATIONS, "verifier": srp.verifier(group, x)}


def _complaint(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem['title']}: {problem['detail']} ({answer.status_code}, {problem['code']})"
    except (ValueError, KeyError):
        return f"{answer.url.path} answered {answer.status_code}"
