"""The cache (Valkey): Lua scripts and nothing else, since what is kept there may be lost and has to change in one step.

Leases of the pollers and rate limits of the gateway state small protocols of their own; this satisfies all of them.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from contracts.language.errors import ContractBroken, Unavailable

ANSWER_SECONDS_MAX: Final = 0.2
"""A cache that takes longer is as good as gone; whoever asks has a way to do without it."""
CONNECTIONS_MAX: Final = 16

Result = TypeVar("Result")


class Cache:
    """One process' connections to the cache. Make it with `open_cache`."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def evaluate(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:  # noqa: ANN401 - as the script says
        """Run a Lua script by its digest, and send its text only when the server does not know it.

        Raises Unavailable within ANSWER_SECONDS_MAX when the cache is gone, ContractBroken when the script fails.
        """
        digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return await _in_time(self._client.evalsha(digest, len(keys), *keys, *arguments))
        except NoScriptError:
            return await self._evaluate_text(script, keys, arguments)
        except ResponseError as error:
            raise _broken(script, error) from error

    async def ping(self) -> float:
        """How long the cache takes to answer, in milliseconds; raises Unavailable when it does not."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await _in_time(self._client.ping())
        return (loop.time() - begun) * 1000

    async def _evaluate_text(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:  # noqa: ANN401 - as above
        try:
            return await _in_time(self._client.eval(script, len(keys), *keys, *arguments))
        except ResponseError as error:
            raise _broken(script, error) from error


async def _in_time(answer: Awaitable[Result]) -> Result:
    """Wait for an answer, but not for long."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await answer
    except ResponseError:
        raise
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable(f"Valkey does not answer: {type(error).__name__} {error}") from error


def _broken(script: str, error: ResponseError) -> ContractBroken | Unavailable:
    if str(error).startswith(("LOADING", "BUSY", "MASTERDOWN", "READONLY", "OOM")):
        return Unavailable(f"Valkey cannot serve now: {error}")
    return ContractBroken(f"A script for Valkey failed: {error}; it begins {script.strip()[:60]!r}")


@asynccontextmanager
async def open_cache(url: str) -> AsyncIterator[Cache]:
    """Make the connections lazily, so that a process starts without the cache; close them at the end."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS_MAX,
        timeout=ANSWER_SECONDS_MAX,
        socket_timeout=ANSWER_SECONDS_MAX,
        socket_connect_timeout=ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 1),
        client_name="tod",
    )
    client = Redis(connection_pool=pool)
    try:
        yield Cache(client)
    finally:
        await client.aclose()
        await pool.aclose()
