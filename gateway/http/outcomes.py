"""What a caller is told of a command.

The resource as it is after it, where to look when it takes longer, or why it was refused.

An outcome comes as an answer on the inbox, or, for a repeated key that the log had already, from the read model of
operations; both ways end in the same response.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from contracts.language.delivery import Answer, Outgoing
from contracts.language.errors import ContractBroken, NotFound
from contracts.language.identity import ActionId, TenantId
from contracts.language.message import CommandSpec
from gateway.http.actions import ANSWER_SECONDS_MAX, Actions
from gateway.http.authentication import Caller
from gateway.http.freshness import FRESH_SECONDS_MAX, Freshness
from gateway.http.problems import Unanswered, refusal_of
from gateway.http.reading import Question
from gateway.http.statements import path_parameters
from gateway.http.view_routes import API, JSON, Views, tagged
from gateway.http.views import Shape

OPERATIONS: Final = "audit.operation"
TENANT: Final = "tenants.one"
LOOK_EVERY_SECONDS: Final = 0.05


class Asking(msgspec.Struct, frozen=True):
    """One command on its way: whose, about what, and whether its caller waits."""

    spec: CommandSpec
    caller: Caller
    tenant_id: TenantId
    action_id: ActionId
    fields: dict[str, Any]
    is_patient: bool
    once: dict[str, str] = {}
    """What the answer shows of what was made for it, unless the action had been asked for before."""

    def question(self, path: dict[str, Any]) -> Question:
        """What is asked of a view on behalf of this caller; what belongs to the installation is read across tenants."""
        return Question(self.caller, None if self.spec.platform else self.tenant_id, path, {})


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Where a command stands when its resource is not shown with the answer."""

    action_id: UUID
    command: str
    state: str
    sequence: int
    href: str


class Outcomes:
    """Asks, waits, and answers."""

    def __init__(self, actions: Actions, views: Views, freshness: Freshness) -> None:
        self._actions = actions
        self._views = views
        self._freshness = freshness

    def refuse_unanswerable(self, spec: CommandSpec) -> None:
        """Every command names a view of one resource whose path its fields fill; raises ContractBroken at start."""
        view = self._views.reader(spec.answer).plan.view
        fields = {field.name for field in msgspec.structs.fields(spec.command)}
        if view.shape is not Shape.ONE or not set(path_parameters(view.path)) <= fields:
            raise ContractBroken(f"{spec.command.name} is answered by {spec.answer}, whose path it cannot fill")

    async def refuse_unknown_tenant(self, asking: Asking) -> None:
        """Raise NotFound when the tenant that somebody acts for does not exist."""
        await self._views.reader(TENANT).one(Question(asking.caller, None, {"tenant_id": asking.tenant_id}, {}))

    async def ask(self, asking: Asking, action: Outgoing) -> Response[bytes]:
        """Have a command done and say what came of it; raises its refusal, Unavailable or Unanswered."""
        patience = ANSWER_SECONDS_MAX if asking.is_patient else 0.0
        asked = await self._actions.ask(action, asking.action_id, within_seconds=patience)
        if not asking.is_patient:
            return _accepted(asking, "accepted", asked.stored.sequence, {"Preference-Applied": "respond-async"})
        answer = asked.answer
        if answer is None and asked.stored.duplicate:
            answer = await self._looked_up(asking, asked.stored.sequence)
        if answer is None:
            raise Unanswered(
                f"The command is in the log at {asked.stored.sequence} and will be decided. Sending it again with the "
                f"same Idempotency-Key is safe; {_href(asking, asked.stored.sequence)} tells what came of it"
            )
        if answer.code:
            raise refusal_of(answer.code, answer.message)
        return await self._shown(asking, answer, {} if asked.stored.duplicate else asking.once)

    async def _looked_up(self, asking: Asking, sequence: int) -> Answer | None:
        """What the read model says of an action that the log had already."""
        reader = self._views.reader(OPERATIONS)
        question = asking.question({"action_id": asking.action_id})
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await self._freshness.passed(reader.plan.view.read_models, sequence)
                while True:
                    try:
                        row = await reader.one(question)
                    except NotFound:
                        row = None
                    if row is not None and row["state"] != "accepted":
                        return Answer(
                            sequence=row["sequence"], entity=row["entity"], code=row["code"], message=row["message"]
                        )
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError:
            return None

    async def _shown(self, asking: Asking, answer: Answer, once: dict[str, str]) -> Response[bytes]:
        """The resource, as soon as the read model behind it has come to the answer."""
        reader = self._views.reader(asking.spec.answer)
        view = reader.plan.view
        if not await self._freshness.passed(view.read_models, answer.sequence, FRESH_SECONDS_MAX):
            return _accepted(asking, "done", answer.sequence)
        path = {name: asking.fields[name] for name in path_parameters(view.path)}
        headers = {"Tod-Sequence": str(answer.sequence)}
        try:
            row = {**await reader.one(asking.question(path)), **once}
        except NotFound:
            return Response(b"", status_code=HTTPStatus.NO_CONTENT, media_type=JSON, headers=headers)
        if asking.spec.creates:
            headers["Location"] = API + filled(view.path, path)
            return tagged(row, status=HTTPStatus.CREATED, headers=headers)
        return tagged(row, headers=headers)


def filled(path: str, values: dict[str, Any]) -> str:
    """A path with its parameters replaced by values."""
    parts = (part.strip("{}").partition(":")[0] if part.startswith("{") else None for part in path.split("/"))
    return "/".join(
        text if name is None else str(values[name]) for text, name in zip(path.split("/"), parts, strict=True)
    )


def _href(asking: Asking, sequence: int) -> str:
    """Where to look: it waits until the trail has come to the action, so that the first look finds it."""
    return f"{API}/operations/{asking.action_id}?after={sequence}"


def _accepted(asking: Asking, state: str, sequence: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    href = _href(asking, sequence)
    accepted = Accepted(
        action_id=asking.action_id, command=asking.spec.command.name, state=state, sequence=sequence, href=href
    )
    told = {"Location": href, "Tod-Sequence": str(sequence), **(headers or {})}
    return Response(msgspec.json.encode(accepted), status_code=HTTPStatus.ACCEPTED, media_type=JSON, headers=told)
