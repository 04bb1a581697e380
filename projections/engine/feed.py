"""One stream as projections take it in.

Decoded in slices, what cannot be read parked, and caught up with to an exact place.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from contracts.language.codec import Codec
from contracts.language.delivery import Bus, Delivery
from contracts.language.parking import parked
from projections.engine.batch import Batcher
from projections.engine.projection import Projection
from projections.engine.reading import Reader, Reading
from projections.engine.rows import wanted_names

BATCH_MAX: Final = 500
SLICE: Final = 32
"""Deliveries decoded in one go, so that the connection is never left waiting for long."""

log = structlog.get_logger(__name__)


class Feed:
    """A stream, read for some projections."""

    def __init__(self, stream: str, bus: Bus, codec: Codec, projections: Sequence[Projection]) -> None:
        self.stream = stream
        self.bus = bus
        self._reader = Reader(codec, wanted_names(projections))

    async def fill(self, queue: "asyncio.Queue[list[Reading]]", after: int) -> None:
        """Decode the next batches while the one before is being written; for ever."""
        async for deliveries in self.bus.follow(self.stream, (), after=after, batch_max=BATCH_MAX):
            await queue.put(await self.read(deliveries))

    async def read(self, deliveries: Sequence[Delivery]) -> list[Reading]:
        """Decode a batch."""
        readings: list[Reading] = []
        for start in range(0, len(deliveries), SLICE):
            readings += self._reader.read(deliveries[start : start + SLICE])
            await asyncio.sleep(0)
        for reading in readings:
            for error in reading.errors:
                await self.park(reading, "projections", error)
        return readings

    async def park(self, reading: Reading, by: str, reason: str) -> None:
        """Set a delivery aside with its error."""
        delivery = reading.delivery
        log.error("delivery.parked", stream=delivery.stream, sequence=delivery.sequence, by=by, reason=reason)
        await self.bus.publish(parked(delivery, by=by, reason=reason))

    async def bring(
        self,
        batcher: Batcher,
        *,
        target: int | None = None,
        is_near: Callable[[], bool] = lambda: False,
        on_batch: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Apply what is stored.

        Up to exactly `target`, or until the stream is exhausted or `is_near` says that it is enough.
        """
        if target is not None and batcher.sequence >= target:
            return
        async for deliveries in self.bus.follow(
            self.stream, (), after=batcher.sequence, batch_max=BATCH_MAX, idle=True
        ):
            due = [each for each in deliveries if target is None or each.sequence <= target]
            if due:
                await batcher.apply(await self.read(due))
                on_batch(len(due))
            if len(due) < len(deliveries) or not deliveries or batcher.sequence == target or is_near():
                break
        if target is not None and batcher.sequence < target:
            await batcher.skip_to(target)
