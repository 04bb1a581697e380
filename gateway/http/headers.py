"""What stands around every request.

An id that is echoed and bound to the log, the headers that protect a browser, the access log.

The frame is plain ASGI around the whole application, so that what Litestar answers by itself (404, 405, OPTIONS)
carries them too. No body, no query string and no token is ever logged.
"""

import re
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, Protocol, cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

_USABLE_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,64}")
_STATE: Final = "tod"
SLOW_SECONDS: Final = 1.0
QUIET_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""What is only read, quickly and with success, is counted, and noted for developers alone: a line costs as a query."""

STRICT: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PROTECTION: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
ACCEPTED: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "Tod-Reason",
    "Tod-Renew",
    "Tod-Tenant",
    "X-Request-Id",
)
"""What a page of another, allowed origin may send with a request."""
EXPOSED: Final = (
    "ETag",
    "Link",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Tod-Sequence",
    "X-Request-Id",
)
"""What a page of another, allowed origin may read of an answer."""
_TRANSPORT_SECURITY: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Meter(Protocol):
    """Where a finished request is counted."""

    def finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        ...


def state_of(scope: Scope) -> dict[str, Any]:
    """What the layers tell each other about one request."""
    state: dict[str, Any] = scope.setdefault("state", {}).setdefault(_STATE, {})
    return state


def is_head(scope: Scope) -> bool:
    """Whether only the headers of this answer are wanted."""
    return bool(state_of(scope).get("is_head"))


def request_id_of(scope: Scope) -> str:
    """The id of a request; empty outside the frame."""
    return str(state_of(scope).get("request_id", ""))


def add_headers(scope: Scope, headers: Iterable[tuple[str, str]]) -> None:
    """Headers for the answer of this request, whoever gives it: also a refusal."""
    state_of(scope).setdefault("headers", []).extend(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
    )


class Frame:
    """The outermost layer. `is_behind_tls` says that browsers reach this gateway by https alone."""

    def __init__(self, app: ASGIApp, meter: Meter, *, is_behind_tls: bool) -> None:
        self._app = app
        self._meter = meter
        self._protection = (*_PROTECTION, _TRANSPORT_SECURITY) if is_behind_tls else _PROTECTION

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        request_id = _accepted_id(scope) or secrets.token_hex(8)
        state_of(scope)["request_id"] = request_id
        method, status = str(scope["method"]), 0
        if method == "HEAD":
            state_of(scope)["is_head"] = True
            scope = cast("Scope", {**scope, "method": "GET"})

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = self._dressed(scope, request_id, message["headers"])
            elif method == "HEAD" and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, sending)
            finally:
                self._finished(scope, method, status, perf_counter() - begun)

    def _dressed(
        self, scope: Scope, request_id: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        dressed = [*headers, *self._protection, *state_of(scope).get("headers", ())]
        dressed.append((b"x-request-id", request_id.encode()))
        given = {name.lower() for name, _ in dressed}
        if b"cache-control" not in given:
            dressed.append((b"cache-control", b"no-store"))
        if b"content-security-policy" not in given:
            dressed.append((b"content-security-policy", STRICT.encode()))
        return dressed

    def _finished(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = str(scope.get("path_template", "")) or "unknown"
        self._meter.finished(method, route, status, seconds)
        is_usual = method in QUIET_METHODS and status < HTTPStatus.BAD_REQUEST and seconds < SLOW_SECONDS
        say = log.debug if is_usual else log.info
        say(
            "request.answered",
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            **state_of(scope).get("caller", {}),
        )


def _accepted_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _USABLE_ID.fullmatch(value):
            return value.decode("ascii")
    return ""
