"""One route per CommandSpec: shape, permission, publish, wait, answer. Nothing here knows what any command means."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from contracts.catalog import CODEC
from contracts.language.delivery import Outgoing
from contracts.language.envelope import Envelope
from contracts.language.errors import InvalidRequest, NotPermitted
from contracts.language.identity import PLATFORM, TenantId
from contracts.language.message import CommandSpec
from gateway.http import idempotency
from gateway.http.authorization import ACCESS, caller_of, tenant_of
from gateway.http.bodies import BodyShape, as_command, body_read
from gateway.http.keys import new_key
from gateway.http.limits import Cache
from gateway.http.outcomes import Asking, Outcomes
from gateway.http.questions import Questions
from gateway.http.sealing import KeyService, sealed_fields
from gateway.http.view_routes import API, sequence_in_tag

SOURCE: Final = "/tod/gateway"
REASON_CHARACTERS_MAX: Final = 200
EXPECTED: Final = "tod-expected-sequence"
_TRACE: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Commands:
    """All commands, ready to be asked for."""

    def __init__(
        self,
        specs: Sequence[CommandSpec],
        keys: KeyService,
        cache: Cache,
        outcomes: Outcomes,
        questions: Questions,
    ) -> None:
        self._specs = specs
        self._questions = questions
        self._keys = keys
        self._cache = cache
        self._outcomes = outcomes

    def routes(self) -> list[HTTPRouteHandler]:
        """The handlers of all commands."""
        return [self._route(spec) for spec in self._specs]

    def _route(self, spec: CommandSpec) -> HTTPRouteHandler:
        shape = BodyShape(spec)
        self._outcomes.refuse_unanswerable(spec)

        async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
            caller, tenant = caller_of(request), _acting_for(request, spec)
            fields = await body_read(request, shape.read)
            key = idempotency.key_from(request.headers)
            action_id = idempotency.action_id(tenant, caller.actor, key, spec.command.name)
            print_of_request = idempotency.fingerprint(
                request.method,
                request.scope["path"],
                {name: value for name, value in fields.items() if name not in shape.secrets | shape.personal},
            )
            await idempotency.refuse_reuse(self._cache, action_id, print_of_request)
            fields.update(request.path_params)
            fields.update(spec.command.given)
            if spec.creates:
                fields[spec.command.entity] = idempotency.entity_id(tenant, caller.actor, key, spec.command.name)
            once = {}
            if spec.gives_key:
                once["key"], fields["digest"] = new_key(fields[spec.command.entity])
            asking = Asking(spec, caller, tenant, action_id, fields, is_patient=not _wants_no_wait(request), once=once)
            await self._seal(asking, shape)
            return await self._outcomes.ask(asking, _action(asking, request.headers))

        return HTTPRouteHandler(
            f"{API}{spec.path}",
            http_method=spec.method.value,
            name=spec.command.name,
            opt={ACCESS: spec.permission},
            status_code=HTTPStatus.CREATED if spec.creates else HTTPStatus.OK,
        )(answer)

    async def _seal(self, asking: Asking, shape: BodyShape) -> None:
        """Put ciphertext in the place of every secret that was sent."""
        await self._seal_personal(asking, shape)
        secrets = {name: str(asking.fields[name]) for name in shape.secrets if asking.fields[name] is not None}
        if not secrets:
            return
        if asking.caller.tenant_id is None and asking.tenant_id != PLATFORM:
            await self._outcomes.refuse_unknown_tenant(asking)  # it has no key to seal with
        entity: UUID | str = asking.fields[asking.spec.command.entity]
        asking.fields.update(await sealed_fields(self._keys, secrets, tenant_id=asking.tenant_id, entity=entity))

    async def _seal_personal(self, asking: Asking, shape: BodyShape) -> None:
        """Have what is personal sealed with the person's own key, which only `commands` makes."""
        texts = {name: str(asking.fields[name]) for name in shape.personal}
        if not texts:
            return
        if asking.caller.tenant_id is None and asking.tenant_id != PLATFORM:
            await self._outcomes.refuse_unknown_tenant(asking)
        user_id: UUID = asking.fields[asking.spec.command.entity]
        sealed = await self._questions.seal(asking.tenant_id, user_id, texts)
        asking.fields.update(sealed.texts)
        asking.fields.update({name: getattr(sealed, name) for name in asking.spec.command.filled})


def _acting_for(request: Request[Any, Any, Any], spec: CommandSpec) -> TenantId:
    """The tenant a command belongs to.

    A super admin names it, and the installation's own commands belong to the installation.
    """
    caller, tenant = caller_of(request), tenant_of(request)
    if spec.platform:
        if caller.tenant_id is not None:
            raise NotPermitted("This command is about the installation: only a role without a tenant may give it")
        return PLATFORM
    if tenant is None and spec.at_home:
        return PLATFORM
    if tenant is None:
        raise InvalidRequest("You belong to no tenant: name the one that this is for in the header Tod-Tenant")
    return tenant


def _action(asking: Asking, headers: Mapping[str, str]) -> Outgoing:
    """The command as the message that goes into the log."""
    trace = headers.get("traceparent", "")
    envelope = Envelope(
        id=str(asking.action_id),
        occurred_at=datetime.now(UTC),
        source=SOURCE,
        actor=asking.caller.actor,
        correlation=str(asking.action_id),
        traceparent=trace if _TRACE.fullmatch(trace) else "",
        role=asking.caller.role.value,
        session=asking.caller.session_id,
        reason=reason_of(headers),
    )
    action = CODEC.encode(as_command(asking.spec.command, asking.fields), asking.tenant_id, envelope)
    if (expected := _expected(headers.get("if-match"))) is not None:
        action.headers[EXPECTED] = str(expected)
    return action


def reason_of(headers: Mapping[str, str]) -> str:
    """Why somebody does something, in their own words; raises InvalidRequest for more words than are kept."""
    reason = unquote(headers.get("tod-reason", "")).strip()
    if len(reason) > REASON_CHARACTERS_MAX or not reason.isprintable():
        raise InvalidRequest(f"A reason is one line of at most {REASON_CHARACTERS_MAX} characters.")
    return reason


def _expected(if_match: str | None) -> int | None:
    """The sequence that nothing newer than may be known of the entity; raises InvalidRequest for a foreign tag."""
    try:
        return None if if_match is None else sequence_in_tag(if_match)
    except msgspec.ValidationError as error:
        raise InvalidRequest("If-Match must hold the ETag of the resource as it was given, or *") from error


def _wants_no_wait(request: Request[Any, Any, Any]) -> bool:
    return any(part.strip().lower() == "respond-async" for part in request.headers.get("prefer", "").split(","))
