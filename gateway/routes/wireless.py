"""The radios of a device and their stations now, and the radios over time."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count, Dbm, Percent
from contracts.wireless import Radio, Station
from gateway.http.views import Filter, Match, Resolution, Shape, View


class WirelessNow(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the air at a device; no radios where it has none, or was not asked yet."""

    tenant_id: UUID
    device_id: UUID
    observed_at: datetime | None
    station_count: Count
    signal_worst_dbm: Dbm | None
    ccq_worst_percent: Percent | None
    radios: tuple[Radio, ...]
    stations: tuple[Station, ...]


class RadioPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one radio's chart: means, the most stations, and the weakest signal."""

    tenant_id: UUID
    at: datetime
    radio: str
    station_count_avg: float | None
    station_count_max: float | None
    signal_average_dbm: Dbm | None
    signal_worst_dbm: Dbm | None
    ccq_average_percent: Percent | None
    noise_dbm: Dbm | None


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/wireless",
        query="wireless.latest",
        row=WirelessNow,
        permission=Permission.METRICS_READ,
        models=("devices", "wireless"),
    ),
    View(
        path="/devices/{device_id:uuid}/wireless/series",
        query="wireless.samples",
        row=RadioPoint,
        permission=Permission.METRICS_READ,
        shape=Shape.SERIES,
        key="at",
        filters=(Filter("radio", Match.ANY_OF),),
        resolutions=(
            Resolution("look", 60, "wireless.samples", keep_days=8),
            Resolution("5m", 300, "wireless.binned", keep_days=8),
            Resolution("15m", 900, "wireless.binned", keep_days=8),
            Resolution("1h", 3600, "wireless.hours", keep_days=100),
            Resolution("6h", 21_600, "wireless.hours", keep_days=100),
            Resolution("1d", 86_400, "wireless.days"),
        ),
        models=("devices", "wireless"),
        parent="devices.known",
    ),
)
