"""Wireless: radios and stations in one shape, whichever of RouterOS' packages drives them.

A router may have several packages at once, so all of their menus are asked and those that are missing are forgotten.
What only a running `monitor` tells (the frequency chosen by `auto`, the noise floor) is taken from the stations where
they imply it.
"""

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean
from typing import Final

from contracts.language.measure import BitsPerSecond, Bytes, Dbm, Decibel, Hertz, Seconds
from contracts.wireless import Radio, Stack, Station, WirelessObserved
from pollers.device import values
from pollers.engine.collector import Collector, Look, Menu, Seen, Table
from pollers.engine.reading import cut, is_set, reading

STATIONS_MAX: Final = 1000
RADIOS_MAX: Final = 500

RADIOS: Final = (
    (
        Stack.WIRELESS,
        Menu(
            "/interface/wireless",
            ("name", "running", "disabled", "ssid", "mode", "band", "frequency", "channel-width", "tx-power"),
        ),
    ),
    (
        Stack.WIFI,
        Menu("/interface/wifi", ("name", "running", "disabled", "configuration.ssid", "configuration.mode", ".about")),
    ),
    (
        Stack.WIFIWAVE2,
        Menu(
            "/interface/wifiwave2",
            ("name", "running", "disabled", "configuration.ssid", "configuration.mode", ".about"),
        ),
    ),
    (Stack.CAPSMAN, Menu("/caps-man/interface", ("name", "running", "disabled", "current-state", "current-channel"))),
)
_REGISTRATION: Final = (
    *("interface", "mac-address", "ssid", "signal", "signal-to-noise", "tx-ccq", "tx-rate", "rx-rate"),
    *("bytes", "uptime", "distance"),
)
REGISTRATIONS: Final = tuple(
    Menu(f"{path}/registration-table", _REGISTRATION)
    for path in ("/interface/wireless", "/interface/wifi", "/interface/wifiwave2", "/caps-man")
)

_dbm = reading(values.signal_dbm, Dbm)
_decibel = reading(values.number, Decibel)
_number = reading(values.number)
_rate = reading(values.rate_bits_per_second, BitsPerSecond)
_bytes = reading(values.whole, Bytes)
_seconds = reading(values.duration_seconds, Seconds)
_hertz = reading(values.frequency_hertz, Hertz)

CCQ_PERCENT_MAX: Final = 100.0
_MEGAHERTZ: Final = 1_000_000


def step(look: Look) -> Seen:
    """All radios and stations. A device without any says so once, when its last radio has gone."""
    registrations = look.tables[len(RADIOS) :]
    stations = tuple(_stations(registrations))[:STATIONS_MAX]
    radios = tuple(_radios(look.tables[: len(RADIOS)], stations))[:RADIOS_MAX]
    is_worth_saying = bool(radios or stations or look.mark)
    return Seen(
        WirelessObserved(radios=radios, stations=stations) if is_worth_saying else None, bool(radios or stations)
    )


def _stations(tables: Sequence[Table | None]) -> Iterator[Station]:
    seen: set[tuple[str | None, str | None]] = set()
    for table in tables:
        for row in zip(*table, strict=True) if table is not None else ():
            interface, mac, ssid, signal, snr, ccq, tx_rate, rx_rate, traffic, uptime, distance = row
            if not mac or (interface, mac) in seen:
                continue  # a renamed menu may answer under both names
            seen.add((interface, mac))
            tx_bytes, _, rx_bytes = (traffic or "").partition(",")
            yield Station(
                mac=cut(mac),
                interface=cut(interface),
                ssid=cut(ssid),
                signal_dbm=_dbm(signal),
                signal_to_noise_db=_decibel(snr),
                tx_ccq_percent=_number(ccq),
                tx_rate_bits_per_second=_rate(tx_rate),
                rx_rate_bits_per_second=_rate(rx_rate),
                tx_bytes=_bytes(tx_bytes),
                rx_bytes=_bytes(rx_bytes),
                uptime_seconds=_seconds(uptime),
                distance_km=_number(distance),
            )


def _radios(tables: Sequence[Table | None], stations: Sequence[Station]) -> Iterator[Radio]:
    by_interface: dict[str, list[Station]] = {}
    for station in stations:
        by_interface.setdefault(station.interface, []).append(station)
    seen: set[str] = set()
    for (stack, _), table in zip(RADIOS, tables, strict=True):
        for row in zip(*table, strict=True) if table is not None else ():
            name = cut(row[0])
            if not name or name in seen:
                continue
            seen.add(name)
            yield _READERS[stack](stack, row, by_interface.get(name, []))


