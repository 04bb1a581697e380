"""The outages of a device, and of the fleet."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Seconds
from gateway.http.views import Filter, Match, Shape, View


class OutageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One time without an answer; no end while it lasts."""

    tenant_id: UUID
    device_id: UUID
    title: str | None
    outage_id: str
    began_at: datetime
    ended_at: datetime | None
    duration_seconds: Seconds | None
    is_open: bool
    code: str
    message: str


_SORTS: Final = ("-began_at", "-duration_seconds")
_FILTERS: Final = (
    Filter("is_open", description="Those that last."),
    Filter("code", Match.ANY_OF),
    Filter("from_at", Match.AT_LEAST, column="began_at"),
    Filter("to_at", Match.AT_MOST, column="began_at"),
)
_MODELS: Final = ("devices", "reachability")

VIEWS: Final = (
    View(
        path="/outages",
        query="reachability.outages",
        row=OutageLine,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="outage_id",
        sorts=_SORTS,
        filters=_FILTERS,
        models=_MODELS,
    ),
    View(
        path="/devices/{device_id:uuid}/outages",
        query="reachability.outages",
        row=OutageLine,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="outage_id",
        sorts=_SORTS,
        filters=_FILTERS,
        models=_MODELS,
        parent="devices.known",
    ),
)
