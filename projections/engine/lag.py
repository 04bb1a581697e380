"""How far behind each read model is, and whether the head of its stream still moves.

Two questions, both kept in the registry.
"""

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """One read model: `behind` counts messages between its checkpoint and the head that was seen last."""

    name: str
    stream: str
    version: int
    generation: int
    sequence: int
    head: int | None
    behind: int | None
    head_moved_at: datetime | None
    advanced_at: datetime
    watermark: datetime | None


async def note_head(connection: "Connection", stream: str, head: int) -> None:
    """Keep where a stream ends; `moved_at` stays while it stands still."""
    await connection.execute(
        "INSERT INTO tod.stream_head AS h (stream, sequence, moved_at, seen_at) VALUES ($1, $2, now(), now())"
        " ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence, seen_at = excluded.seen_at,"
        " moved_at = CASE WHEN h.sequence = excluded.sequence THEN h.moved_at ELSE excluded.moved_at END",
        stream,
        head,
    )


async def lags(connection: "Connection") -> list[Lag]:
    """Every live read model."""
    rows = await connection.fetch(
        "SELECT name, stream, version, generation, sequence, head, greatest(head - sequence, 0) AS behind,"
        " head_moved_at, advanced_at, watermark FROM tod.checkpoints ORDER BY name"
    )
    return [Lag(**row) for row in rows]
