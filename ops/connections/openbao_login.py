"""One process' login at OpenBao: by AppRole, renewed before it ends, made anew when it is no longer good.

Runs in the threads of the key service, hence the lock; only one of them logs in while the others wait for it.
"""

import threading
import time
from typing import Any, Final

import hvac
import hvac.exceptions

RENEW_AT: Final = 0.5
"""The part of a token's life after which it is renewed, if anybody needs it then."""


class LoginRefused(Exception):
    """OpenBao does not let this process in, now; it may once it is set up."""


class Login:
    """The token of one client, kept good. Its methods raise LoginRefused, or what hvac raises."""

    def __init__(self, client: hvac.Client, role: tuple[str, str]) -> None:
        self._client = client
        self._role = role
        self._lock = threading.Lock()
        self._renew_at = 0.0

    def ensure(self) -> str:
        """A token that is good for a while, as far as is known here."""
        with self._lock:
            if not self._client.token:
                self._log_in()
            elif time.monotonic() >= self._renew_at:
                self._renew()
            return str(self._client.token)

    def anew(self, refused: str) -> None:
        """Log in again because a token was refused, unless somebody has done so since."""
        with self._lock:
            if self._client.token == refused:
                self._log_in()

    def _renew(self) -> None:
        try:
            self._keep(self._client.auth.token.renew_self()["auth"])
        except (hvac.exceptions.Forbidden, hvac.exceptions.InvalidRequest):
            self._log_in()

    def _log_in(self) -> None:
        self._client.token = ""
        role_id, secret_id = self._role
        try:
            self._keep(self._client.auth.approle.login(role_id=role_id, secret_id=secret_id)["auth"])
        except (hvac.exceptions.Forbidden, hvac.exceptions.InvalidRequest) as error:
            raise LoginRefused(str(error)) from error

    def _keep(self, auth: dict[str, Any]) -> None:
        self._renew_at = time.monotonic() + float(auth["lease_duration"]) * RENEW_AT
