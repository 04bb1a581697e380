"""The interfaces of a device with their counters now, and their rates over time."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count
from gateway.http.views import Filter, Match, Resolution, Shape, View


class InterfaceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One interface as it is configured, and what it counts. Rates are null before a second look, and after a reset."""

    tenant_id: UUID
    device_id: UUID
    name: str
    position: Count
    kind: str
    default_name: str
    mac: str
    mtu: Count
    comment: str
    is_disabled: bool
    is_dynamic: bool
    is_slave: bool
    is_running: bool | None
    rx_bits_per_second: float | None
    tx_bits_per_second: float | None
    rx_bytes: Count | None
    tx_bytes: Count | None
    rx_packets: Count | None
    tx_packets: Count | None
    rx_drops: Count | None
    tx_drops: Count | None
    rx_errors: Count | None
    tx_errors: Count | None
    link_downs: Count | None
    observed_at: datetime | None


class RatePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one interface's chart: the mean rate, and the highest between two looks."""

    tenant_id: UUID
    at: datetime
    interface: str
    rx_bits_per_second_avg: float | None
    rx_bits_per_second_max: float | None
    tx_bits_per_second_avg: float | None
    tx_bits_per_second_max: float | None


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/interfaces",
        query="interfaces.of_device",
        row=InterfaceLine,
        permission=Permission.METRICS_READ,
        shape=Shape.LIST,
        key="name",
        sorts=("position", "name", "-rx_bits_per_second", "-tx_bits_per_second"),
        filters=(Filter("kind", Match.ANY_OF), Filter("is_running"), Filter("search", Match.CONTAINS, column="name")),
        past="interfaces.past",
        models=("devices", "interfaces", "traffic"),
        parent="devices.known",
    ),
    View(
        path="/devices/{device_id:uuid}/interfaces/series",
        query="interfaces.samples",
        row=RatePoint,
        permission=Permission.METRICS_READ,
        shape=Shape.SERIES,
        key="at",
        filters=(Filter("interface", Match.ANY_OF),),
        resolutions=(
            Resolution("look", 60, "interfaces.samples", keep_days=8),
            Resolution("5m", 300, "interfaces.binned", keep_days=8),
            Resolution("15m", 900, "interfaces.binned", keep_days=8),
            Resolution("1h", 3600, "interfaces.hours", keep_days=100),
            Resolution("6h", 21_600, "interfaces.hours", keep_days=100),
            Resolution("1d", 86_400, "interfaces.days"),
        ),
        models=("devices", "traffic"),
        parent="devices.known",
    ),
)
