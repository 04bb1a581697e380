"""One action, from what was asked to the answer: decided once, however often it is delivered, its outcome in the log.

The outcome is the facts that it caused, or one fact of `audit`: refused, or changed nothing.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from commands.engine.aggregate import Loaded
from commands.engine.append import Case, Ledger
from commands.engine.cause import Cause, cause_of
from commands.engine.handler import Handler, Outcomes, Trigger
from contracts.audit import ActionChangedNothing, ActionRefused
from contracts.catalog import CODEC
from contracts.language.codec import Recorded
from contracts.language.delivery import Answer, Bus, Delivery
from contracts.language.envelope import ANSWER_TO
from contracts.language.errors import ContractBroken, InvalidRequest, Refusal, StaleState, TodError
from contracts.language.identity import ActionId
from contracts.language.streams import LEDGER
from contracts.language.subject import Kind, entity_filter

log = structlog.get_logger(__name__)

ANSWER_INBOX: Final = "_INBOX_gateway."
"""Where an answer may go. A caller who names any other subject would have us write there with our own rights."""
EXPECTED_SEQUENCE: Final = "tod-expected-sequence"
_AUDIT: Final = ActionRefused.name.partition(".")[0]


class Actions:
    """The handlers of a catalog, found by their command."""

    def __init__(self, bus: Bus, ledger: Ledger, handlers: tuple[Handler[Any, Any], ...]) -> None:
        self._bus = bus
        self._ledger = ledger
        self._handlers: Mapping[type, Handler[Any, Any]] = {handler.command: handler for handler in handlers}

    def lane(self, recorded: Recorded) -> str:
        """What is decided one after the other: the actions about one entity."""
        return self._handler(recorded).fold.filter(recorded.tenant_id, recorded.entity)

    async def act(self, delivery: Delivery, recorded: Recorded) -> None:
        """Decide and answer. Raises Unavailable when it has to come again, ContractBroken when it never can."""
        cause = cause_of(delivery, recorded)
        answer = await self._settled(recorded, cause) if delivery.attempt > 1 else None
        if answer is None:
            answer = await self._decide(delivery, recorded, cause)
        await self.answer(delivery, answer)

    async def answer(self, delivery: Delivery, answer: Answer) -> None:
        """Tell whoever waits for it, if somebody does."""
        inbox = delivery.headers.get(ANSWER_TO, "")
        if inbox.startswith(ANSWER_INBOX):
            await self._bus.notify(inbox, msgspec.json.encode(answer))

    async def _decide(self, delivery: Delivery, recorded: Recorded, cause: Cause) -> Answer:
        handler, command = self._handler(recorded), recorded.message
        action_id = _action_id(recorded)

        def decide(loaded: Loaded[Any], trigger: Trigger) -> Outcomes:
            _check_expected(delivery.headers.get(EXPECTED_SEQUENCE), loaded.last_about(recorded.entity))
            outcomes: Outcomes = handler.decide(loaded.state, command, trigger)
            return outcomes

        case = Case(
            fold=handler.fold,
            entity=recorded.entity,
            cause=cause,
            decide=decide,
            decided_after=delivery.sequence if delivery.attempt > 1 else None,
        )
        try:
            concluded = await self._ledger.conclude(case)
        except Refusal as refusal:
            return await self._refuse(refusal, recorded, cause)
        sequence = concluded.sequence
        if not concluded.has_facts:
            sequence = await self._ledger.note(
                ActionChangedNothing(action_id=action_id, command=command.name, about=recorded.entity), cause
            )
        return Answer(sequence=sequence, entity=recorded.entity)

    async def _refuse(self, refusal: Refusal, recorded: Recorded, cause: Cause) -> Answer:
        fact = ActionRefused(
            action_id=_action_id(recorded),
            command=recorded.message.name,
            about=recorded.entity,
            code=refusal.code,
            message=refusal.message,
        )
        sequence = await self._ledger.note(fact, cause)
        log.info("action.refused", command=fact.command, about=fact.about, code=fact.code)
        return Answer(sequence=sequence, entity=recorded.entity, code=fact.code, message=fact.message)

    async def _settled(self, recorded: Recorded, cause: Cause) -> Answer | None:
        """The answer that was given, or lost, when this action was delivered before and did not lead to facts."""
        subjects = entity_filter(cause.tenant_id, Kind.FACT, _AUDIT, _action_id(recorded))
        delivery = await self._bus.last(LEDGER.name, subjects)
        for outcome in CODEC.decode(delivery) if delivery else ():
            match outcome.message:
                case ActionRefused(code=code, message=message):
                    return Answer(sequence=outcome.sequence, entity=recorded.entity, code=code, message=message)
                case ActionChangedNothing():
                    return Answer(sequence=outcome.sequence, entity=recorded.entity)
        return None

    def _handler(self, recorded: Recorded) -> Handler[Any, Any]:
        try:
            return self._handlers[type(recorded.message)]
        except KeyError:
            raise ContractBroken(
                f"Nobody handles {recorded.message.name}: it is missing in commands/catalog.py"
            ) from None


def broken(delivery: Delivery, error: Exception) -> Answer:
    """The answer to an action that was parked; the person learns that it is our fault, and the log learns why."""
    code = error.code if isinstance(error, TodError) else ContractBroken.code
    message = "The platform could not work on this and has set it aside. An operator finds it with `tod parked`."
    return Answer(sequence=delivery.sequence, entity="", code=code, message=message)


def _action_id(recorded: Recorded) -> ActionId:
    try:
        return ActionId(UUID(recorded.envelope.id))
    except ValueError as error:
        raise ContractBroken(f"An action has the id {recorded.envelope.id!r}, which is not a UUID") from error


def _check_expected(expected: str | None, last: int) -> None:
    """Refuse when the caller saw an older state than the one that is decided on (If-Match)."""
    if expected is None:
        return
    if not expected.isdecimal():
        raise InvalidRequest(f"The expected sequence {expected!r} is not a number. Send the ETag as it was received.")
    if last > int(expected):
        raise StaleState("Somebody else changed it since it was read. Read it again, then decide again.")
