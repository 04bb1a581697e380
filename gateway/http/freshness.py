"""Reading one's own writes: waits until the read models have passed a sequence of the log.

What the projections announce is believed at once; whatever nobody announced here is asked of the checkpoint table, by
one loop that runs only while somebody waits.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from contracts.language.errors import Unavailable
from contracts.language.streams import LEDGER

log = structlog.get_logger(__name__)

FRESH_SECONDS_MAX: Final = 5.0
ASK_EVERY_SECONDS: Final = 0.01
ASK_EVERY_SECONDS_MAX: Final = 0.25
_CHECKPOINTS: Final = "SELECT name, stream, sequence FROM tod.checkpoints"


class Checkpoint(msgspec.Struct, frozen=True):
    """How far one read model has come in its stream."""

    model: str
    stream: str
    sequence: int


async def checkpoints(pool: "asyncpg.Pool[Any]") -> dict[str, Checkpoint]:
    """Every read model's checkpoint, by name; raises Unavailable."""
    try:
        rows = await pool.fetch(_CHECKPOINTS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise Unavailable("The database cannot be asked how far its read models are") from error
    return {row["name"]: Checkpoint(row["name"], row["stream"], row["sequence"]) for row in rows}


class Freshness:
    """How far the read models are, as far as this process knows."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._known: dict[str, Checkpoint] = {}
        self._moved = asyncio.Condition()
        self._waiting = 0
        self._asking: asyncio.Task[None] | None = None

    async def announced(self, checkpoint: Checkpoint) -> None:
        """A projection said that it has come so far."""
        known = self._known.get(checkpoint.model)
        if known is None or known.sequence < checkpoint.sequence:
            self._known[checkpoint.model] = checkpoint
            async with self._moved:
                self._moved.notify_all()

    async def passed(self, models: Sequence[str], sequence: int, within_seconds: float = FRESH_SECONDS_MAX) -> bool:
        """Wait until all models that read the LEDGER have passed a sequence of it; False when they do not in time.

        A model of another stream is not waited for: sequences of two streams cannot be compared.
        """
        if self._have_passed(models, sequence):
            return True
        self._waiting += 1
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_while_waited_for())
        try:
            async with asyncio.timeout(within_seconds), self._moved:
                await self._moved.wait_for(lambda: self._have_passed(models, sequence))
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _have_passed(self, models: Sequence[str], sequence: int) -> bool:
        found = [self._known.get(model) for model in models]
        return all(known is not None and (known.stream != LEDGER.name or known.sequence >= sequence) for known in found)

    async def _ask_while_waited_for(self) -> None:
        pause = ASK_EVERY_SECONDS
        while self._waiting:
            try:
                for checkpoint in (await checkpoints(self._pool)).values():
                    await self.announced(checkpoint)
            except Unavailable as error:
                log.warning("freshness.unknown", reason=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, ASK_EVERY_SECONDS_MAX)
