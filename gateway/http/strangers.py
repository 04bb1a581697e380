"""What strangers may ask, on the way to a token: counted by address and by account, and answered to them alone."""

import hashlib
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response

from contracts.language.errors import LimitReached
from contracts.users.shapes import Iterations, Salt, SrpGroup, Verifier
from gateway.http.authorization import OPEN, address_of
from gateway.http.endpoints import Answer, Endpoint, Handler
from gateway.http.headers import add_headers
from gateway.http.limits import RateClass, Rates

JSON: Final = "application/json"
NEVER_STORED: Final = {"Cache-Control": "no-store"}


class NewLock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one signs in with from now on."""

    group: SrpGroup
    salt: Salt
    iterations: Iterations
    verifier: Verifier


class Strangers:
    """The allowance of those who are not signed in yet."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates

    async def count_sign_in(self, request: Request[Any, Any, Any], account: str = "") -> None:
        """Take one sign-in out of the allowance of the address, and of the account that is named.

        Raises LimitReached. The cache sees a digest of the account, not the account.
        """
        await self._spend(request, f"address:{address_of(request)}", RateClass.SIGN_IN)
        if account:
            digest = hashlib.sha256(account.strip().lower().encode()).hexdigest()
            await self._spend(request, f"account:{digest}", RateClass.SIGN_IN)

    async def count(self, request: Request[Any, Any, Any]) -> None:
        """Take one request out of the allowance of the address."""
        await self._spend(request, address_of(request), RateClass.STRANGER)

    async def _spend(self, request: Request[Any, Any, Any], who: str, kind: RateClass) -> None:
        spent = await self._rates.spend(who, kind)
        if not spent.is_allowed:
            add_headers(request.scope, spent.headers())
            raise LimitReached(f"Too many attempts: try again in {spent.retry_after_seconds} s.")


def open_post(
    path: str,
    handler: Handler,
    *,
    body: type[msgspec.Struct],
    answer: Answer,
    summary: str,
    refusals: tuple[int, ...] = (),
    is_body_needed: bool = True,
) -> Endpoint:
    """A POST that needs no token, because it is on the way to one."""
    return Endpoint(
        method="POST",
        path=path,
        access=OPEN,
        handler=handler,
        summary=summary,
        answers=(answer,),
        body=body,
        is_body_needed=is_body_needed,
        refusals=(400, 408, 413, 415, 422, 429, 503, *refusals),
    )


def private_answer(told: msgspec.Struct, *, status: int = HTTPStatus.OK) -> Response[bytes]:
    """What nobody but the one who asked may keep."""
    return Response(msgspec.json.encode(told), status_code=status, media_type=JSON, headers=NEVER_STORED)
