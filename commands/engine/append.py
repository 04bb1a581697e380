"""From a decision to facts in the log: one batch, all or nothing, expecting that nobody else wrote in between.

When somebody did, the state is read again and the decision taken again, a bounded number of times. What a cause has led
to is found by its id, so a cause that comes again changes nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Generic
from uuid import UUID

import msgspec

from commands.engine.aggregate import Aggregates, Loaded, Told, advance
from commands.engine.cause import Cause
from commands.engine.claim import Release, Take
from commands.engine.handler import Fold, MakeKey, Outcomes, State, Trigger
from commands.engine.keys import KeyService
from contracts.catalog import CODEC
from contracts.claims import ClaimTaken
from contracts.language.delivery import Bus, Delivery, Expectation
from contracts.language.errors import AlreadyExists, Refusal, StaleState
from contracts.language.identity import TenantId
from contracts.language.message import Event
from contracts.language.streams import LEDGER

DECISIONS_MAX: Final = 12
"""How often one trigger is decided again because others wrote first."""


class Case(msgspec.Struct, Generic[State], frozen=True, kw_only=True):
    """What is to be decided: about which entity, because of what, and how.

    `decided_after` is set when the cause may have been decided before: then memory is not trusted, and what it led to
    is looked for behind that place in the ledger.
    """

    fold: Fold[State]
    entity: str
    cause: Cause
    decide: Callable[[Loaded[State], Trigger], Outcomes]
    decided_after: int | None = None


class Concluded(msgspec.Struct, frozen=True):
    """What came of a case: the sequence of its last fact, and whether it has any."""

    sequence: int
    has_facts: bool


class Ledger:
    """The writing half of `commands`: whatever becomes a fact goes through `conclude` or `note`."""

    def __init__(self, bus: Bus, keys: KeyService, aggregates: Aggregates) -> None:
        self._bus = bus
        self._keys = keys
        self._aggregates = aggregates

    async def conclude(self, case: Case[State]) -> Concluded:
        """Decide a case and append what follows.

        Raises the decision's Refusal, AlreadyExists for a name that is taken, StaleState when others wrote first every
        time; or Unavailable, after which the same case may be concluded again.
        """
        tenant_id, is_contested = case.cause.tenant_id, False
        loaded = self._aggregates.remembered(case.fold, tenant_id, case.entity)
        if case.decided_after is not None:
            loaded = None
            if (sequence := await self._led_to(case, case.decided_after)) is not None:
                return Concluded(sequence, has_facts=True)
        for _ in range(DECISIONS_MAX):
            is_fresh = loaded is None
            if loaded is None:
                loaded = await self._aggregates.fresh(case.fold, tenant_id, case.entity)
            if (sequence := loaded.causes.get(case.cause.envelope.id)) is not None:
                return Concluded(sequence, has_facts=True)
            outcomes = _decided(case, loaded, is_final=is_fresh)
            if outcomes:
                try:
                    return await self._carry_out(case, loaded, outcomes, is_contested=is_contested)
                except StaleState:
                    is_contested = True
            elif is_fresh:
                return Concluded(loaded.last, has_facts=False)
            loaded = None
        raise StaleState(
            f"Others changed it {DECISIONS_MAX} times while this was decided. See how it stands now, then try again."
        )

    async def note(self, event: Event, cause: Cause) -> int:
        """Append a fact that nothing is decided about, and return its sequence. Noted again, it is there once."""
        return (await self._bus.publish(cause.fact(event, cause.tenant_id, 0))).sequence

    async def _led_to(self, case: Case[State], after: int) -> int | None:
        cause = case.cause
        return await self._aggregates.led_to(case.fold, cause.tenant_id, case.entity, cause.envelope.id, after=after)

    async def _carry_out(
        self, case: Case[State], loaded: Loaded[State], outcomes: Outcomes, *, is_contested: bool
    ) -> Concluded:
        """Make the keys, then append claims and facts. Claims come first, so that the last fact is the entity's."""
        cause = case.cause
        takes = [outcome for outcome in outcomes if isinstance(outcome, Take)]
        claims = await self._expectations(case, takes) if is_contested else [_unheard(take, cause) for take in takes]
        for outcome in outcomes:
            if isinstance(outcome, MakeKey):
                await self._keys.make_key(outcome.key)
        names: list[Take | Release] = [*takes, *(outcome for outcome in outcomes if isinstance(outcome, Release))]
        events = [outcome for outcome in outcomes if isinstance(outcome, Event)]
        home = case.fold.home(cause.tenant_id, case.entity)
        written: list[tuple[Event, TenantId]] = [
            *((name.fact(UUID(case.entity)), name.claim.home(cause.tenant_id)) for name in names),
            *((event, home) for event in events),
        ]
        messages = [cause.fact(event, tenant_id, place) for place, (event, tenant_id) in enumerate(written)]
        expected = Expectation(case.fold.filter(cause.tenant_id, case.entity), loaded.last)
        appended = await self._bus.append(messages, [*claims, expected])
        if not appended.duplicate:
            first = appended.sequence - len(events) + 1
            news = [Told(event, cause.envelope.id, first + place) for place, event in enumerate(events)]
            self._aggregates.keep(case.fold, cause.tenant_id, case.entity, advance(case.fold, loaded, news))
        return Concluded(appended.sequence, has_facts=True)

    async def _expectations(self, case: Case[State], takes: Sequence[Take]) -> list[Expectation]:
        """Who holds the names now; raises AlreadyExists when somebody else does."""
        filters = [take.filter(case.cause.tenant_id) for take in takes]
        latest = await asyncio.gather(*(self._bus.last(LEDGER.name, subjects) for subjects in filters))
        for take, delivery in zip(takes, latest, strict=True):
            holder = _holder(delivery)
            if holder is not None and str(holder) != case.entity:
                raise AlreadyExists(take.refusal)
        return [
            Expectation(subjects, delivery.sequence if delivery else 0)
            for subjects, delivery in zip(filters, latest, strict=True)
        ]


def _decided(case: Case[State], loaded: Loaded[State], *, is_final: bool) -> Outcomes:
    """What the decision says. A refusal counts only against a fresh state; from memory it is as good as no outcome."""
    try:
        return case.decide(loaded, case.cause.trigger)
    except Refusal:
        if is_final:
            raise
        return ()


def _unheard(take: Take, cause: Cause) -> Expectation:
    """Most names were never taken before: expecting that saves a read, and the log says when it is not so."""
    return Expectation(take.filter(cause.tenant_id), 0)


def _holder(latest: Delivery | None) -> UUID | None:
    if latest is None:
        return None
    return next((said.message.holder for said in CODEC.decode(latest) if isinstance(said.message, ClaimTaken)), None)
