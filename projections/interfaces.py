"""The interfaces of a device: which there are, what they count now, and what went through them over time.

A counter is turned into a rate by the look before it. A counter that fell was reset, and a long silence says nothing
about a moment: both give no rate, never a wrong one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, cast
from uuid import UUID

import msgspec

from contracts.interfaces import InterfacesCounted, InterfacesListed
from projections.engine.projection import (
    POSITION,
    Each,
    Fold,
    Happened,
    Integer,
    Projection,
    Rollup,
    Samples,
    Sql,
    State,
    Statistic,
)

SILENCE_SECONDS_MAX: Final = 900.0
"""After a longer silence the mean rate since the last look would be shown as if it were the rate now."""

BITS_PER_BYTE: Final = 8
Rates = Annotated[tuple[float | None, ...], Sql("real[]")]


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """One interface as it is configured; `position` is its place in the device's own order."""

    device_id: UUID
    name: str
    position: Integer
    kind: str
    default_name: str = ""
    mac: str = ""
    mtu: int = 0
    comment: str = ""
    is_disabled: bool = False
    is_dynamic: bool = False
    is_slave: bool = False


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of one device, one place per interface in every column, with the rates since the look before."""

    device_id: UUID
    observed_at: datetime
    names: tuple[str, ...]
    is_running: tuple[bool, ...]
    rx_bytes: tuple[int, ...]
    tx_bytes: tuple[int, ...]
    rx_packets: tuple[int, ...]
    tx_packets: tuple[int, ...]
    rx_drops: tuple[int, ...]
    tx_drops: tuple[int, ...]
    rx_errors: tuple[int, ...]
    tx_errors: tuple[int, ...]
    link_downs: tuple[int, ...]
    rx_bits_per_second: Rates = ()
    tx_bits_per_second: Rates = ()


class TrafficSample(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of all interfaces of a device since the look before."""

    device_id: UUID
    names: tuple[str, ...]
    rx_bits_per_second: Rates
    tx_bits_per_second: Rates


INTERFACES: Final = State("interfaces", Interface, key=("device_id", "name"), history=True, indexes=(("mac",),))
COUNTERS: Final = State("interface_counters", Counters)
TRAFFIC: Final = Samples(
    "interface_samples",
    TrafficSample,
    keep_days=8,
    along="names",
    measures={
        "rx_bits_per_second": (Statistic.AVG, Statistic.MAX),
        "tx_bits_per_second": (Statistic.AVG, Statistic.MAX),
    },
    rollups=(Rollup(minutes=60, keep_days=100), Rollup(minutes=1440)),
)


def counted(before: Counters | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """The counters now, and the rates since the look before."""
    seen = cast("InterfacesCounted", happened.message)
    device_id = cast("UUID", happened.entity_id)
    seconds = (happened.occurred_at - before.observed_at).total_seconds() if before else 0.0
    if before and seconds <= 0:
        return
    rx: tuple[float | None, ...] = ()
    tx: tuple[float | None, ...] = ()
    if before and seconds <= SILENCE_SECONDS_MAX:
        rx, tx = _rates(before, seen, BITS_PER_BYTE / seconds)
    yield Counters(
        device_id=device_id,
        observed_at=happened.occurred_at,
        rx_bits_per_second=rx,
        tx_bits_per_second=tx,
        **msgspec.structs.asdict(seen),
    )
    if rx:
        yield TrafficSample(device_id=device_id, names=seen.names, rx_bits_per_second=rx, tx_bits_per_second=tx)


def _rates(
    before: Counters, seen: InterfacesCounted, scale: float
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    if before.names == seen.names:
        rx_before: tuple[int | None, ...] = before.rx_bytes
        tx_before: tuple[int | None, ...] = before.tx_bytes
    else:
        places = {name: place for place, name in enumerate(before.names)}
        known = [places.get(name) for name in seen.names]
        rx_before = tuple(None if place is None else before.rx_bytes[place] for place in known)
        tx_before = tuple(None if place is None else before.tx_bytes[place] for place in known)
    return _rate(rx_before, seen.rx_bytes, scale), _rate(tx_before, seen.tx_bytes, scale)


def _rate(before: tuple[int | None, ...], now: tuple[int, ...], scale: float) -> tuple[float | None, ...]:
    return tuple(
        None if earlier is None or later < earlier else (later - earlier) * scale
        for earlier, later in zip(before, now, strict=True)
    )


PROJECTIONS: Final = (
    Projection(
        name="interfaces",
        version=1,
        stream="OBSERVATIONS",
        tables=(INTERFACES,),
        on={InterfacesListed: Each(INTERFACES, "interfaces", position=POSITION)},
    ),
    Projection(
        name="traffic",
        version=1,
        stream="OBSERVATIONS",
        tables=(COUNTERS, TRAFFIC),
        on={InterfacesCounted: Fold(counted, COUNTERS)},
    ),
)