def _legacy(stack: Stack, row: Sequence[str | None], stations: Sequence[Station]) -> Radio:
    name, running, disabled, ssid, mode, band, frequency, width, tx_power = row
    return _radio(
        stack,
        stations,
        interface=cut(name),
        ssid=cut(ssid),
        mode=cut(mode),
        band=cut(band),
        frequency_hertz=_hertz(frequency),
        channel_width_hertz=_width(width),
        tx_power_dbm=_dbm(tx_power),
        is_running=is_set(running) and not is_set(disabled),
    )


def _wifi(stack: Stack, row: Sequence[str | None], stations: Sequence[Station]) -> Radio:
    """A radio of the wifi packages; `.about` tells what a manager set: `mode: AP, SSID: office, channel: 2462/n`."""
    name, running, disabled, ssid, mode, about = row
    told = dict(part.split(": ", 1) for part in (about or "").split(", ") if ": " in part)
    frequency, band, extension, *_ = (*told.get("channel", "").split("/"), "", "", "")
    return _radio(
        stack,
        stations,
        interface=cut(name),
        ssid=cut(ssid or told.get("SSID") or next((s.ssid for s in stations if s.ssid), "")),
        mode=cut(mode or told.get("mode", "").lower()),
        band=cut(band),
        frequency_hertz=_hertz(frequency),
        channel_width_hertz=_width(f"20-{extension}") if extension else None,
        is_running=is_set(running) and not is_set(disabled),
    )


def _capsman(stack: Stack, row: Sequence[str | None], stations: Sequence[Station]) -> Radio:
    """A radio that CAPsMAN manages; its channel is one text: `2462/20/gn(30dBm)` or `5220/20-Ce/ac/P(15dBm)`."""
    name, _, disabled, state, channel = row
    frequency, _, rest = (channel or "").partition("/")
    width, _, band = rest.partition("/")
    band, _, power = band.partition("(")
    return _radio(
        stack,
        stations,
        interface=cut(name),
        ssid=next((station.ssid for station in stations if station.ssid), ""),
        mode="ap",
        band=cut(band),
        frequency_hertz=_hertz(frequency),
        channel_width_hertz=_width(width),
        tx_power_dbm=_dbm(power.removesuffix(")")),
        is_running=(state or "").startswith("running") and not is_set(disabled),
    )


_READERS: Final[dict[Stack, Callable[[Stack, Sequence[str | None], Sequence[Station]], Radio]]] = {
    Stack.WIRELESS: _legacy,
    Stack.WIFI: _wifi,
    Stack.WIFIWAVE2: _wifi,
    Stack.CAPSMAN: _capsman,
}


def _radio(
    stack: Stack,
    stations: Sequence[Station],
    *,
    interface: str,
    ssid: str,
    mode: str,
    band: str,
    is_running: bool,
    frequency_hertz: int | None = None,
    channel_width_hertz: int | None = None,
    tx_power_dbm: float | None = None,
) -> Radio:
    """A radio with the sums over its stations; the noise is what their signals and distances from it imply."""
    signals = [station.signal_dbm for station in stations if station.signal_dbm is not None]
    noises = [
        station.signal_dbm - station.signal_to_noise_db
        for station in stations
        if station.signal_dbm is not None and station.signal_to_noise_db is not None
    ]
    ccqs = [
        min(max(station.tx_ccq_percent, 0.0), CCQ_PERCENT_MAX)
        for station in stations
        if station.tx_ccq_percent is not None
    ]
    return Radio(
        interface=interface,
        stack=stack,
        ssid=ssid,
        mode=mode,
        band=band,
        frequency_hertz=frequency_hertz,
        channel_width_hertz=channel_width_hertz,
        noise_dbm=_mean(noises),
        tx_power_dbm=tx_power_dbm,
        is_running=is_running,
        station_count=len(stations),
        signal_average_dbm=_mean(signals),
        signal_worst_dbm=min(signals, default=None),
        ccq_average_percent=_mean(ccqs),
    )


def _mean(numbers: Sequence[float]) -> float | None:
    """The mean to a tenth, inside what a signal can be."""
    return max(round(fmean(numbers), 1), -200.0) if numbers else None


def _width(text: str | None) -> int | None:
    """The widest channel of `20mhz`, `20/40mhz-XX`, `20-Ce` (CAPsMAN writes one letter per 20 MHz)."""
    head, _, extension = (text or "").partition("-")
    if extension and not head.endswith("mhz"):
        return 20 * _MEGAHERTZ * len(extension) if extension.isalpha() else None
    widest = head.removesuffix("mhz").rpartition("/")[2]
    return int(widest) * _MEGAHERTZ if widest.isascii() and widest.isdigit() else None


COLLECTORS: Final = (
    Collector(observation=WirelessObserved, menus=(*(menu for _, menu in RADIOS), *REGISTRATIONS), step=step),
)
