"""A projector's own connection: as the one role that may write, prepared for its types.

A commit does not wait for the disk: rows and checkpoint are lost together when the machine dies, and the log has them
still.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from contracts.language.errors import Unavailable
from projections.engine.writing import prepare

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

Connect: TypeAlias = Callable[[], Awaitable["Connection"]]

CONNECT_SECONDS_MAX: Final = 10.0
SETTINGS: Final = {
    "application_name": "tod-projections",
    "synchronous_commit": "off",
    "jit": "off",
    "temp_buffers": "32MB",
    "work_mem": "32MB",
}


async def open_connection(url: str) -> "Connection":
    """Connect; raises Unavailable when the database is not there."""
    try:
        connection = await asyncpg.connect(url, server_settings=SETTINGS, timeout=CONNECT_SECONDS_MAX)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"PostgreSQL cannot be reached to write read models: {error}") from error
    await prepare(connection)
    return connection


@asynccontextmanager
async def opened(connect: Connect) -> AsyncIterator["Connection"]:
    """A connection that is gone afterwards, whatever state it was left in."""
    connection = await connect()
    try:
        yield connection
    finally:
        connection.terminate()
