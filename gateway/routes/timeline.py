"""What happened to a device, and in the fleet, in words."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from gateway.http.views import Filter, Match, Shape, View


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `actor` is empty where the device did it by itself."""

    tenant_id: UUID
    device_id: UUID
    title: str | None
    line_id: str
    at: datetime
    what: str
    severity: Literal["info", "good", "warning", "bad"]
    words: str
    actor: str


_FILTERS: Final = (
    Filter("what", Match.ANY_OF),
    Filter("severity", Match.ANY_OF),
    Filter("search", Match.CONTAINS, column="words"),
    Filter("from_at", Match.AT_LEAST, column="at"),
    Filter("to_at", Match.AT_MOST, column="at"),
)
_MODELS: Final = ("devices", "timeline", "health", "identifications")

VIEWS: Final = (
    View(
        path="/timeline",
        query="timeline.list",
        row=TimelineEntry,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="line_id",
        sorts=("-at",),
        filters=_FILTERS,
        models=_MODELS,
    ),
    View(
        path="/devices/{device_id:uuid}/timeline",
        query="timeline.list",
        row=TimelineEntry,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="line_id",
        sorts=("-at",),
        filters=_FILTERS,
        models=_MODELS,
        parent="devices.known",
    ),
)
