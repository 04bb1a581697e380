"""Reachability: a poller's verdict becomes a fact when it says something new about a device that is ours."""

from datetime import datetime
from typing import Final

import msgspec

from commands.engine.handler import Fold, Outcomes, Reaction, Trigger
from contracts.devices import DeviceAdded, DeviceRetired
from contracts.language.message import Event
from contracts.reachability import CameOnline, ReachabilitySeen, WentOffline


class Reachability(msgspec.Struct, frozen=True):
    """What was last said: `is_online` is None as long as nobody has asked the device."""

    is_ours: bool = False
    is_online: bool | None = None
    since: datetime | None = None


def evolve(state: Reachability, fact: Event) -> Reachability:
    """What a fact makes of it. Facts of the device are folded too: a device that is gone is not reported any more."""
    match fact:
        case DeviceAdded():
            return Reachability(is_ours=True)
        case DeviceRetired():
            return Reachability()
        case CameOnline():
            return Reachability(is_ours=state.is_ours, is_online=True, since=fact.since)
        case WentOffline():
            return Reachability(is_ours=state.is_ours, is_online=False, since=fact.since)
        case _:
            return state


REACHABILITY: Final = Fold(
    word="reachability", initial=Reachability(), evolve=evolve, is_overwriting=True, is_wide=True
)


def decide_seen(state: Reachability, report: ReachabilitySeen, _trigger: Trigger) -> Outcomes:
    """A fact when the device changed sides; a report that is older than what is known says nothing."""
    is_known = report.is_online is state.is_online
    is_late = state.since is not None and report.since < state.since
    if not state.is_ours or is_known or is_late:
        return ()
    if report.is_online:
        return (CameOnline(device_id=report.device_id, since=report.since),)
    return (WentOffline(device_id=report.device_id, since=report.since, code=report.code, message=report.message),)


REACTIONS: Final = (Reaction(message=ReachabilitySeen, fold=REACHABILITY, decide=decide_seen),)
