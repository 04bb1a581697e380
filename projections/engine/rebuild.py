"""Builds a read model anew from the log, beside the live one: fill, catch up, compare at one sequence, swap.

It does not outrun the live generation before both were held against each other, which needs both at one place. A crash
leaves a generation half built; the next rebuild goes on with it. What was live stays, retired, until it is dropped.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import structlog

from contracts.language.codec import Codec
from contracts.language.delivery import Bus
from contracts.language.errors import ContractBroken, Unavailable
from projections.engine import checkpoint, generation, lease
from projections.engine.batch import Batcher, Line
from projections.engine.connection import Connect, opened
from projections.engine.digest import Difference, differences
from projections.engine.feed import Feed
from projections.engine.generation import Generation
from projections.engine.projection import Projection
from projections.engine.tending import tend

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

TEND_EVENTS: Final = 50_000
COMPARISONS_MAX: Final = 3
LEASE_ATTEMPTS_MAX: Final = 40
LEASE_WAIT_SECONDS: Final = 0.2

log = structlog.get_logger(__name__)


class Progress(msgspec.Struct, frozen=True):
    """How far a rebuild is: messages read of those there are, and how many a second."""

    done: int
    total: int
    rate: float


class Rebuilt(msgspec.Struct, frozen=True):
    """What came of it. `differences` between the new and the old rows; empty when they are the same."""

    generation: Generation
    messages: int
    seconds: float
    differences: list[Difference]
    is_swapped: bool


async def rebuild(
    bus: Bus,
    connect: Connect,
    projection: Projection,
    codec: Codec,
    *,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    accepts_differences: bool = False,
    only_compares: bool = False,
) -> Rebuilt:
    """Rebuild one read model and swap it in when its rows are those of the live one, or differences are accepted.

    What is swapped in holds everything that was stored when the rebuild began, also when the live one holds less: it
    may be empty because somebody dropped its schema.

    With `only_compares` nothing is swapped and what was built is dropped: does the log still give these rows?

    Raises Unavailable when somebody else is rebuilding it.
    """
    async with opened(connect) as connection, opened(connect) as beside:
        live = await _live(connection, projection)
        built = await generation.begin(connection, projection)
        await _take(connection, built)
        line = Line(projection, built, await checkpoint.read(connection, built.schema_name))
        work = _Work(Feed(projection.stream, bus, codec, (projection,)), connection, line, on_progress)
        head = await bus.head(projection.stream)
        await work.follow(live)
        found = await work.compare(beside, live)
        is_swapped = not only_compares and (not found or accepts_differences)
        if is_swapped:
            await work.reach(head)
            await work.swap(beside, live)
        elif only_compares:
            await generation.drop(connection, built)
        log.info("generation.built", projection=projection.name, messages=work.messages, differences=len(found))
        return Rebuilt(built, work.messages, work.seconds, found, is_swapped)


async def _take(connection: "Connection", built: Generation) -> None:
    """Take the lease of a generation. A projector whose tables were dropped gives it back once it has noticed."""
    for _ in range(LEASE_ATTEMPTS_MAX):
        if await lease.take(connection, built.schema_name):
            return
        await asyncio.sleep(LEASE_WAIT_SECONDS)
    raise Unavailable(f"Read model {built.projection} is being rebuilt by somebody else")


async def _live(connection: "Connection", projection: Projection) -> Generation:
    """The live generation.

    Where there is none, or its schema was dropped, an empty one is made and goes live at once.
    """
    await generation.current(connection, projection)
    known = await generation.generations(connection, projection.name)
    return next(each for each in known if each.state == "live")


class _Work:
    """One rebuild under way."""

    def __init__(
        self, feed: Feed, connection: "Connection", line: Line, on_progress: Callable[[Progress], None]
    ) -> None:
        self._feed = feed
        self._connection = connection
        self._line = line
        self._batcher = Batcher(connection, (line,), feed.park)
        self._on_progress = on_progress
        self._begun = time.monotonic()
        self._first = line.sequence
        self._target = line.sequence
        self.messages = 0

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun

    async def follow(self, live: Generation) -> None:
        """Come to where the live generation stands, again and again until it is no longer ahead."""
        while (target := (await checkpoint.read(self._connection, live.schema_name)).sequence) > self._line.sequence:
            await self._bring(target)

    async def reach(self, sequence: int) -> None:
        """Come to a place in the stream, ahead of the live generation if need be."""
        await self._bring(max(sequence, self._line.sequence))

    async def _bring(self, target: int) -> None:
        """Apply up to a sequence, tending the tables on the way so that the present never holds a month."""
        self._target = target
        while self._line.sequence < target:
            step = min(target, self._line.sequence + TEND_EVENTS)
            await self._feed.bring(self._batcher, target=step, on_batch=self._count)
            await tend(self._connection, self._line.generation.schema_name, self._line.projection)

    def _count(self, count: int) -> None:
        self.messages += count
        self._on_progress(
            Progress(self._line.sequence - self._first, self._target - self._first, self.messages / self.seconds)
        )

    async def compare(self, beside: "Connection", live: Generation) -> list[Difference]:
        """Hold both against each other at one sequence.

        A live row that is being tended meanwhile is looked at again.
        """
        found: list[Difference] = []
        for _ in range(COMPARISONS_MAX):
            await tend(beside, live.schema_name, self._line.projection)
            async with beside.transaction(isolation="repeatable_read", readonly=True):
                place = await checkpoint.read(beside, live.schema_name)
                await self._bring(place.sequence)
                found = await differences(
                    (beside, live.schema_name),
                    (self._connection, self._line.generation.schema_name),
                    self._line.projection.tables,
                )
            if not found:
                break
        return found

    async def swap(self, beside: "Connection", live: Generation) -> None:
        """Hold the live generation still for a moment, come to exactly where it stands, and take its place."""
        async with beside.transaction():
            sequence = await beside.fetchval(
                "SELECT sequence FROM tod.checkpoint WHERE schema_name = $1 FOR UPDATE", live.schema_name
            )
            if sequence is None:
                raise ContractBroken(f"Generation {live.schema_name} vanished while its successor was built")
            await self._bring(sequence)
            await generation.swap(beside, self._line.projection, self._line.generation)
        log.info("generation.swapped", projection=self._line.projection.name, number=self._line.generation.number)
