"""The load of a device: what it said last, what it said over time as charts need it, and when it started anew."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec

from contracts.health import HealthObserved
from projections.engine.projection import (
    Fold,
    Happened,
    Log,
    Projection,
    Real,
    Rollup,
    Samples,
    SmallInt,
    State,
    Statistic,
)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said last; None where the board has no such sensor."""

    device_id: UUID
    observed_at: datetime
    uptime_seconds: float
    cpu_load_percent: float | None = None
    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_used_percent: float | None = None
    storage_total_bytes: int | None = None
    storage_free_bytes: int | None = None
    storage_used_percent: float | None = None
    bad_blocks_percent: float | None = None
    sectors_written_total: int | None = None
    temperature_celsius: float | None = None
    voltage_volts: float | None = None
    power_watts: float | None = None
    sensors: dict[str, float] = {}
    states: dict[str, str] = {}


class HealthSample(msgspec.Struct, frozen=True, kw_only=True):
    """One look, for charts. RouterOS tells its load in whole percent."""

    device_id: UUID
    cpu_load_percent: SmallInt | None = None
    memory_used_percent: Real | None = None
    storage_used_percent: Real | None = None
    temperature_celsius: Real | None = None
    voltage_volts: Real | None = None
    power_watts: Real | None = None


class Reboot(msgspec.Struct, frozen=True, kw_only=True):
    """A device started anew; `ran_seconds` is how long it had been up when we last saw it before."""

    device_id: UUID
    ran_seconds: float


_MEAN_AND_PEAK: Final = (Statistic.AVG, Statistic.MAX)

HEALTH: Final = State("health", Health)
HEALTH_SAMPLES: Final = Samples(
    "health_samples",
    HealthSample,
    keep_days=8,
    measures={
        "cpu_load_percent": _MEAN_AND_PEAK,
        "memory_used_percent": _MEAN_AND_PEAK,
        "storage_used_percent": _MEAN_AND_PEAK,
        "temperature_celsius": _MEAN_AND_PEAK,
        "voltage_volts": (Statistic.AVG, Statistic.MIN),
        "power_watts": _MEAN_AND_PEAK,
    },
    rollups=(Rollup(minutes=60, keep_days=100), Rollup(minutes=1440)),
)

REBOOTS: Final = Log("reboots", Reboot, indexes=(("device_id", "at"), ("at",)))


def observed(before: Health | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """What the device said, a sample of it, and a reboot when its uptime fell."""
    seen = cast("HealthObserved", happened.message)
    device_id = cast("UUID", happened.entity_id)
    memory_used = _used_percent(seen.memory_total_bytes, seen.memory_free_bytes)
    storage_used = _used_percent(seen.storage_total_bytes, seen.storage_free_bytes)
    yield Health(
        device_id=device_id,
        observed_at=happened.occurred_at,
        memory_used_percent=memory_used,
        storage_used_percent=storage_used,
        **msgspec.structs.asdict(seen),
    )
    yield HealthSample(
        device_id=device_id,
        cpu_load_percent=None if seen.cpu_load_percent is None else round(seen.cpu_load_percent),
        memory_used_percent=memory_used,
        storage_used_percent=storage_used,
        temperature_celsius=seen.temperature_celsius,
        voltage_volts=seen.voltage_volts,
        power_watts=seen.power_watts,
    )
    if before and seen.uptime_seconds < before.uptime_seconds and happened.occurred_at > before.observed_at:
        yield Reboot(device_id=device_id, ran_seconds=before.uptime_seconds)


def _used_percent(total_bytes: int | None, free_bytes: int | None) -> float | None:
    if not total_bytes or free_bytes is None:
        return None
    return 100.0 * max(0, total_bytes - free_bytes) / total_bytes


PROJECTIONS: Final = (
    Projection(
        name="health",
        version=1,
        stream="OBSERVATIONS",
        tables=(HEALTH, HEALTH_SAMPLES, REBOOTS),
        on={HealthObserved: Fold(observed, HEALTH)},
    ),
)
