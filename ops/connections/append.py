"""Appending: all messages of one append or none, if what they expect is so; appends made at once share a batch.

An atomic batch costs nats-server about 3 ms, however few messages it holds: it is staged in a folder of its own, then
stored with one flush to the disk. So appends that come while a batch is under way go together in the next one. When
that one is refused, one of them was stale, and each is tried by itself. Appends about the same entity never share one:
the server holds a wildcard expectation against what is stored, not against what stands before it in the batch (tried).
One that expects nothing new of a whole word of a tenant shares a batch with nobody.
"""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Final, Protocol

from contracts.language.delivery import Appended, Expectation, Outgoing
from contracts.language.errors import ContractBroken, StaleState, TodError
from ops.connections.coalesce import Coalescer

MESSAGES_MAX: Final = 1000
"""Messages in one batch; the server's own limit."""
APPENDS_MAX: Final = 64
"""Appends in one batch: more would only make the unlucky wait longer."""
SHARED_MIN: Final = 2
BATCHES_MAX: Final = 2
"""Batches of one connection under way; the server allows 50 per stream."""
EXPECTED_LAST: Final = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_FILTER: Final = "Nats-Expected-Last-Subject-Sequence-Subject"

_ENTITY: Final = 4
_PARTS_MIN: Final = 6
_PARTS_OF_WORD: Final = 5  # tod.<tenant>.<kind>.<word>.>

Prepared = Sequence[Outgoing]
"""The messages of one append with their expectations in the headers."""
Append = tuple[frozenset[str] | None, Prepared]
"""One append with the entities that it is about; None for one that is about all of a word."""


class Wire(Protocol):
    """What appending needs of a connection."""

    async def send(self, subject: str, data: bytes, headers: dict[str, str] | None = None) -> None:
        """Put one message on the wire."""
        ...

    async def publish(self, message: Outgoing) -> Appended:
        """Store one message and wait for the stream's word; raises StaleState, ContractBroken or Unavailable."""
        ...


class Appender:
    """The appends of one connection. `name` tells its batches from those of others."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire = wire
        self._name = name
        self._numbers = itertools.count(1)
        self._queue: Coalescer[Append, Appended] = Coalescer(
            self._together, batch_max=APPENDS_MAX, calls_max=BATCHES_MAX
        )

    async def append(self, messages: Sequence[Outgoing], expected: Sequence[Expectation]) -> Appended:
        """Store all or none, if every expectation holds; raises StaleState when one does not.

        An expectation stands on the message that it speaks of, or on the first one that has none yet.
        """
        if not 0 < len(messages) <= MESSAGES_MAX:
            raise ContractBroken(f"An append holds 1 to {MESSAGES_MAX} messages, not {len(messages)}")
        prepared = with_expectations(messages, expected)
        return await self._queue.ask((_entities(prepared), prepared))

    async def _together(self, appends: Sequence[Append]) -> Sequence[Appended | Exception]:
        """One batch of all that may share one; then, one by one, the others."""
        shared, alone = _sharing(appends)
        outcomes = dict(zip(shared, await self._shared([appends[place][1] for place in shared]), strict=True))
        for place in alone:
            outcomes[place] = await self._outcome(appends[place][1])
        return [outcomes[place] for place in range(len(appends))]

    async def _shared(self, appends: Sequence[Prepared]) -> Sequence[Appended | Exception]:
        if len(appends) < SHARED_MIN:
            return [await self._outcome(append) for append in appends]
        everything = [message for append in appends for message in append]
        try:
            last = (await self._store(everything)).sequence
        except (StaleState, ContractBroken):
            return await asyncio.gather(*(self._outcome(append) for append in appends))
        ends = itertools.accumulate(len(append) for append in appends)
        return [Appended(last - len(everything) + end) for end in ends]

    async def _outcome(self, append: Prepared) -> Appended | Exception:
        try:
            return await self._store(append)
        except TodError as error:
            return error

    async def _store(self, messages: Prepared) -> Appended:
        """One message as it is, several as an atomic batch: the last one commits them all."""
        *others, last = messages
        if not others:
            return await self._wire.publish(last)
        batch = {"Nats-Batch-Id": f"{self._name}-{next(self._numbers):x}"}
        for place, message in enumerate(others, start=1):
            headers = {**message.headers, **batch, "Nats-Batch-Sequence": str(place)}
            await self._wire.send(message.subject, message.data, headers)
        headers = {**last.headers, **batch, "Nats-Batch-Sequence": str(len(messages)), "Nats-Batch-Commit": "1"}
        return await self._wire.publish(Outgoing(last.subject, headers, last.data))


def _sharing(appends: Sequence[Append]) -> tuple[list[int], list[int]]:
    """Which appends may share a batch: those about entities that no earlier one is about, as long as there is room."""
    shared: list[int] = []
    alone: list[int] = []
    taken: set[str] = set()
    size = 0
    for place, (entities, messages) in enumerate(appends):
        if entities is not None and taken.isdisjoint(entities) and size + len(messages) <= MESSAGES_MAX:
            shared.append(place)
            taken |= entities
            size += len(messages)
        else:
            alone.append(place)
    return shared, alone


def _entities(messages: Prepared) -> frozenset[str] | None:
    filters = [message.headers[EXPECTED_FILTER] for message in messages if EXPECTED_FILTER in message.headers]
    entities = frozenset(_entity(message.subject) for message in messages)
    if any(len(expected.split(".")) == _PARTS_OF_WORD for expected in filters):
        return None
    return entities.union(_entity(expected) for expected in filters)


def _entity(subject: str) -> str:
    """What a subject or filter is about, by the grammar of `contracts.language.subject`; raises ContractBroken."""
    parts = subject.split(".")
    if len(parts) < _PARTS_MIN or not set(parts[_ENTITY]).isdisjoint("*>"):
        raise ContractBroken(f"{subject!r} is not about one entity, so nothing can be expected of it or appended to it")
    return parts[_ENTITY]


def with_expectations(messages: Sequence[Outgoing], expected: Sequence[Expectation]) -> Prepared:
    """The messages with each expectation on the one whose subject it speaks of, or else on one that is free."""
    headers = [dict(message.headers) for message in messages]
    for expectation in expected:
        place = _place_for(expectation, messages, headers)
        headers[place][EXPECTED_LAST] = str(expectation.last)
        headers[place][EXPECTED_FILTER] = expectation.filter
    return [Outgoing(message.subject, head, message.data) for message, head in zip(messages, headers, strict=True)]


def _place_for(expectation: Expectation, messages: Sequence[Outgoing], headers: Sequence[dict[str, str]]) -> int:
    free = [place for place, head in enumerate(headers) if EXPECTED_LAST not in head]
    if not free:
        raise ContractBroken(f"{len(messages)} messages cannot carry more than as many expectations")
    stem = expectation.filter.removesuffix(">")
    return next((place for place in free if messages[place].subject.startswith(stem)), free[0])
