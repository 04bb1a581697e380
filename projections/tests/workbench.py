"""Generations of one read model in a real database, to be filled and compared."""

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from contracts.catalog import CODEC
from contracts.language.delivery import Delivery
from projections.engine import checkpoint, generation
from projections.engine.batch import Batcher, Line
from projections.engine.digest import Digest, digests
from projections.engine.generation import Generation
from projections.engine.projection import Projection
from projections.engine.reading import Reader, Reading
from projections.engine.tending import tend


class Workbench:
    """A projection with a live generation and another beside it."""

    def __init__(self, connection: "asyncpg.Connection[Any]", projection: Projection) -> None:
        self.connection = connection
        self.projection = projection
        self.parked: list[tuple[int, str]] = []

    async def open(self) -> None:
        """Make both generations."""
        self.live = await generation.current(self.connection, self.projection)
        self.other = await generation.begin(self.connection, self.projection)

    async def empty(self) -> None:
        """Begin anew with empty tables."""
        self.parked.clear()
        for each in (self.live, self.other):
            tables = await self.connection.fetch(
                "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1",
                each.schema_name,
            )
            async with self.connection.transaction():
                await self.connection.execute("SET LOCAL ROLE tod_owner")
                await self.connection.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)}")
            await self.connection.execute(
                "UPDATE tod.checkpoint SET sequence = 0, watermark = NULL WHERE schema_name = $1", each.schema_name
            )
            await self.connection.execute("DELETE FROM tod.rollup WHERE schema_name = $1", each.schema_name)

    async def line(self, where: Generation) -> Line:
        """A line as a process that starts now finds it."""
        return Line(self.projection, where, await checkpoint.read(self.connection, where.schema_name))

    async def take(self, where: Generation, deliveries: Sequence[Delivery]) -> None:
        """One batch, by a process that has just started."""
        if deliveries:
            batcher = Batcher(self.connection, [await self.line(where)], self._park)
            await batcher.apply(Reader(CODEC, None).read(deliveries))

    async def _park(self, reading: Reading, _by: str, reason: str) -> None:
        self.parked.append((reading.delivery.sequence, reason))

    async def digests(self, where: Generation) -> dict[str, Digest]:
        """What the tables hold, once they are tended."""
        await tend(self.connection, where.schema_name, self.projection)
        return await digests(self.connection, where.schema_name, self.projection.tables)


def tenant_token(key: tuple[str, str], tenant: object, *, seconds: float = 600) -> str:
    """A token as `commands` mints it."""
    kid, secret = key
    text = f"v1.{kid}.{tenant}.{int(time.time() + seconds)}.session"
    return f"{text}.{hmac.new(bytes.fromhex(secret), text.encode(), hashlib.sha256).hexdigest()}"
