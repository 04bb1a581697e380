"""How far each generation has read.

Moved in the transaction of its rows, and only from where its writer believed it to be.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]


class Superseded(Exception):  # not an error: somebody else writes this generation now, or nobody shall
    """A generation was swapped, dropped, or written by somebody else: look at the registry again."""


class Checkpoint(msgspec.Struct, frozen=True):
    """The last sequence whose rows stand, and the newest event time among them."""

    sequence: int
    watermark: datetime | None


async def read(connection: "Connection", schema: str) -> Checkpoint:
    """Where a generation stands; raises Superseded when there is none of this name."""
    row = await connection.fetchrow("SELECT sequence, watermark FROM tod.checkpoint WHERE schema_name = $1", schema)
    if row is None:
        raise Superseded(schema)
    return Checkpoint(row["sequence"], row["watermark"])


async def advance(
    connection: "Connection",
    schemas: Sequence[str],
    states: Sequence[str],
    watermarks: Sequence[datetime | None],
    *,
    before: int,
    after: int,
) -> None:
    """Move the checkpoints of several generations that stand at `before` and are in these states.

    Raises Superseded if one is not.
    """
    status = await connection.execute(
        "UPDATE tod.checkpoint AS c SET sequence = $4, watermark = k.watermark, advanced_at = now()"
        " FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS k (schema_name, state, watermark)"
        " INNER JOIN tod.generation AS g ON g.schema_name = k.schema_name AND g.state = k.state"
        " WHERE c.schema_name = k.schema_name AND c.sequence = $5",
        schemas,
        states,
        watermarks,
        after,
        before,
    )
    if status != f"UPDATE {len(schemas)}":
        raise Superseded(", ".join(schemas))
