"""One poller per device at a time, and a number that tells an old holder from a new one.

A lease says which process holds a device; it is good for as long as that process is alive. So one short beat of a
process renews all of its leases at once, however many they are. Every holder has an `epoch` that is higher than that
of all holders before, also after the cache has forgotten everything, since it follows the cache's clock. A reader that
meets two epochs believes the higher.

When the cache cannot be reached, nobody can take a lease either, so a holder goes on under the one it has: a look
changes nothing on a device, and two looks are better than none. When the cache comes back empty, or thinks that a
holder was dead, `beat` says so and the holder has to take its devices anew.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

POLLERS: Final = "tod:pollers"
"""Sorted set of the live processes by the instant they are dead at, in milliseconds."""
LEASES: Final = "tod:leases"
"""Hash of devices: `<epoch> <holder>`, with no holder when it was given back."""
ALIVE_SECONDS: Final = 20.0
BEAT_SECONDS: Final = 5.0
BATCH_MAX: Final = 500

_BEAT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local alive = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return {alive and 1 or 0, redis.call('ZRANGE', KEYS[1], 0, -1)}
"""
_TAKE: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local taken = {}
for i = 2, #ARGV do
  local lease = redis.call('HGET', KEYS[2], ARGV[i])
  local epoch, holder = 0, ''
  if lease then
    local blank = string.find(lease, ' ', 1, true)
    epoch, holder = tonumber(string.sub(lease, 1, blank - 1)), string.sub(lease, blank + 1)
  end
  local until_ms = holder ~= '' and holder ~= ARGV[1] and redis.call('ZSCORE', KEYS[1], holder)
  if until_ms and tonumber(until_ms) > now then
    taken[i - 1] = 0
  else
    if holder ~= ARGV[1] then
      epoch = math.max(epoch + 1, tonumber(t[1]))
      redis.call('HSET', KEYS[2], ARGV[i], string.format('%d %s', epoch, ARGV[1]))
    end
    taken[i - 1] = epoch
  end
end
return taken
"""
_RELEASE: Final = """
for i = 2, #ARGV do
  local lease = redis.call('HGET', KEYS[1], ARGV[i])
  if lease then
    local blank = string.find(lease, ' ', 1, true)
    if string.sub(lease, blank + 1) == ARGV[1] then
      redis.call('HSET', KEYS[1], ARGV[i], string.sub(lease, 1, blank))
    end
  end
end
return 0
"""
_FORGET: Final = """
redis.call('HDEL', KEYS[1], unpack(ARGV))
return 0
"""
_LEAVE: Final = """
redis.call('ZREM', KEYS[1], ARGV[1])
return 0
"""


class Scripts(Protocol):
    """The cache, as far as leases need it."""

    async def evaluate(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:  # noqa: ANN401 - as the script says
        """Run a Lua script; raises Unavailable when the cache does not answer."""
        ...


class Beat(msgspec.Struct, frozen=True):
    """What a beat found: whether the leases of before still stand, and the processes alive now, this one among them."""

    is_standing: bool
    alive: tuple[str, ...]


class Leases:
    """The leases of one process, called `instance`, which has to be unlike that of any process before.

    Every method raises Unavailable.
    """

    def __init__(self, cache: Scripts, instance: str) -> None:
        self._cache = cache
        self.instance = instance

    async def beat(self) -> Beat:
        """Live on for ALIVE_SECONDS, and with this process all of its leases."""
        stands, alive = await self._cache.evaluate(_BEAT, (POLLERS,), (self.instance, int(ALIVE_SECONDS * 1000)))
        return Beat(bool(stands), tuple(_text(name) for name in alive))

    async def take(self, devices: Iterable[UUID]) -> dict[UUID, int]:
        """Take what nobody living holds: the epoch by device. One that is held already keeps its epoch."""
        taken: dict[UUID, int] = {}
        for batch in _batches(devices):
            epochs = await self._cache.evaluate(_TAKE, (POLLERS, LEASES), (self.instance, *map(str, batch)))
            taken.update((device, int(epoch)) for device, epoch in zip(batch, epochs, strict=True) if epoch)
        return taken

    async def release(self, devices: Iterable[UUID]) -> None:
        """Give back what somebody else shall hold."""
        for batch in _batches(devices):
            await self._cache.evaluate(_RELEASE, (LEASES,), (self.instance, *map(str, batch)))

    async def forget(self, devices: Iterable[UUID]) -> None:
        """Drop the leases of devices that are retired."""
        for batch in _batches(devices):
            await self._cache.evaluate(_FORGET, (LEASES,), tuple(map(str, batch)))

    async def leave(self) -> None:
        """Say that this process is gone, so that others need not wait for it."""
        await self._cache.evaluate(_LEAVE, (POLLERS,), (self.instance,))


def _batches(devices: Iterable[UUID]) -> Iterable[list[UUID]]:
    source = iter(devices)
    while batch := list(islice(source, BATCH_MAX)):
        yield batch


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
