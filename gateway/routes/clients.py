"""Who is connected to a device."""

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
    words: str


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/clients",
        query="clients.of_device",
        row=ClientLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="mac",
        sorts=("mac", "hostname", "interface", "signal_dbm"),
        filters=(
            Filter("search", Match.CONTAINS, column="words", description="In MAC, addresses, host name or comment."),
            Filter("interface", Match.ANY_OF),
            Filter("is_wireless"),
            Filter("is_lease"),
        ),
        models=("devices", "clients", "wireless"),
        parent="devices.known",
    ),
)
