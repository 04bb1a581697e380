"""The outages of a device."""

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
    outage_id: str
    began_at: datetime
    ended_at: datetime | None
    duration_seconds: Seconds | None
    code: str
    message: str


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/outages",
        query="reachability.outages",
        row=OutageLine,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="outage_id",
        sorts=("-began_at", "-duration_seconds"),
        filters=(
            Filter("from_at", Match.AT_LEAST, column="began_at"),
            Filter("to_at", Match.AT_MOST, column="began_at"),
            Filter("code", Match.ANY_OF),
        ),
        models=("devices", "reachability"),
        parent="devices.known",
    ),
)
