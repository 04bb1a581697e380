"""Who is connected to a device, and where in the fleet somebody is."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import BitsPerSecond, Dbm, Seconds
from gateway.http.views import Filter, Match, Shape, View


class ClientLine(msgspec.Struct, frozen=True, kw_only=True):
    """One client; signal and rates only of those on the air. Texts come from the client and are not to be trusted."""

    tenant_id: UUID
    device_id: UUID
    client_id: str
    mac: str
    addresses: tuple[str, ...]
    hostname: str
    comment: str
    interface: str
    lease_server: str
    lease_status: str
    is_lease: bool
    is_arp: bool
    is_wireless: bool
    is_static: bool
    ssid: str | None
    signal_dbm: Dbm | None
    tx_rate_bits_per_second: BitsPerSecond | None
    rx_rate_bits_per_second: BitsPerSecond | None
    uptime_seconds: Seconds | None


_SORTS: Final = ("mac", "hostname", "interface", "signal_dbm")
_FILTERS: Final = (
    Filter("search", Match.CONTAINS, column="words", description="In MAC, addresses, host name or comment."),
    Filter("mac", Match.ANY_OF),
    Filter("interface", Match.ANY_OF),
    Filter("is_wireless"),
    Filter("is_lease"),
)
_MODELS: Final = ("devices", "clients", "wireless")

VIEWS: Final = (
    View(
        path="/clients",
        query="clients.list",
        row=ClientLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="client_id",
        sorts=_SORTS,
        filters=_FILTERS,
        models=_MODELS,
    ),
    View(
        path="/devices/{device_id:uuid}/clients",
        query="clients.list",
        row=ClientLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="client_id",
        sorts=_SORTS,
        filters=_FILTERS,
        models=_MODELS,
        parent="devices.known",
    ),
)
