"""One writer per generation: a lock in PostgreSQL that lives as long as the connection that writes.

Who does not get it stands by. The lock keeps two writers from wasting work; what makes a second one harmless is the
checkpoint, which only moves from where its writer believed it to be.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]


async def take(connection: "Connection", schema: str) -> bool:
    """Take the lease of a generation, if nobody has it."""
    return bool(
        await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended('tod.generation.' || $1, 0))", schema)
    )


async def give_back(connection: "Connection", schema: str) -> None:
    """Let the next one write."""
    await connection.execute("SELECT pg_advisory_unlock(hashtextextended('tod.generation.' || $1, 0))", schema)
