"""Wireless: radios and the stations on them, in one shape for the legacy package, the wifi package and CAPsMAN."""

import enum
from typing import ClassVar, Final

import msgspec

from contracts.language.measure import BitsPerSecond, Bytes, Count, Dbm, Decibel, Hertz, Percent, Seconds
from contracts.language.message import Observation


class Stack(enum.StrEnum):
    """Which of RouterOS' wireless packages said it."""

    WIRELESS = "wireless"
    WIFI = "wifi"
    WIFIWAVE2 = "wifiwave2"
    CAPSMAN = "capsman"


class Station(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One registered peer.

    Rates and bytes are as the access point sees them: `tx` goes to the station. None where not told.
    """

    mac: str
    interface: str
    ssid: str = ""
    signal_dbm: Dbm | None = None
    signal_to_noise_db: Decibel | None = None
    tx_ccq_percent: float | None = None
    tx_rate_bits_per_second: BitsPerSecond | None = None
    rx_rate_bits_per_second: BitsPerSecond | None = None
    tx_bytes: Bytes | None = None
    rx_bytes: Bytes | None = None
    uptime_seconds: Seconds | None = None
    distance_km: float | None = None


class Radio(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One radio, or virtual access point, and the sum over its stations."""

    interface: str
    stack: Stack
    ssid: str = ""
    mode: str = ""
    band: str = ""
    frequency_hertz: Hertz | None = None
    channel_width_hertz: Hertz | None = None
    noise_dbm: Dbm | None = None
    tx_power_dbm: Dbm | None = None
    is_running: bool = False
    station_count: Count = 0
    signal_average_dbm: Dbm | None = None
    signal_worst_dbm: Dbm | None = None
    ccq_average_percent: Percent | None = None


class WirelessObserved(Observation, frozen=True, kw_only=True):
    """All radios and stations of one device."""

    name: ClassVar[str] = "wireless.observed"
    radios: tuple[Radio, ...]
    stations: tuple[Station, ...] = ()


COMMANDS: Final = ()
MESSAGES: Final = (WirelessObserved,)
