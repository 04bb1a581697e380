"""One entity's facts, folded: its state, the sequence of its last fact, and what led to its recent facts.

Folded states are kept in a bounded cache. That is safe because an append says which sequence it expects: a state that
has gone stale is found out by the log, never believed. Only a conclusion that appends nothing needs a fresh state.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple

import msgspec

from commands.engine.handler import Fold, State
from contracts.catalog import CODEC
from contracts.language.delivery import Delivery, Reader
from contracts.language.identity import TenantId
from contracts.language.message import Event, entity_of
from contracts.language.streams import LEDGER

ENTITIES_MAX: Final = 32_768
"""Folded states kept, about a kilobyte each; the one unused for longest goes first."""
CAUSES_MAX: Final = 64
"""Causes remembered per entity."""

_NONE: Final[Mapping[str, int]] = MappingProxyType({})


class Loaded(msgspec.Struct, Generic[State], frozen=True):
    """A folded state. `last` is the sequence of its last fact, or 0; `causes` has it by what led to the fact.

    Of a state that is folded from many entities, `lasts` has it by entity.
    """

    state: State
    last: int = 0
    causes: Mapping[str, int] = _NONE
    lasts: Mapping[str, int] = _NONE

    def last_about(self, entity: str) -> int:
        """The sequence of the last fact about one entity, or 0."""
        return self.lasts.get(entity, 0) if self.lasts else self.last


class Told(NamedTuple):
    """One fact as folding sees it: what it says, the id of what led to it, and its sequence."""

    event: Event
    cause: str
    sequence: int


def advance(fold: Fold[State], loaded: Loaded[State], news: Iterable[Told]) -> Loaded[State]:
    """Fold further facts, oldest first, onto what is loaded."""
    state, last, causes = loaded.state, loaded.last, dict(loaded.causes)
    lasts = dict(loaded.lasts)
    for event, cause, sequence in news:
        state, last = fold.evolve(state, event), sequence
        if fold.is_whole:
            lasts[entity_of(event)] = sequence
        causes.pop(cause, None)
        causes[cause] = sequence
    for cause in list(causes)[:-CAUSES_MAX]:
        del causes[cause]
    return Loaded(state, last, causes, lasts or _NONE)


def _told(deliveries: Iterable[Delivery]) -> Iterator[Told]:
    for delivery in deliveries:
        for recorded in CODEC.decode(delivery):
            if isinstance(recorded.message, Event):
                yield Told(recorded.message, recorded.envelope.causation, recorded.sequence)


class Aggregates:
    """Loads entities from the ledger, and remembers the ones used last."""

    def __init__(self, reader: Reader, *, entities_max: int = ENTITIES_MAX) -> None:
        self._reader = reader
        self._entities_max = entities_max
        self._known: OrderedDict[str, Loaded[Any]] = OrderedDict()

    def remembered(self, fold: Fold[State], tenant_id: TenantId, entity: str) -> Loaded[State] | None:
        """The state as it was last seen here, if it is still remembered; it may be stale."""
        subjects = fold.filter(tenant_id, entity)
        if subjects in self._known:
            self._known.move_to_end(subjects)
        return self._known.get(subjects)

    async def fresh(self, fold: Fold[State], tenant_id: TenantId, entity: str) -> Loaded[State]:
        """The state as it is in the log now. Raises Unavailable."""
        subjects = fold.filter(tenant_id, entity)
        loaded: Loaded[State] = self._known.get(subjects) or Loaded(fold.initial)
        if fold.is_overwriting:
            loaded = Loaded(fold.initial, 0, loaded.causes)
            news = await self._reader.latest(LEDGER.name, subjects)
        else:
            news = await self._reader.history(LEDGER.name, subjects, after=loaded.last)
        loaded = advance(fold, loaded, _told(news))
        self._keep(subjects, loaded)
        return loaded

    async def led_to(
        self, fold: Fold[State], tenant_id: TenantId, entity: str, cause: str, *, after: int
    ) -> int | None:
        """The sequence of the last fact about an entity, behind a place in the ledger, that a cause led to."""
        news = await self._reader.history(LEDGER.name, fold.filter(tenant_id, entity), after=after)
        return max((told.sequence for told in _told(news) if told.cause == cause), default=None)

    async def since(self, fold: Fold[State], tenant_id: TenantId, entity: str, sequence: int) -> Loaded[State]:
        """The state with everything up to a sequence at least folded in. Raises Unavailable."""
        loaded = self.remembered(fold, tenant_id, entity)
        if loaded is not None and loaded.last >= sequence:
            return loaded
        return await self.fresh(fold, tenant_id, entity)

    def keep(self, fold: Fold[State], tenant_id: TenantId, entity: str, loaded: Loaded[State]) -> None:
        """Remember a state that was just written."""
        self._keep(fold.filter(tenant_id, entity), loaded)

    def _keep(self, subjects: str, loaded: Loaded[Any]) -> None:
        known = self._known.get(subjects)
        if known is None or known.last < loaded.last:
            self._known[subjects] = loaded
        self._known.move_to_end(subjects)
        while len(self._known) > self._entities_max:
            self._known.popitem(last=False)
