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


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/neighbours",
        query="topology.of_device",
        row=NeighbourLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="position",
        sorts=("position",),
        filters=(Filter("interface", Match.ANY_OF), Filter("search", Match.CONTAINS, column="identity")),
        models=("devices", "topology", "interfaces"),
        parent="devices.known",
        has_as_of=True,
    ),
)
