"""The neighbours of a device, and which of them are devices of ours."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count
from gateway.http.views import Filter, Match, Shape, View


class NeighbourLine(msgspec.Struct, frozen=True, kw_only=True):
    """One neighbour on one interface. Texts come from the neighbour and are not to be trusted."""

    tenant_id: UUID
    device_id: UUID
    line_id: str
    position: Count
    interface: str
    mac: str
    address: str
    identity: str
    platform: str
    board: str
    version: str
    remote_interface: str
    discovered_by: str
    neighbour_id: UUID | None


_FILTERS: Final = (
    Filter("interface", Match.ANY_OF),
    Filter("neighbour_id", description="Those that are this device of ours."),
    Filter("search", Match.CONTAINS, column="identity"),
)
_MODELS: Final = ("devices", "topology", "interfaces")

VIEWS: Final = (
    View(
        path="/neighbours",
        query="topology.list",
        row=NeighbourLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="line_id",
        filters=_FILTERS,
        models=_MODELS,
        has_as_of=True,
    ),
    View(
        path="/devices/{device_id:uuid}/neighbours",
        query="topology.list",
        row=NeighbourLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="line_id",
        sorts=("position",),
        filters=_FILTERS,
        models=_MODELS,
        parent="devices.known",
        has_as_of=True,
    ),
)
