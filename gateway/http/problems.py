"""Errors as problem documents (RFC 9457), all of them.

Ours by the error tree, Litestar's and everybody else's by what they are.

`type` is the code as a URN and the promise; `title` names the kind, `detail` says what was wrong with this request and
what to do. A stack trace goes to the log under the request id and never to the caller.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from contracts.language import errors
from contracts.language.errors import (
    ContractBroken,
    InvalidRequest,
    LimitReached,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Refusal,
    TodError,
    Unavailable,
)
from gateway.http.headers import request_id_of

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:tod:problem:"
_TOLD: Final = ("contracts.", "gateway.")
_ENCODER: Final = msgspec.json.Encoder()
_AT_FIELD: Final = re.compile(r"^(?P<said>.*?) - at `\$?(?P<path>[^`]*)`$", re.DOTALL)


class MethodRefused(Refusal):
    """The path exists, and not with this verb."""

    code = "request.method"
    title = "This path does not take that method"
    status = 405


class MediaRefused(Refusal):
    """The body is not JSON."""

    code = "request.media_type"
    title = "The body must be JSON"
    status = 415


class BodyTooLarge(LimitReached):
    """The body is larger than any command needs."""

    code = "request.too_large"
    title = "The request is too large"
    status = 413


class BodyTooSlow(LimitReached):
    """The body did not arrive in time."""

    code = "request.too_slow"
    title = "The request did not arrive in time"
    status = 408


class KeyReused(Refusal):
    """One idempotency key stood for two different requests."""

    code = "idempotency.reused"
    title = "The idempotency key was used for another request"


class Unanswered(Unavailable):
    """The command is in the log, and nobody said yet what came of it."""

    code = "command.unanswered"
    title = "The command has not been answered yet"
    status = 504
    retry_after_seconds = 2.0


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a refused caller reads. `errors` points at what was wrong in the body, as JSON Pointers."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""
    errors: tuple[dict[str, str], ...] = ()
    details: dict[str, Any] = {}


def _tree(branch: type[TodError]) -> Iterator[type[TodError]]:
    yield branch
    for twig in branch.__subclasses__():
        yield from _tree(twig)


def known_errors() -> Mapping[str, type[TodError]]:
    """Every error that a caller may be told of, by code: the reference is made from it.

    Those are the shared ones and the gateway's own. What another part of a process raises for itself, such as the
    command line, is none of a caller's business and must not show in the reference for having been imported.
    """
    return {error.code: error for error in _tree(errors.TodError) if error.__module__.startswith(_TOLD)}


def refusal_of(code: str, message: str) -> TodError:
    """The error that a code from the log stands for; an unknown code is still a refusal under its own name."""
    known = known_errors().get(code)
    if known is not None:
        return known(message)
    refusal = Refusal(message)
    refusal.code = code  # type: ignore[misc]  # a code this version does not know keeps its own name
    return refusal


_BY_STATUS: Final[Mapping[int, type[TodError]]] = {
    400: InvalidRequest,
    401: NotSignedIn,
    403: NotPermitted,
    404: NotFound,
    405: MethodRefused,
    413: BodyTooLarge,
    415: MediaRefused,
    429: LimitReached,
    503: Unavailable,
}


def translated(error: Exception) -> TodError:
    """Any exception as one of ours; what nobody foresaw is our own bug and says nothing about itself."""
    if isinstance(error, TodError):
        return error
    if isinstance(error, HTTPException):
        is_ours = error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        kind = _BY_STATUS.get(error.status_code, ContractBroken if is_ours else InvalidRequest)
        return kind(_said_of(error, kind))
    if isinstance(error, msgspec.ValidationError | msgspec.DecodeError):
        return InvalidRequest(f"The body cannot be read: {error}")
    return ContractBroken(
        "This is a fault of the platform. Report it with the request id; nothing you can change will help"
    )


def _said_of(error: HTTPException, kind: type[TodError]) -> str:
    said: dict[type[TodError], str] = {
        NotFound: "No route has this path: compare it with the reference under /docs",
        MethodRefused: "Look at the Allow header, or at the reference under /docs, for the methods of this path",
        BodyTooLarge: "Send a smaller body: no command needs one this large",
    }
    return said.get(kind, error.detail)


def problem_for(error: TodError, request_id: str = "") -> Problem:
    """The document of one error. Only what the error says to its caller is in it, never its cause."""
    detail = error.message
    faults: tuple[dict[str, str], ...] = ()
    if isinstance(error, InvalidRequest) and (found := _AT_FIELD.match(detail)) is not None:
        faults = ({"pointer": _pointer(found["path"]), "detail": found["said"]},)
    return Problem(
        type=f"{URN}{error.code}",
        title=error.title,
        status=error.status,
        detail=detail,
        code=error.code,
        request_id=request_id,
        errors=faults,
        details=getattr(error, "details", {}),
    )


def _pointer(path: str) -> str:
    """Give msgspec's `.address.ports[0]` as the JSON Pointer `/address/ports/0`."""
    return "/" + "/".join(part for part in re.split(r"[.\[\]]+", path) if part)


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's one exception handler: log what is ours to mend, answer with the document."""
    ours = translated(error)
    problem = problem_for(ours, request_id_of(request.scope))
    headers = dict(getattr(error, "headers", None) or {})
    headers.update(getattr(ours, "headers", {}))
    if isinstance(ours, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="tod"'
    if ours.retry_after_seconds is not None:
        headers.setdefault("Retry-After", str(max(1, round(ours.retry_after_seconds))))
    if isinstance(ours, BodyTooLarge | BodyTooSlow):
        headers["Connection"] = "close"  # the rest of the body is not waited for
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request.failed", code=ours.code, path=request.scope["path"], exc_info=error)
    return Response(_ENCODER.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)
