"""Radios and the stations on them: as they are now, and over time by radio."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, cast
from uuid import UUID

import msgspec

from contracts.wireless import Radio, Station, WirelessObserved
from projections.engine.projection import (
    Fold,
    Happened,
    Projection,
    Rollup,
    Samples,
    Sql,
    State,
    Statistic,
)

Whole = Annotated[tuple[int | None, ...], Sql("smallint[]")]


class Wireless(msgspec.Struct, frozen=True, kw_only=True):
    """All radios and stations of a device at the last look; the sums are over its radios, None without a station."""

    device_id: UUID
    observed_at: datetime
    station_count: int
    signal_worst_dbm: float | None
    ccq_worst_percent: float | None
    radios: tuple[Radio, ...]
    stations: tuple[Station, ...]


class RadioSample(msgspec.Struct, frozen=True, kw_only=True):
    """One look at all radios of a device, one place per radio in every column; whole dBm and percent."""

    device_id: UUID
    radios: tuple[str, ...]
    station_count: Annotated[tuple[float, ...], Sql("real[]")]
    signal_average_dbm: Whole
    signal_worst_dbm: Whole
    ccq_average_percent: Whole
    noise_dbm: Whole


WIRELESS: Final = State("wireless", Wireless)
WIRELESS_SAMPLES: Final = Samples(
    "wireless_samples",
    RadioSample,
    keep_days=8,
    along="radios",
    measures={
        "station_count": (Statistic.AVG, Statistic.MAX),
        "signal_average_dbm": (Statistic.AVG,),
        "signal_worst_dbm": (Statistic.MIN,),
        "ccq_average_percent": (Statistic.AVG,),
        "noise_dbm": (Statistic.AVG,),
    },
    rollups=(Rollup(minutes=60, keep_days=100), Rollup(minutes=1440)),
)


def observed(_: Wireless | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """What is on the air now, and the sample of it; a device without a radio has no sample."""
    seen = cast("WirelessObserved", happened.message)
    device_id = cast("UUID", happened.entity_id)
    radios = seen.radios
    yield Wireless(
        device_id=device_id,
        observed_at=happened.occurred_at,
        station_count=sum(radio.station_count for radio in radios),
        signal_worst_dbm=_worst(radio.signal_worst_dbm for radio in radios),
        ccq_worst_percent=_worst(radio.ccq_average_percent for radio in radios),
        radios=radios,
        stations=seen.stations,
    )
    if radios:
        yield RadioSample(
            device_id=device_id,
            radios=tuple(radio.interface for radio in radios),
            station_count=tuple(float(radio.station_count) for radio in radios),
            signal_average_dbm=_whole(radio.signal_average_dbm for radio in radios),
            signal_worst_dbm=_whole(radio.signal_worst_dbm for radio in radios),
            ccq_average_percent=_whole(radio.ccq_average_percent for radio in radios),
            noise_dbm=_whole(radio.noise_dbm for radio in radios),
        )


def _whole(values: Iterable[float | None]) -> tuple[int | None, ...]:
    return tuple(None if value is None else round(value) for value in values)


def _worst(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


PROJECTIONS: Final = (
    Projection(
        name="wireless",
        version=1,
        stream="OBSERVATIONS",
        tables=(WIRELESS, WIRELESS_SAMPLES),
        on={WirelessObserved: Fold(observed, WIRELESS)},
    ),
)
