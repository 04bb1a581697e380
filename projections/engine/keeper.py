"""What runs beside the batches of a stream for as long as it is projected.

Noting the head, seeing that the tables still stand, and tending those whose time has come.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from contracts.language.delivery import Reader
from projections.engine import generation, lag
from projections.engine.batch import Line
from projections.engine.sinks import BEGINNING
from projections.engine.tending import closed_until, needs_tending, tend

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

ROUND_SECONDS: Final = 2.0
LAGGING_MESSAGES: Final = 10_000

log = structlog.get_logger(__name__)


class Keeper:
    """Looks after the tables of the lines that are led; `lines` may change at any time."""

    def __init__(self, stream: str, bus: Reader, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._stream = stream
        self._bus = bus
        self._tended: dict[str, datetime] = {}

    async def run(self, connection: "Connection") -> None:
        """Look again every round, until cancelled.

        Raises Superseded when a generation is no longer the live one, or its schema was dropped: while a stream is
        silent no batch would find that out.
        """
        while True:
            await generation.insist(connection, [line.generation.schema_name for line in self.lines])
            head = await self._bus.head(self._stream)
            await lag.note_head(connection, self._stream, head)
            for line in self.lines:
                if head - line.sequence > LAGGING_MESSAGES:
                    log.warning("projection.lagging", projection=line.projection.name, behind=head - line.sequence)
                await self._tend(connection, line)
            await asyncio.sleep(ROUND_SECONDS)

    async def _tend(self, connection: "Connection", line: Line) -> None:
        """Tend a line's tables when another hour of its time is over."""
        if line.watermark == BEGINNING or not any(needs_tending(table) for table in line.projection.tables):
            return
        until, schema = closed_until(line.watermark), line.generation.schema_name
        if self._tended.get(schema) != until:
            await tend(connection, schema, line.projection)
            self._tended[schema] = until
