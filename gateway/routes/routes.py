"""The routing table of a device in short."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count
from contracts.routes import DefaultRoute
from gateway.http.views import View


class RoutesNow(msgspec.Struct, frozen=True, kw_only=True):
    """How many routes there are, and the ways out; null before the device was asked."""

    tenant_id: UUID
    device_id: UUID
    total: Count | None
    default_routes: tuple[DefaultRoute, ...]
    observed_at: datetime | None


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/routes",
        query="routes.of_device",
        row=RoutesNow,
        permission=Permission.METRICS_READ,
        models=("devices", "routes"),
    ),
)
