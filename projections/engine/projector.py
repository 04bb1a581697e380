"""Runs the read models of all streams: follow, decode once, apply, commit, announce.

For ever, and through every failure.

The models of one stream that stand at the same place share one batch. A model that lags (new, rebuilt, taken over)
catches up beside them on a connection of its own and then joins. Of several copies of the process one writes a model,
the others stand by.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import structlog

from contracts.language.codec import Codec
from contracts.language.delivery import Bus
from contracts.language.errors import ContractBroken, Unavailable
from projections.engine import checkpoint, generation, lease
from projections.engine.announcing import announce
from projections.engine.batch import Batcher, Line
from projections.engine.checkpoint import Superseded
from projections.engine.connection import Connect, opened
from projections.engine.feed import Feed
from projections.engine.keeper import Keeper
from projections.engine.projection import Projection
from projections.engine.reading import Reading

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

QUEUE_BATCHES_MAX: Final = 2
STANDBY_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.5
JOIN_DISTANCE_MAX: Final = 2_000

log = structlog.get_logger(__name__)


async def run(bus: Bus, connect: Connect, projections: Sequence[Projection], codec: Codec) -> None:
    """Run all read models until cancelled. `connect` opens a connection as the writing role (see `connection`)."""
    streams: dict[str, list[Projection]] = {}
    for projection in projections:
        streams.setdefault(projection.stream, []).append(projection)
    async with asyncio.TaskGroup() as tasks:
        for stream, members in streams.items():
            tasks.create_task(StreamProjector(stream, members, bus, connect, codec).run(), name=f"project {stream}")


class StreamProjector:
    """The read models of one stream."""

    def __init__(
        self, stream: str, projections: Sequence[Projection], bus: Bus, connect: Connect, codec: Codec
    ) -> None:
        self._stream = stream
        self._projections = projections
        self._bus = bus
        self._connect = connect
        self._feed = Feed(stream, bus, codec, projections)
        self._joining: list[Line] = []
        self._wake = asyncio.Event()
        self._sequence = 0

    async def run(self) -> None:
        """Project until cancelled; whatever our servers do, begin again from what is committed."""
        while True:
            try:
                await self._tenure()
            except* (Unavailable, Superseded, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as troubles:
                log.warning("projection.interrupted", stream=self._stream, reason=str(troubles.exceptions[0]))
            await asyncio.sleep(RETRY_SECONDS)

    async def _tenure(self) -> None:
        """Lead what is at the front; let everything else catch up beside it."""
        async with opened(self._connect) as connection:
            held = [line for each in self._projections if (line := await self._hold(connection, each)) is not None]
            live = [line for line in held if line.generation.state == "live"]
            front = max((line.sequence for line in live), default=0)
            leading = [line for line in live if line.sequence == front]
            for line in held:
                if line not in leading:
                    await lease.give_back(connection, line.generation.schema_name)
            if not leading:
                await asyncio.sleep(STANDBY_SECONDS)
                return
            self._joining, self._sequence = [], front
            led = {line.projection.name for line in leading}
            log.info("lease.taken", stream=self._stream, projections=sorted(led), sequence=front)
            async with asyncio.TaskGroup() as tasks:
                queue: asyncio.Queue[list[Reading]] = asyncio.Queue(QUEUE_BATCHES_MAX)
                tasks.create_task(self._feed.fill(queue, front))
                tasks.create_task(self._nudge(queue))
                for projection in self._projections:
                    if projection.name not in led:
                        tasks.create_task(self._beside(projection))
                keeper = Keeper(self._stream, self._bus, leading)
                tasks.create_task(self._keep(keeper))
                await self._lead(tasks, connection, keeper, queue)

    async def _hold(self, connection: "Connection", projection: Projection) -> Line | None:
        """The generation of a projection with its lease; None when somebody else has it, or it cannot be run here."""
        try:
            found = await generation.current(connection, projection)
        except ContractBroken as error:
            log.error("projection.broken", projection=projection.name, reason=error.message)  # noqa: TRY400  # said in full
            return None
        if not await lease.take(connection, found.schema_name):
            return None
        return Line(projection, found, await checkpoint.read(connection, found.schema_name))

    async def _lead(
        self,
        tasks: asyncio.TaskGroup,
        connection: "Connection",
        keeper: Keeper,
        queue: "asyncio.Queue[list[Reading]]",
    ) -> None:
        batcher = Batcher(connection, keeper.lines, self._feed.park)
        saying: asyncio.Task[None] | None = None
        while True:
            readings = await queue.get()
            if readings:
                applied = await batcher.apply(readings)
                self._sequence = readings[-1].delivery.sequence
                if saying is not None:
                    await saying
                saying = tasks.create_task(announce(self._bus, applied, self._sequence))
            if self._joining:
                keeper.lines = (*batcher.lines, *await self._admit(tasks, connection))
                batcher = Batcher(connection, keeper.lines, self._feed.park)

    async def _keep(self, keeper: Keeper) -> None:
        async with opened(self._connect) as connection:
            await keeper.run(connection)

    async def _nudge(self, queue: "asyncio.Queue[list[Reading]]") -> None:
        """Let the lead look up when somebody wants to join, though the stream be silent."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await queue.put([])

    async def _beside(self, projection: Projection) -> None:
        """Catch up with those in front on a connection of its own, swap if it is a new generation, then ask to join."""
        while True:
            async with opened(self._connect) as connection:
                line = await self._hold(connection, projection)
                if line is not None:
                    log.info(
                        "projection.lagging", projection=projection.name, sequence=line.sequence, front=self._sequence
                    )
                    line = await self._catch_up(connection, line)
                    self._joining.append(line)
                    self._wake.set()
                    return
            await asyncio.sleep(STANDBY_SECONDS)

    async def _catch_up(self, connection: "Connection", line: Line) -> Line:
        batcher = Batcher(connection, (line,), self._feed.park)
        await self._feed.bring(batcher, is_near=lambda: line.sequence + JOIN_DISTANCE_MAX >= self._sequence)
        if line.generation.state == "building":
            line = await self._swap(connection, line)
        return line

    async def _swap(self, connection: "Connection", line: Line) -> Line:
        """Put a generation that has caught up in the place of the live one, which stands still meanwhile."""
        async with connection.transaction():
            await generation.swap(connection, line.projection, line.generation)
        log.info("generation.swapped", projection=line.projection.name, generation=line.generation.number)
        found = await generation.current(connection, line.projection)
        return Line(line.projection, found, await checkpoint.read(connection, found.schema_name))

    async def _admit(self, tasks: asyncio.TaskGroup, connection: "Connection") -> list[Line]:
        """Take those that caught up into the lead, once they stand exactly where it stands."""
        admitted = []
        waiting, self._joining = self._joining, []
        for line in waiting:
            if line.sequence > self._sequence:
                self._joining.append(line)
            elif not await lease.take(connection, line.generation.schema_name):
                tasks.create_task(self._beside(line.projection))
            else:
                await self._feed.bring(Batcher(connection, (line,), self._feed.park), target=self._sequence)
                admitted.append(line)
                log.info("projection.joined", projection=line.projection.name, sequence=line.sequence)
        return admitted
