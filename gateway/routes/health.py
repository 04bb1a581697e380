"""The load of a device: at the last look, over time, and as a line small enough for a list."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Bytes, Celsius, Count, Percent, Seconds, Volt, Watt
from gateway.http.views import Resolution, Shape, View


class HealthNow(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said last; null where it has no such sensor, and altogether before it was asked."""

    tenant_id: UUID
    device_id: UUID
    observed_at: datetime | None
    uptime_seconds: Seconds | None
    cpu_load_percent: Percent | None
    memory_total_bytes: Bytes | None
    memory_free_bytes: Bytes | None
    memory_used_percent: Percent | None
    storage_total_bytes: Bytes | None
    storage_free_bytes: Bytes | None
    storage_used_percent: Percent | None
    bad_blocks_percent: Percent | None
    sectors_written_total: Count | None
    temperature_celsius: Celsius | None
    voltage_volts: Volt | None
    power_watts: Watt | None
    sensors: dict[str, float] | None
    states: dict[str, str] | None


class HealthPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a chart: the mean, and the value furthest out. Of a single look both are the same."""

    tenant_id: UUID
    at: datetime
    cpu_load_percent_avg: Percent | None
    cpu_load_percent_max: Percent | None
    memory_used_percent_avg: Percent | None
    memory_used_percent_max: Percent | None
    storage_used_percent_avg: Percent | None
    storage_used_percent_max: Percent | None
    temperature_celsius_avg: Celsius | None
    temperature_celsius_max: Celsius | None
    voltage_volts_avg: Volt | None
    voltage_volts_min: Volt | None
    power_watts_avg: Watt | None
    power_watts_max: Watt | None


class Sparkline(msgspec.Struct, frozen=True, kw_only=True):
    """The processor load at the last twelve looks of the last hour, oldest first."""

    tenant_id: UUID
    device_id: UUID
    at: tuple[datetime, ...]
    cpu_load_percent: tuple[Percent | None, ...]


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/health",
        query="health.latest",
        row=HealthNow,
        permission=Permission.METRICS_READ,
        models=("devices", "health"),
    ),
    View(
        path="/devices/{device_id:uuid}/health/series",
        query="health.samples",
        row=HealthPoint,
        permission=Permission.METRICS_READ,
        shape=Shape.SERIES,
        key="at",
        resolutions=(
            Resolution("look", 60, "health.samples", keep_days=8),
            Resolution("5m", 300, "health.binned", keep_days=8),
            Resolution("15m", 900, "health.binned", keep_days=8),
            Resolution("1h", 3600, "health.hours", keep_days=100),
            Resolution("6h", 21_600, "health.hours", keep_days=100),
            Resolution("1d", 86_400, "health.days"),
        ),
        models=("devices", "health"),
        parent="devices.known",
    ),
    View(
        path="/devices/{device_id:uuid}/sparkline",
        query="health.sparkline",
        row=Sparkline,
        permission=Permission.METRICS_READ,
        models=("devices", "health"),
    ),
)
