"""Who is due: each device has its own phase in the interval, so that a fleet is a stream of looks and never a wave.

Pure: time is passed in, in seconds of any one clock. One heap entry per idle device and nothing else; a device that is
being looked at has none until it is `done`.
"""

import heapq
from typing import Final
from uuid import UUID

import msgspec

JITTER: Final = 0.05
"""Share of the interval by which a look may come later than its slot, so that devices never march in step."""
EARLY: Final = 0.5
"""Share of the interval that has to lie between two looks; a slot that comes sooner is left out."""
STARTS_PER_SECOND_MAX: Final = 400
"""Devices taken up in one second: each costs a TLS handshake.

A small fleet is up at once, a large one within an interval.
"""

_SPREAD: Final = 1 << 32


class _Entry(msgspec.Struct, order=True, gc=False):
    """One place in the heap; an entry whose device has a newer one is void."""

    due_at: float
    number: int
    device_id: UUID


class Rounds:
    """When each device is due next. `interval_seconds` is the rhythm of a healthy one."""

    def __init__(self, interval_seconds: float) -> None:
        self.interval_seconds = interval_seconds
        self._heap: list[_Entry] = []
        self._current: dict[UUID, int] = {}
        self._numbers = 0
        self._next_start_at = float("-inf")

    def __len__(self) -> int:
        return len(self._current)

    def add(self, device_id: UUID, now: float) -> None:
        """Take a device up: as soon as STARTS_PER_SECOND_MAX allows, at its next slot at the latest."""
        self._push(device_id, min(self._start_at(now), self.slot_after(device_id, now)))

    def remove(self, device_id: UUID) -> None:
        """Forget a device."""
        self._current.pop(device_id, None)

    def due(self, now: float, room: int) -> list[UUID]:
        """Those whose time has come, the longest overdue first, at most `room`.

        Each is out of the rounds until it is `done`.
        """
        found: list[UUID] = []
        heap = self._heap
        while heap and len(found) < room and (heap[0].due_at <= now or self._is_void(heap[0])):
            entry = heapq.heappop(heap)
            if not self._is_void(entry):
                self._current[entry.device_id] = 0
                found.append(entry.device_id)
        return found

    def done(self, device_id: UUID, now: float, *, retry_at: float | None = None) -> None:
        """Put a device back: at its next slot, or at `retry_at`. Whatever was missed meanwhile is not made up for."""
        if device_id in self._current:
            at = self.slot_after(device_id, now + EARLY * self.interval_seconds) if retry_at is None else retry_at
            self._push(device_id, at)

    def hasten(self, device_id: UUID, now: float) -> None:
        """Look at a device as soon as STARTS_PER_SECOND_MAX allows, unless that is being done."""
        if self._current.get(device_id, 0):
            self._push(device_id, self._start_at(now))

    def next_at(self) -> float | None:
        """When somebody is due next; None when nobody waits."""
        while self._heap and self._is_void(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].due_at if self._heap else None

    def overdue(self, now: float) -> float:
        """By how many seconds the longest waiting device is late."""
        next_at = self.next_at()
        return 0.0 if next_at is None else max(0.0, now - next_at)

    def slot_after(self, device_id: UUID, now: float) -> float:
        """The first slot of a device after `now`: the same in every process, shifted a little from round to round."""
        interval = self.interval_seconds
        phase = phase_of(device_id) / _SPREAD * interval
        count = int((now - phase) // interval) + 1
        shift = ((phase_of(device_id) ^ (count * 2654435761)) % 1024) / 1024 * JITTER * interval
        return phase + count * interval + shift

    def _start_at(self, now: float) -> float:
        """The next moment at which a device may be taken up."""
        self._next_start_at = max(self._next_start_at + 1 / STARTS_PER_SECOND_MAX, now)
        return self._next_start_at

    def _push(self, device_id: UUID, due_at: float) -> None:
        self._numbers += 1
        self._current[device_id] = self._numbers
        heapq.heappush(self._heap, _Entry(due_at, self._numbers, device_id))

    def _is_void(self, entry: _Entry) -> bool:
        return self._current.get(entry.device_id) != entry.number


def phase_of(device_id: UUID) -> int:
    """A number below 2**32 that is the device's own, evenly spread whatever made its id."""
    value = device_id.int
    return ((value ^ value >> 32 ^ value >> 64 ^ value >> 96) * 0x9E3779B1) % _SPREAD
