"""Which devices are this process' own: those that the living processes, agreeing without a word, would all give to it.

Every device goes to the process whose name and its id make the highest number together, so a process that comes or
goes moves only its own share. The lease has the last word: a device is looked at only when it was really taken.
"""

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Final
from uuid import UUID

from contracts.language.errors import Unavailable
from pollers.engine.lease import Leases

_DIGEST_BYTES: Final = 8


def owner_of(device_id: UUID, alive: Sequence[str]) -> str:
    """The process that shall look at a device (rendezvous hashing)."""
    if len(alive) == 1:
        return alive[0]
    key = device_id.bytes
    return max(alive, key=lambda name: blake2b(name.encode() + key, digest_size=_DIGEST_BYTES).digest())


class Territory:
    """The devices this process holds, by epoch; `settle` brings them in line with the roster and the living."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self.held: dict[UUID, int] = {}
        self._settled: tuple[tuple[str, ...], int] | None = None

    async def settle(self, wanted: Collection[UUID], revision: int) -> tuple[list[UUID], list[UUID]]:
        """Beat, give back what is another's, take what is ours; the devices won and lost by that. Raises Unavailable.

        While the living and the `revision` of the roster are the same and nothing is missing, a beat is all it takes.
        A device held under a new epoch, because the leases of before no longer stood, is both lost and won.
        """
        beat = await self._leases.beat()
        if beat.is_standing and self._settled == (beat.alive, revision):
            return [], []
        known = set(wanted)
        ours = {device for device in known if owner_of(device, beat.alive) == self._leases.instance}
        foreign = [device for device in self.held if device not in ours]
        await self._leases.release(device for device in foreign if device in known)
        await self._leases.forget(device for device in foreign if device not in known)
        taken = await self._leases.take(ours - self.held.keys() if beat.is_standing else ours)
        kept = self.held if beat.is_standing else {}
        held = {device: epoch for device, epoch in kept.items() if device in ours} | taken
        lost = [device for device, epoch in self.held.items() if held.get(device) != epoch]
        won = [device for device, epoch in held.items() if self.held.get(device) != epoch]
        self.held = held
        self._settled = (beat.alive, revision) if held.keys() == ours else None
        return won, lost

    async def leave(self) -> None:
        """Give everything back, so that others go on at once; what cannot be given back runs out by itself."""
        try:
            await self._leases.leave()
        except Unavailable:
            return
        finally:
            self.held, self._settled = {}, None
