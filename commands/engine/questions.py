"""Questions of the gateway, answered at once: what must not be kept, and what strangers ask in any number.

An answer may take a decision on its way, and then that is a fact like any other. Nothing else of it is stored, and
nothing that was asked is logged. Any copy of the process answers; an answer that is lost is asked for again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID, uuid4

import msgspec
import structlog

from commands.engine.aggregate import Aggregates, Loaded
from commands.engine.append import Case, Concluded, Ledger
from commands.engine.cause import SOURCE, Cause
from commands.engine.handler import Fold, Outcomes, State, Trigger
from commands.engine.keys import KeyService
from commands.engine.memory import ShortMemory
from contracts.language.asking import answered, refused
from contracts.language.delivery import Bus
from contracts.language.envelope import Envelope
from contracts.language.errors import ContractBroken, InvalidRequest, TodError
from contracts.language.identity import TenantId
from contracts.language.message import Event, Question
from contracts.language.subject import Kind, kind_filter

log = structlog.get_logger(__name__)

GROUP: Final = "commands"
ANSWERS_TO: Final = "_INBOX_gateway."
"""Where an answer may go: whoever names another subject would have us write there with our own rights."""

Asked = TypeVar("Asked", bound=Question)


class Desk(msgspec.Struct, frozen=True):
    """What answering stands on."""

    bus: Bus
    keys: KeyService
    memory: ShortMemory
    aggregates: Aggregates
    ledger: Ledger


class Occasion(msgspec.Struct, frozen=True):
    """One question being answered: on behalf of which tenant, when it came, and the id of what it leads to."""

    id: UUID
    tenant_id: TenantId
    at: datetime

    async def decide(
        self,
        desk: Desk,
        fold: Fold[State],
        entity: UUID | str,
        decide: Callable[[State, Trigger], Outcomes],
        *,
        actor: str,
        tenant_id: TenantId | None = None,
    ) -> Concluded:
        """Decide about an entity and append what follows, as an action would. Raises what `Ledger.conclude` raises."""

        def decided(loaded: Loaded[State], trigger: Trigger) -> Outcomes:
            return decide(loaded.state, trigger)

        cause = self.cause(actor, tenant_id)
        return await desk.ledger.conclude(Case(fold=fold, entity=str(entity), cause=cause, decide=decided))

    async def note(
        self,
        desk: Desk,
        event: Event,
        *,
        actor: str,
        tenant_id: TenantId | None = None,
        role: str = "",
        session: str = "",
    ) -> None:
        """Append a fact that nothing is decided about."""
        await desk.ledger.note(event, self.cause(actor, tenant_id, role=role, session=session))

    def cause(self, actor: str, tenant_id: TenantId | None = None, *, role: str = "", session: str = "") -> Cause:
        """What the facts of this occasion name as what led to them."""
        envelope = Envelope(
            id=str(self.id),
            occurred_at=self.at,
            source=SOURCE,
            actor=actor,
            correlation=str(self.id),
            role=role,
            session=session,
        )
        return Cause(envelope, self.tenant_id if tenant_id is None else tenant_id, self.at)


class Answerer(msgspec.Struct, Generic[Asked], frozen=True, kw_only=True):
    """A question, and how it is answered.

    No answer leaves sooner than `seconds_min` after the question came, so that how long it took tells nothing.
    """

    question: type[Asked]
    answer: Callable[[Desk, Any, Occasion], Awaitable[msgspec.Struct]]
    seconds_min: float = 0.0


class Questions:
    """The answerers of a catalog, found by the name of their question."""

    def __init__(self, desk: Desk, answerers: tuple[Answerer[Any], ...]) -> None:
        self._desk = desk
        self._answerers: Mapping[str, Answerer[Any]] = {answerer.question.name: answerer for answerer in answerers}

    async def serve(self) -> None:
        """Answer until cancelled."""
        stop = await self._desk.bus.serve(kind_filter(Kind.ASK), GROUP, self.answer, answers_to=ANSWERS_TO)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await stop()

    async def answer(self, subject: str, data: bytes) -> bytes:
        """One answer, or the refusal; what nobody foresaw says nothing about itself."""
        loop = asyncio.get_running_loop()
        begun, wait = loop.time(), 0.0
        try:
            answerer, tenant_id = self._answerer(subject)
            wait = answerer.seconds_min
            question = msgspec.json.decode(data, type=answerer.question)
            occasion = Occasion(uuid4(), tenant_id, datetime.now(UTC))
            said = answered(await answerer.answer(self._desk, question, occasion))
        except TodError as error:
            said = refused(error)
        except msgspec.MsgspecError as error:
            said = refused(InvalidRequest(str(error)))
        except Exception:
            log.exception("question.failed", subject=subject)
            said = refused(ContractBroken("The platform could not answer: its log says why"))
        await asyncio.sleep(begun + wait - loop.time())
        return said

    def _answerer(self, subject: str) -> tuple[Answerer[Any], TenantId]:
        _root, tenant, _kind, *name = subject.split(".")
        try:
            return self._answerers[".".join(name)], TenantId(UUID(tenant))
        except (KeyError, ValueError) as error:
            raise ContractBroken(f"Nobody answers {subject}: see commands/catalog.py") from error
