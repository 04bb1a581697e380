"""Numbers with units: sizes, rates, frequencies, percents, signals, sensors, counters, pairs (facts 8.5 to 8.10).

The API mostly gives bare numbers and the console writes units; both are read. Everything comes out in SI units.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from contracts.language.errors import ContractBroken
from pollers.device.values.durations import PLACEHOLDERS

T = TypeVar("T")

_NUMBER: Final = re.compile(r"([+-]?\d+(?:[ .]\d+)*) ?([A-Za-z%]*)", re.ASCII)
_SIZES: Final = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}
_RATES: Final = {
    "": 1,
    "bps": 1,
    "k": 10**3,
    "kbps": 10**3,
    "Kbps": 10**3,
    "M": 10**6,
    "Mbps": 10**6,
    "G": 10**9,
    "Gbps": 10**9,
}
_FREQUENCIES: Final = {"": 10**6, "Hz": 1, "kHz": 10**3, "KHz": 10**3, "MHz": 10**6, "Mhz": 10**6, "GHz": 10**9}
_READINGS: Final = {
    "": 1.0,
    "C": 1.0,
    "V": 1.0,
    "A": 1.0,
    "W": 1.0,
    "RPM": 1.0,
    "dB": 1.0,
    "dBm": 1.0,
    "%": 1.0,
    "km": 1.0,
} | {
    "mA": 0.001,
    "mV": 0.001,
}


def _scaled(text: str, units: dict[str, int] | dict[str, float], what: str) -> float | int:
    """Read one number with a unit out of a table; whole numbers stay exact."""
    match = _NUMBER.fullmatch(text.strip())
    factor = units.get(match[2]) if match else None
    if match is None or factor is None:
        raise ContractBroken(f"{text!r} is not {what}")
    digits = match[1].replace(" ", "")
    try:
        return int(digits) * factor if "." not in digits else float(digits) * factor
    except ValueError as error:
        raise ContractBroken(f"{text!r} is not {what}") from error


def whole(text: str | None) -> int | None:
    """Read a counter or another whole number; the console groups thousands with blanks."""
    if text is None or text in PLACEHOLDERS:
        return None
    value = int(text) if text.isascii() and text.isdigit() else _scaled(text, {"": 1}, "a whole number")
    if isinstance(value, float):
        raise ContractBroken(f"{text!r} is not a whole number")
    return value


def number(text: str | None) -> float | None:
    """Read a number that may have a unit of measure behind it, such as a sensor's; `6mA` is 0.006."""
    if text is None or text in PLACEHOLDERS:
        return None
    return float(_scaled(text, _READINGS, "a number"))


def size_bytes(text: str | None) -> int | None:
    """Read a size, in bytes: `189034496` or `40.2MiB`."""
    if text is None or text in PLACEHOLDERS:
        return None
    return round(_scaled(text, _SIZES, "a size"))


def rate_bits_per_second(text: str | None) -> int | None:
    """Read a rate, in bits per second: `1Gbps`, `54000000`, `10M`; of `72.2Mbps-20MHz/1S/SGI` what comes first."""
    if text is None or text in PLACEHOLDERS:
        return None
    return round(_scaled(text.split("-", 1)[0], _RATES, "a rate"))


def rate_text(bits_per_second: int) -> str:
    """Write a rate as short as it can be said exactly: `10M`, `2500M`, `512k`, `1`."""
    for unit, factor in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if bits_per_second and bits_per_second % factor == 0:
            return f"{bits_per_second // factor}{unit}"
    return str(bits_per_second)


def frequency_hertz(text: str | None) -> int | None:
    """Read a frequency, in hertz. A bare number is megahertz; what follows a slash (`5220/20-Ce/ac`) is left out."""
    if text is None or text in PLACEHOLDERS:
        return None
    return round(_scaled(text.split("/", 1)[0], _FREQUENCIES, "a frequency"))


def percent(text: str | None) -> float | None:
    """Read a percentage: `1`, `0.2`, `12%`."""
    if text is None or text in PLACEHOLDERS:
        return None
    return float(_scaled(text, {"": 1, "%": 1}, "a percentage"))


def signal_dbm(text: str | None) -> float | None:
    """Read a signal, in dBm: `-47`, or of `-62@1Mbps` and `-65dBm@1Mbps` what is before the rate."""
    if text is None or text in PLACEHOLDERS:
        return None
    return float(_scaled(text.split("@", 1)[0], {"": 1, "dBm": 1}, "a signal"))


def pair(text: str | None, parse: Callable[[str], T | None]) -> tuple[T, T] | None:
    """Read two values in one, `tx,rx` of a registration table or `up/down` of a queue; both with `parse`."""
    if text is None or text in PLACEHOLDERS:
        return None
    halves = text.split("," if "," in text else "/")
    values = [value for half in halves if (value := parse(half)) is not None]
    if len(halves) != 2 or len(values) != 2:  # noqa: PLR2004 - a pair
        raise ContractBroken(f"{text!r} is not a pair")
    return values[0], values[1]
