"""Reachability: online or offline, decided with hysteresis by the poller that asks, kept for good as a fact."""

from datetime import datetime
from typing import ClassVar, Final

from contracts.language.identity import DeviceId
from contracts.language.message import Event, Report


class ReachabilitySeen(Report, frozen=True, kw_only=True):
    """A poller's verdict about a device, when it changes and when a poller takes the device over."""

    name: ClassVar[str] = "reachability.seen"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    is_online: bool
    since: datetime
    code: str = ""
    message: str = ""


class CameOnline(Event, frozen=True, kw_only=True):
    """The device answers, since `since`."""

    name: ClassVar[str] = "reachability.came_online"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    since: datetime


class WentOffline(Event, frozen=True, kw_only=True):
    """The device does not answer, since `since`; `code` and `message` say how it failed."""

    name: ClassVar[str] = "reachability.went_offline"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    since: datetime
    code: str
    message: str


COMMANDS: Final = ()
MESSAGES: Final = (ReachabilitySeen, CameOnline, WentOffline)
