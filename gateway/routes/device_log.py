"""Search in what a device wrote into its own log."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from gateway.http.views import Filter, Match, Shape, View


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `noted_at` is when we read it, `logged_at` the device's own time, `stamp` its own text for that."""

    tenant_id: UUID
    device_id: UUID
    sequence: int
    line_id: int
    noted_at: datetime
    logged_at: datetime | None
    stamp: str
    topics: str
    message: str


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/log",
        query="device_log.of_device",
        row=LogLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="line_id",
        sorts=("-sequence",),
        filters=(
            Filter("search", Match.CONTAINS, column="message"),
            Filter("topic", Match.CONTAINS, column="topics"),
            Filter("from_at", Match.AT_LEAST, column="noted_at"),
            Filter("to_at", Match.AT_MOST, column="noted_at"),
        ),
        models=("devices", "device_log"),
        parent="devices.known",
    ),
)
