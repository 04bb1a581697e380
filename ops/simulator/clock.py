"""The fleet's time: it runs like the wall clock, can be pushed forward, and wakes whoever asked for an instant."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

_SETTLE_TURNS = 12  # turns of the event loop that what was woken gets before time moves on
_SOON = 0.005  # seconds: nobody is woken before their instant


class Alarm:
    """One instant that somebody asked for; `cancel` takes the wish back."""

    __slots__ = ("at", "wake")

    def __init__(self, at: float, wake: Callable[[], None]) -> None:
        self.at = at
        self.wake: Callable[[], None] | None = wake

    def cancel(self) -> None:
        """Let the instant pass."""
        self.wake = None


class Clock:
    """True time in seconds since 1970, UTC. Routers may show something else."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Return the true time."""
        return time.time() + self._ahead

    def wake_at(self, instant: float, wake: Callable[[], None]) -> Alarm:
        """Call `wake` at an instant, or as soon as the loop turns when it is past."""
        alarm = Alarm(instant, wake)
        heapq.heappush(self._alarms, (instant, next(self._order), alarm))
        if self._alarms[0][2] is alarm:
            self._arm()
        return alarm

    async def sleep(self, seconds: float) -> None:
        """Wait in fleet time."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        alarm = self.wake_at(self.now() + seconds, wake)
        try:
            await woken
        finally:
            alarm.cancel()

    async def advance(self, seconds: float) -> None:
        """Push time forward, waking everybody on the way in order of time."""
        target = self.now() + seconds
        while self._alarms and self._alarms[0][0] <= target:
            self._ahead += max(self._alarms[0][0] - self.now(), 0.0)
            self._run_due()
            for _ in range(_SETTLE_TURNS):
                await asyncio.sleep(0)
        self._ahead += max(target - self.now(), 0.0)
        self._arm()

    def stop(self) -> None:
        """Wake nobody any more."""
        self._alarms.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._alarms:
            delay = max(self._alarms[0][0] - self.now(), 0.0) + _SOON
            self._timer = asyncio.get_running_loop().call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._run_due()
        self._arm()

    def _run_due(self) -> None:
        now = self.now() + _SOON
        while self._alarms and self._alarms[0][0] <= now:
            alarm = heapq.heappop(self._alarms)[2]
            wake, alarm.wake = alarm.wake, None
            if wake is not None:
                wake()
