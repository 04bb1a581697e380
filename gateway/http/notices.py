"""What the projections announce, brought to those who follow: one subscription per tenant, however many follow it.

Nothing queues up for a slow follower. What he has not taken yet is merged by read model, so that it is bounded, and
nothing is dropped without telling: with too many keys the notice says "reload" instead.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import structlog

from contracts.language.delivery import Reader
from contracts.language.identity import TenantId
from contracts.language.subject import ROOT, Kind
from gateway.http.freshness import Checkpoint

log = structlog.get_logger(__name__)

KEYS_MAX: Final = 200
ROWS_MAX: Final = 200


class Notice(msgspec.Struct, frozen=True):
    """One model has new rows: of these keys, or of too many to say (None).

    The rows themselves where the model sends them.
    """

    model: str
    stream: str
    sequence: int
    keys: tuple[str, ...] | None = None
    rows: tuple[msgspec.Raw, ...] | None = None


_NOTICE: Final = msgspec.json.Decoder(Notice)


def merged(earlier: Notice, later: Notice) -> Notice:
    """Two notices of one model as one: the later sequence, the keys of both, the rows of both while they are few."""
    keys = None
    if earlier.keys is not None and later.keys is not None:
        keys = tuple(dict.fromkeys((*earlier.keys, *later.keys)))
    rows = None
    if earlier.rows is not None and later.rows is not None:
        rows = (*earlier.rows, *later.rows)
    return Notice(
        model=later.model,
        stream=later.stream,
        sequence=max(earlier.sequence, later.sequence),
        keys=None if keys is None or len(keys) > KEYS_MAX else keys,
        rows=None if rows is None or len(rows) > ROWS_MAX else rows,
    )


class Feed:
    """What one follower has not taken yet."""

    def __init__(self, models: frozenset[str]) -> None:
        self._models = models
        self._pending: dict[str, Notice] = {}
        self._woken = asyncio.Event()
        self.is_closed = False

    def offer(self, notice: Notice) -> None:
        """Take a notice in, if its model is followed."""
        if notice.model in self._models:
            earlier = self._pending.get(notice.model)
            self._pending[notice.model] = notice if earlier is None else merged(earlier, notice)
            self._woken.set()

    def close(self) -> None:
        """Nothing will come any more."""
        self.is_closed = True
        self._woken.set()

    async def take(self, within_seconds: float) -> list[Notice]:
        """What has come since the last time, at most one notice per model; nothing when nothing came in time."""
        try:
            async with asyncio.timeout(within_seconds):
                await self._woken.wait()
        except TimeoutError:
            return []
        self._woken.clear()
        taken, self._pending = list(self._pending.values()), {}
        return taken


class _Channel:
    """One subscription and those who share it."""

    def __init__(self) -> None:
        self.feeds: set[Feed] = set()
        self.stop: Callable[[], Awaitable[None]] | None = None


class Hub:
    """All followers of this process."""

    def __init__(self, bus: Reader, announced: Callable[[Checkpoint], Awaitable[None]]) -> None:
        self._bus = bus
        self._announced = announced
        self._channels: dict[str, _Channel] = {}
        self._changing = asyncio.Lock()
        self.is_closed = False

    @property
    def followers(self) -> int:
        """How many follow at this moment."""
        return sum(len(channel.feeds) for channel in self._channels.values())

    @asynccontextmanager
    async def following(self, tenant_id: TenantId | None, models: frozenset[str]) -> AsyncIterator[Feed]:
        """Follow some models of one tenant, or of all; raises Unavailable when the bus is away."""
        subject = f"{ROOT}.{tenant_id or '*'}.{Kind.LIVE}.>"
        feed = Feed(models)
        await self._join(subject, feed)
        try:
            yield feed
        finally:
            await asyncio.shield(self._leave(subject, feed))

    def close(self) -> None:
        """Send every follower away, at once; may be called more than once."""
        self.is_closed = True
        for channel in self._channels.values():
            for feed in channel.feeds:
                feed.close()

    async def _join(self, subject: str, feed: Feed) -> None:
        async with self._changing:
            channel = self._channels.setdefault(subject, _Channel())
            if channel.stop is None:
                channel.stop = await self._bus.listen(subject, lambda _subject, data: self._hear(channel, data))
            channel.feeds.add(feed)
            if self.is_closed:
                feed.close()

    async def _leave(self, subject: str, feed: Feed) -> None:
        async with self._changing:
            channel = self._channels[subject]
            channel.feeds.discard(feed)
            if not channel.feeds:
                del self._channels[subject]
                if channel.stop is not None:
                    await channel.stop()

    async def _hear(self, channel: _Channel, data: bytes) -> None:
        try:
            notice = _NOTICE.decode(data)
        except msgspec.MsgspecError:
            log.exception("notice.unreadable")
            return
        await self._announced(Checkpoint(notice.model, notice.stream, notice.sequence))
        for feed in channel.feeds:
            feed.offer(notice)


def payload(notice: Notice) -> bytes:
    """A notice as a follower reads it: the stream's name is the house's own business."""
    told: dict[str, Any] = {"model": notice.model, "sequence": notice.sequence, "keys": notice.keys}
    if notice.rows is not None:
        told["rows"] = notice.rows
    return msgspec.json.encode(told)
