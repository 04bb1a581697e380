"""Whether two generations hold the same rows.

A count and a sum of digests per table, which no order of rows can change.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from projections.engine.ddl import rows_of
from projections.engine.generation import has_timescale
from projections.engine.rollups import rollup_name
from projections.engine.table import Samples, Table

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]


class Digest(msgspec.Struct, frozen=True):
    """The rows of one table in two numbers."""

    rows: int
    digest: str


class Difference(msgspec.Struct, frozen=True):
    """A table that is not the same on both sides."""

    table: str
    left: Digest
    right: Digest


async def digests(connection: "Connection", schema: str, tables: Sequence[Table]) -> dict[str, Digest]:
    """Every table of a generation, rollups included; samples are the same whether they are packed or not."""
    offers_timescale = await has_timescale(connection)
    queries = {table.name: rows_of(schema, table, has_timescale=offers_timescale) for table in tables}
    rollups = [(table, each) for table in tables if isinstance(table, Samples) for each in table.rollups]
    queries |= {(name := rollup_name(*each)): f"SELECT * FROM {schema}.{name}" for each in rollups}
    found = {}
    for name, query in queries.items():
        row = await connection.fetchrow(
            "SELECT count(*) AS rows, coalesce(sum(('x' || left(md5(r::text), 16))::bit(64)::bigint::numeric), 0)::text"
            f" AS digest FROM ({query}) AS r"
        )
        assert row is not None
        found[name] = Digest(row["rows"], row["digest"])
    return found


async def differences(
    left: tuple["Connection", str], right: tuple["Connection", str], tables: Sequence[Table]
) -> list[Difference]:
    """The tables whose rows differ between two generations."""
    one, other = await digests(*left, tables), await digests(*right, tables)
    return [Difference(name, one[name], other[name]) for name in one if one[name] != other[name]]
