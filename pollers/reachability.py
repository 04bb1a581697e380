"""Reachability: online or offline, from the outcome of looks, with hysteresis; pure.

One lost answer is not an outage, and one answer out of the dark is not a recovery; but a refused login and an unknown
certificate are no accidents. A device that was never judged is believed at its first answer, so that a new one shows.
"""

from datetime import datetime
from typing import Final

import msgspec

from contracts.language.errors import DeviceDenied, DeviceFault, DeviceUntrusted
from contracts.reachability import ReachabilitySeen
from pollers.engine.outcome import Judgement, Outcome

FAILURES_NEEDED: Final = 3
"""Looks in a row that have to fail before a device is offline."""
ANSWERS_NEEDED: Final = 2
"""Looks in a row that an offline device has to answer before it is online again."""


class Standing(msgspec.Struct, frozen=True):
    """What is believed of a device (None: nothing yet), and how many looks in a row have said otherwise, since when."""

    is_online: bool | None = None
    contrary: int = 0
    contrary_since: datetime | None = None


UNKNOWN: Final = Standing()


def judge(standing: Standing | None, outcome: Outcome) -> Judgement:
    """The standing after one more look, with a report when the verdict is a new one."""
    before = standing or UNKNOWN
    has_answered = outcome.fault is None
    if before.is_online is has_answered:
        return Judgement(Standing(has_answered))
    contrary = before.contrary + 1 if _points_the_same_way(before, has_answered=has_answered) else 1
    since = before.contrary_since if contrary > 1 and before.contrary_since is not None else outcome.at
    if contrary < _needed(before, outcome.fault):
        return Judgement(Standing(before.is_online, contrary, since), is_doubtful=True)
    report = ReachabilitySeen(
        device_id=outcome.device_id,
        is_online=has_answered,
        since=since,
        code=outcome.fault.code if outcome.fault is not None else "",
        message=outcome.fault.message if outcome.fault is not None else "",
    )
    return Judgement(Standing(has_answered), report)


def _points_the_same_way(before: Standing, *, has_answered: bool) -> bool:
    """Whether the looks counted so far say what this one says; before the first verdict only failures are counted."""
    return before.contrary > 0 and (before.is_online is not None or not has_answered)


def _needed(before: Standing, fault: DeviceFault | None) -> int:
    if fault is None:
        return ANSWERS_NEEDED if before.is_online is False else 1
    return 1 if isinstance(fault, DeviceDenied | DeviceUntrusted) else FAILURES_NEEDED
