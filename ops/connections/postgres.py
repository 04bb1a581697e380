"""PostgreSQL pools, one role per process. The roles themselves and what they may do are the migrations' business."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import asyncpg

from contracts.language.errors import Unavailable

Prepare = Callable[[Any], Coroutine[Any, Any, None]]
CONNECT_SECONDS_MAX: Final = 10.0


async def open_pool(
    url: str,
    *,
    size_max: int,
    application: str,
    settings: Mapping[str, str] | None = None,
    init: Prepare | None = None,
    reset: Prepare | None = None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """Open a pool; raises Unavailable when the database is not there."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            return await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size_max,
                init=init,
                reset=reset,
                server_settings={"application_name": application, "jit": "off", **(settings or {})},
            )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"PostgreSQL cannot be reached as {application}: {error}") from error
