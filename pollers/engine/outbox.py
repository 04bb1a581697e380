"""What is to be published, gathered for a moment: one write to the bus and one wake-up for many looks at once."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from contracts.language.delivery import Outgoing, Publisher
from contracts.language.errors import ContractBroken

GATHER_SECONDS: Final = 0.01
GATHER_MAX: Final = 256
"""Parcels that leave at once, however short the moment was."""


class _Parcel(msgspec.Struct, frozen=True):
    """What one task wants stored, and what it waits for."""

    messages: Sequence[Outgoing]
    stored: asyncio.Future[None]


class Outbox:
    """Publishes for many tasks at once; each waits until its own messages are stored, or hears that they are not."""

    def __init__(self, bus: Publisher) -> None:
        self._bus = bus
        self._parcels: list[_Parcel] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Store messages. Raises what the bus raised for the batch they left in; saying them again is safe."""
        loop = asyncio.get_running_loop()
        parcel = _Parcel(messages, loop.create_future())
        self._parcels.append(parcel)
        if len(self._parcels) >= GATHER_MAX:
            self._leave()
        elif self._timer is None:
            self._timer = loop.call_later(GATHER_SECONDS, self._leave)
        await parcel.stored

    def _leave(self) -> None:
        """Send off what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        parcels, self._parcels = self._parcels, []
        task = asyncio.get_running_loop().create_task(self._send(parcels))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, parcels: Sequence[_Parcel]) -> None:
        """Publish parcels together; when the bus refuses one of them for what it is, each for itself."""
        fault: Exception | None = None
        try:
            await self._bus.publish_many([message for parcel in parcels for message in parcel.messages])
        except ContractBroken as error:
            fault = error
            if len(parcels) > 1:
                for parcel in parcels:
                    await self._send([parcel])
                return
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits
            fault = error
        for parcel in parcels:
            if parcel.stored.done():
                continue
            if fault is None:
                parcel.stored.set_result(None)
            else:
                parcel.stored.set_exception(fault)
