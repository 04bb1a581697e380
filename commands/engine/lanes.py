"""Order: many entities at once, but one entity after the other, in the order in which its deliveries came."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Lanes:
    """One lane per entity that is being worked on; a lane is gone when nobody is in it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, entity: Hashable) -> AsyncIterator[None]:
        """Wait until everybody who came before about this entity is done, then have the lane."""
        lock = self._locks.get(entity)
        if lock is None:
            lock = self._locks[entity] = asyncio.Lock()
        async with lock:
            yield
