"""May they: one guard for the whole application.

A route says what it asks for; one that says nothing is refused, so none is open by oversight.
"""

from typing import Any, Final
from uuid import UUID

import structlog
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from contracts.api_keys import PREFIX
from contracts.audit import NoteDenial
from contracts.language.access import Permission, Role
from contracts.language.errors import InvalidRequest, LimitReached, NotPermitted, NotSignedIn, TodError
from contracts.language.identity import PLATFORM, TenantId
from gateway.http.authentication import SAFE_METHODS, Caller, Keyring, token_from
from gateway.http.headers import add_headers, state_of
from gateway.http.keys import ApiKeys
from gateway.http.limits import RateClass, Rates
from gateway.http.questions import Questions
from gateway.http.revocations import Revocations

log = structlog.get_logger(__name__)

ACCESS: Final = "access"
"""The key under which a handler's `opt` says what it asks for: OPEN, or a Permission."""
OPEN: Final = "open"
PATH_CHARACTERS_MAX: Final = 400
TENANT_HEADER: Final = "tod-tenant"


class Guard:
    """Authenticates, counts and permits, in this order and before a byte of the body is read."""

    def __init__(self, keyring: Keyring, rates: Rates, revocations: Revocations, questions: Questions) -> None:
        self._keyring = keyring
        self._keys = ApiKeys(questions, keyring, revocations)
        self._revocations = revocations
        self._rates = rates
        self._questions = questions

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Litestar's guard; raises NotSignedIn, LimitReached or NotPermitted."""
        method = str(connection.scope.get("method", "GET"))
        asked = handler.opt.get(ACCESS)
        if asked == OPEN or method == "OPTIONS":
            return
        try:
            token = token_from(method, connection.headers, connection.cookies)
            caller = await (self._keys if token.startswith(PREFIX) else self._keyring).caller_of(token)
            self._revocations.refuse(caller)
        except NotSignedIn:
            await self._count(connection, address_of(connection), RateClass.STRANGER)
            raise
        state = state_of(connection.scope)
        state["who"] = caller
        state["caller"] = {"actor": caller.actor, "tenant_id": str(caller.tenant_id or "")}
        await self._count(connection, caller.actor, RateClass.READ if method in SAFE_METHODS else RateClass.WRITE)
        if not caller.is_from(address_of(connection)):
            await self._note(caller, "another address", method, str(connection.scope.get("path", "")))
            raise NotPermitted("This API key may not be used from where you are: see its networks")
        if not isinstance(asked, Permission) or not caller.may(asked):
            await self._note(caller, str(asked), method, str(connection.scope.get("path", "")))
            raise NotPermitted(
                f"The role {caller.role}, or your API key, does not hold the permission {asked}: ask an administrator"
            )

    async def _note(self, caller: Caller, permission: str, method: str, path: str) -> None:
        """Have a denial in the log of the tenant. Whoever tries again and again is noted a few times, not each time."""
        log.warning("access.denied", permission=permission, actor=caller.actor)
        if not (await self._rates.spend(caller.actor, RateClass.DENIAL)).is_allowed:
            return
        denial = NoteDenial(
            actor=caller.actor,
            role=caller.role,
            session=caller.session_id,
            permission=permission,
            method=method,
            path=path[:PATH_CHARACTERS_MAX],
        )
        try:
            await self._questions.ask(denial, caller.tenant_id or PLATFORM)
        except TodError as error:
            log.warning("access.denial_unnoted", error=error.message)  # it is denied all the same

    async def _count(self, connection: ASGIConnection[Any, Any, Any, Any], who: str, kind: RateClass) -> None:
        spent = await self._rates.spend(who, kind)
        add_headers(connection.scope, spent.headers())
        if not spent.is_allowed:
            raise LimitReached(
                f"More than {spent.limit.burst} requests at once or {spent.limit.per_second:g} a second: "
                f"try again in {spent.retry_after_seconds} s"
            )


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address of the peer as the server saw it; a proxy's header is believed only where the server was told to."""
    return connection.client.host if connection.client else "unknown"


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """The caller that the guard found; raises NotSignedIn on an open route."""
    caller = state_of(request.scope).get("who")
    if not isinstance(caller, Caller):
        raise NotSignedIn("This needs an access token: send it as `Authorization: Bearer <token>`")
    return caller


def tenant_of(request: Request[Any, Any, Any]) -> TenantId | None:
    """The tenant a request is about: the caller's own, or the one a super admin names.

    None when a super admin names none.
    """
    caller = caller_of(request)
    named = request.headers.get(TENANT_HEADER)
    if named is None:
        return caller.tenant_id
    try:
        tenant = TenantId(UUID(named))
    except ValueError as error:
        raise InvalidRequest("The header Tod-Tenant must hold the id of a tenant, a UUID") from error
    if caller.role is not Role.SUPER_ADMIN and tenant != caller.tenant_id:
        raise NotPermitted("You may name no tenant but your own in the header Tod-Tenant")
    return tenant


def asked_by_routes(app: Litestar) -> list[tuple[str, str, object]]:
    """Every route with its verb, its path, and what it asks for: a permission, `open`, or None for an oversight."""
    return [
        (method, route.path, handler.opt.get(ACCESS))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]
