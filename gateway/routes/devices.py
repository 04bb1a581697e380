"""The device list with its filters, the device card, and the fleet in one look."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.devices import Package
from contracts.language.access import Permission
from contracts.language.measure import Bytes, Celsius, Count, Hertz, Milliseconds, Percent, Port, Seconds, Volt
from contracts.language.transport import Transport
from gateway.http.views import Filter, Match, Shape, View

Status = Literal["online", "offline", "unknown", "retired"]
Trust = Literal["none", "pinned", "changed"]
Login = Literal["", "asked", "proved", "failed"]


class DeviceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One device of the list; what it never told is null."""

    tenant_id: UUID
    device_id: UUID
    title: str
    host: str
    transport: Transport
    trust: Trust
    login: Login
    added_at: datetime
    status: Status
    status_since: datetime | None
    seen_at: datetime | None
    rung: str | None
    identity: str | None
    routeros_version: str | None
    channel: str | None
    board: str | None
    model: str | None
    serial: str | None
    architecture: str | None
    firmware_current: str | None
    update_latest: str | None
    uptime_seconds: Seconds | None
    cpu_load_percent: Percent | None
    memory_used_percent: Percent | None
    storage_used_percent: Percent | None
    temperature_celsius: Celsius | None
    voltage_volts: Volt | None


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    """One device with everything known about it. `rung` is how it was reached at the last look."""

    tenant_id: UUID
    device_id: UUID
    title: str
    host: str
    api_port: Port
    tls_port: Port
    transport: Transport
    username: str
    added_at: datetime
    retired_at: datetime | None
    trust: Trust
    fingerprint: str
    shown_fingerprint: str
    login: Login
    login_at: datetime | None
    login_rung: str
    login_code: str
    login_message: str
    status: Status
    status_since: datetime | None
    status_code: str | None
    status_message: str | None
    outage_began_at: datetime | None
    outage_ended_at: datetime | None
    outage_seconds: Seconds | None
    seen_at: datetime | None
    rung: str | None
    took_ms: Milliseconds | None
    failures: Count | None
    missed_total: Count | None
    identity: str | None
    routeros_version: str | None
    channel: str | None
    board: str | None
    model: str | None
    serial: str | None
    architecture: str | None
    platform: str | None
    cpu: str | None
    cpu_count: Count | None
    cpu_frequency_hertz: Hertz | None
    memory_total_bytes: Bytes | None
    storage_total_bytes: Bytes | None
    firmware_type: str | None
    firmware_factory: str | None
    firmware_current: str | None
    firmware_upgrade: str | None
    packages: tuple[Package, ...] | None
    update_channel: str | None
    update_latest: str | None
    update_status: str | None
    identified_at: datetime | None
    health_at: datetime | None
    uptime_seconds: Seconds | None
    cpu_load_percent: Percent | None
    memory_used_percent: Percent | None
    storage_used_percent: Percent | None
    temperature_celsius: Celsius | None
    voltage_volts: Volt | None
    sequence: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many devices have something in common."""

    name: str
    devices: Count


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """A device that stands out, with the value it stands out by."""

    device_id: UUID
    title: str
    value: float


class FleetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The fleet in one look. Means and the worst are of devices that are online."""

    total: Count
    online: Count
    offline: Count
    unknown: Count
    cpu_load_percent: Percent | None
    memory_used_percent: Percent | None
    versions: tuple[Share, ...]
    boards: tuple[Share, ...]
    worst_cpu: tuple[Worst, ...]
    worst_memory: tuple[Worst, ...]
    worst_temperature: tuple[Worst, ...]


_MODELS: Final = ("devices", "reachability", "identifications", "polls", "health")

VIEWS: Final = (
    View(
        path="/devices",
        query="devices.list",
        row=DeviceLine,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="device_id",
        sorts=(
            "title",
            "host",
            "status",
            "routeros_version",
            "board",
            "-cpu_load_percent",
            "-memory_used_percent",
            "-temperature_celsius",
            "uptime_seconds",
            "seen_at",
            "-added_at",
        ),
        filters=(
            Filter("status", Match.ANY_OF),
            Filter("search", Match.CONTAINS, column="words", description="In title, host, identity or serial number."),
            Filter("version", Match.ANY_OF, column="routeros_version"),
            Filter("board", Match.ANY_OF),
            Filter("trust", Match.ANY_OF),
            Filter("login", Match.ANY_OF),
            Filter("cpu_at_least", Match.AT_LEAST, column="cpu_load_percent"),
            Filter("seen_before", Match.AT_MOST, column="seen_at"),
        ),
        past="devices.list_past",
        models=_MODELS,
    ),
    View(
        path="/devices/{device_id:uuid}",
        query="devices.one",
        row=DeviceCard,
        permission=Permission.DEVICES_READ,
        past="devices.one_past",
        models=_MODELS,
    ),
    View(
        path="/fleet/summary",
        query="devices.summary",
        row=FleetSummary,
        permission=Permission.DEVICES_READ,
        models=_MODELS,
    ),
)
