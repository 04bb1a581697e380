"""One batch for several projections that stand at the same place: rows and checkpoints in one transaction, or nothing.

What cannot be applied is found by halving: the projection it hurts goes through the batch alone, and the one delivery
is parked.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from contracts.language.errors import Unavailable
from contracts.language.identity import TenantId
from projections.engine import checkpoint
from projections.engine.changes import Change, Key
from projections.engine.checkpoint import Superseded
from projections.engine.generation import Generation
from projections.engine.happened import Happened
from projections.engine.projection import Projection
from projections.engine.reading import Reading
from projections.engine.rows import Model
from projections.engine.sinks import BEGINNING, StateSink
from projections.engine.writing import load, write

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

_THE_ROWS_FAULT: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
_THE_SERVERS_FAULT: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
    Unavailable,
    Superseded,
)


class Applied(msgspec.Struct, frozen=True):
    """What one projection made of a batch, for the notice about it."""

    projection: Projection
    touched: dict[TenantId, dict[str, None]]
    changes: list[Change]


class Line:
    """One projection and the generation it fills, with the place it has committed."""

    def __init__(self, projection: Projection, generation: Generation, place: checkpoint.Checkpoint) -> None:
        self.projection = projection
        self.generation = generation
        self.model = Model(projection)
        self.sequence = place.sequence
        self.watermark = place.watermark or BEGINNING
        self.restore()

    def restore(self) -> None:
        """Go back to what is committed."""
        self.model.reset()
        self.model.watermark.at = self.watermark

    def committed(self, sequence: int) -> None:
        """Take note that everything up to a sequence stands."""
        self.sequence = sequence
        self.watermark = self.model.watermark.at
        self.model.forget()


def is_poison(error: Exception) -> bool:
    """Whether an error is the fault of what was applied, and would come again."""
    return isinstance(error, _THE_ROWS_FAULT) or not isinstance(error, _THE_SERVERS_FAULT)


Park: TypeAlias = Callable[[Reading, str, str], Awaitable[None]]
"""Sets a delivery aside: the reading, by whom, and why."""


class Batcher:
    """Applies batches to lines that stand at the same place.

    What one of them cannot apply is parked before it is passed over.
    """

    def __init__(self, connection: "Connection", lines: Sequence[Line], park: Park) -> None:
        self._connection = connection
        self._park = park
        self.lines = tuple(lines)

    @property
    def sequence(self) -> int:
        """Where the lines stand."""
        return self.lines[0].sequence

    async def apply(self, readings: Sequence[Reading]) -> list[Applied]:
        """Commit a batch for every line; raises what is the servers' fault, and then nothing of the batch stands.

        What the lines have read already is passed over.
        """
        if readings[0].delivery.sequence <= self.sequence:
            readings = [reading for reading in readings if reading.delivery.sequence > self.sequence]
            if not readings:
                return []
        try:
            return await self._commit(self.lines, readings)
        except Exception as error:
            self._restore(self.lines)
            if not is_poison(error):
                raise
        return [applied for line in self.lines for applied in await self._isolate(line, readings)]

    async def _isolate(self, line: Line, readings: Sequence[Reading]) -> list[Applied]:
        """Apply what can be applied to one line, halving where it fails."""
        try:
            return await self._commit((line,), readings)
        except Exception as error:
            self._restore((line,))
            if not is_poison(error):
                raise
            if len(readings) == 1:
                await self._park(readings[0], line.projection.name, f"{type(error).__name__}: {error}")
                return await self._commit((line,), (msgspec.structs.replace(readings[0], happened=()),))
        half = len(readings) // 2
        return [*await self._isolate(line, readings[:half]), *await self._isolate(line, readings[half:])]

    async def skip_to(self, sequence: int) -> None:
        """Move on over messages that are not there any more."""
        async with self._connection.transaction():
            await self._advance(self.lines, sequence)
        for line in self.lines:
            line.committed(sequence)

    async def _commit(self, lines: Sequence[Line], readings: Sequence[Reading]) -> list[Applied]:
        after = readings[-1].delivery.sequence
        happened = [each for reading in readings for each in reading.happened]
        shapes = {type(each.message) for each in happened}
        applied = []
        async with self._connection.transaction():
            for line in lines:
                wants = {shape for shape in shapes if line.model.wants(shape)}
                wanted = [each for each in happened if type(each.message) in wants]
                await self._load(line, wanted)
                for each in wanted:
                    line.model.apply(each)
                changes, touched = line.model.take()
                await write(self._connection, line.generation.schema_name, changes)
                applied.append(Applied(line.projection, touched, changes))
            await self._advance(lines, after)
        for line in lines:
            line.committed(after)
        return applied

    async def _advance(self, lines: Sequence[Line], after: int) -> None:
        await checkpoint.advance(
            self._connection,
            [line.generation.schema_name for line in lines],
            [line.generation.state for line in lines],
            [None if line.model.watermark.at == BEGINNING else line.model.watermark.at for line in lines],
            before=lines[0].sequence,
            after=after,
        )

    async def _load(self, line: Line, wanted: Iterable[Happened]) -> None:
        """Fetch the kept rows that these events will look at and that are not known yet."""
        missing: dict[StateSink, dict[Key, None]] = {}
        for happened in wanted:
            line.model.missing(happened, missing)
        for sink, groups in missing.items():
            rows = await load(self._connection, line.generation.schema_name, sink.table, list(groups))
            sink.load(groups, rows)

    def _restore(self, lines: Iterable[Line]) -> None:
        for line in lines:
            line.restore()
