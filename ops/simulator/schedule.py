"""When scheduler entries are due, on the device's own clock (facts 16.4-16.6), and the alarm that wakes it for them.

A router without entries has no timer. Entries with a start time follow the wall clock, wherever it jumps; entries with
`start-time=startup` count from boot.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.simulator.clock import Alarm
from ops.simulator.texts import at, day_in, seconds_in, stamp

if TYPE_CHECKING:
    from ops.simulator.moment import Live, Moment
    from ops.simulator.router import Router
    from ops.simulator.tree import Row

SCHEDULER = "/system/scheduler"
_ROUNDING = 0.01  # seconds: the sum of two clocks may fall just short of a whole second
STARTUP_DELAY = 3.0  # seconds from boot to the entries of startup (facts 16.6)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _start(router: Router, row: Row) -> float | None:
    """Return the device-local instant an entry starts at; None for `startup` and for what cannot be read."""
    time = seconds_in(str(row.get("start-time", "")))
    if time is None:
        return None
    day = day_in(str(row.get("start-date", ""))) or at(router.device_time()).replace(hour=0, minute=0, second=0)
    return (day - _EPOCH).total_seconds() + time


def next_run(router: Router, row: Row, after: float) -> float | None:
    """Return the true time of the next run later than `after`, or None: disabled, or once and over."""
    if row.get("disabled") == "true":
        return None
    interval = seconds_in(str(row.get("interval", "0s"))) or 0.0
    if row.get("start-time") == "startup":
        return _following(router.booted_at + STARTUP_DELAY, interval, after)
    start = _start(router, row)
    if start is None:
        return None
    shift = router.device_time() - router.fleet.now()
    found = _following(start - shift, interval, after)
    added = float(str(row.get("~added", "0")))
    if found is not None and interval and found <= added:
        found += interval  # the second it was added in is the start, not a run
    return found


def _following(first: float, interval: float, after: float) -> float | None:
    if first > after:
        return first
    if not interval:
        return None
    return first + (math.floor((after - first) / interval) + 1) * interval


def next_run_text(router: Router, row: Row) -> Live:
    """Return the `next-run` field of an entry, which is absent when there is none."""

    def read(moment: Moment) -> str | None:
        due = next_run(router, row, router.fleet.now())
        return None if due is None else stamp(moment.now + due - router.fleet.now() + _ROUNDING, router.release)

    return read


class Scheduler:
    """Wakes one router when its next entry is due, and runs what is due."""

    __slots__ = ("_alarm", "_checked", "_router", "_run")

    def __init__(self, router: Router, run: Callable[[int], None]) -> None:
        self._router = router
        self._run = run
        self._alarm: Alarm | None = None
        self._checked = router.fleet.now()

    def look(self) -> None:
        """Run what has become due since the last look, and set the alarm for what comes next."""
        router, now = self._router, self._router.fleet.now()
        if router.is_away:
            self.rest()
            return
        rows = router.table(SCHEDULER).rows
        due = [key for key, row in rows.items() if self._is_due(row, now)]
        self._checked = now
        for key in due:
            self._run(key)
        self._set_alarm(now)

    def _is_due(self, row: Row, now: float) -> bool:
        due = next_run(self._router, row, self._checked)
        return due is not None and due <= now

    def rearm(self) -> None:
        """Set the alarm anew after a write or a jump of the clock, without running what the jump went over."""
        self._checked = self._router.fleet.now()
        self._set_alarm(self._checked)

    def rest(self) -> None:
        """Stop waking."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self, now: float) -> None:
        self.rest()
        times = [next_run(self._router, row, now) for row in self._router.table(SCHEDULER).rows.values()]
        due = min((each for each in times if each is not None), default=None)
        if due is not None:
            self._alarm = self._router.fleet.clock.wake_at(due, self.look)
