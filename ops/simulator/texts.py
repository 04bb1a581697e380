"""RouterOS' text forms: durations, dates, addresses; pure. Sources: facts 8.1-8.11."""

import re
from datetime import UTC, datetime, timedelta
from datetime import date as date_type
from functools import lru_cache

from ops.simulator.release import ISO_DATES, Release

_HOUR = 3600
_LONG_UNITS = (("w", 604800), ("d", 86400), ("h", _HOUR))
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|w|d|h|m|s)")
_CLOCK = re.compile(r"(?:(\d+)d)?(\d+):(\d{2}):(\d{2})(?:\.(\d+))?")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OLD_DATE = re.compile(r"([a-z]{3})/(\d{1,2})/(\d{4})", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def duration(seconds: int, milliseconds: int = 0) -> str:
    """Write a duration with the largest unit first and without parts of nought: `1w4d23h26m9s`, `4s750ms`, `0s`."""
    text = ""
    if seconds >= _HOUR:
        for unit, size in _LONG_UNITS:
            if seconds >= size:
                count, seconds = divmod(seconds, size)
                text += f"{count}{unit}"
    minutes, seconds = divmod(seconds, 60)
    if minutes:
        text += f"{minutes}m"
    if seconds:
        text += f"{seconds}s"
    if milliseconds:
        text += f"{milliseconds}ms"
    return text or "0s"


def seconds_in(text: str) -> float | None:
    """Read a duration: `1d2h`, `90s`, `00:00:25`, `1d00:10:00`, or bare seconds; None when it is none of these."""
    if text.replace(".", "", 1).isdecimal() and text.isascii() and not text.startswith("."):
        return float(text)
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        days, hours, minutes, seconds, _ = (int(part or 0) for part in clock.groups())
        return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    total, at = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != at:
            return None
        total += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    return total if text and at == len(text) else None


def at(instant: float) -> datetime:
    """Return the device-local wall-clock reading of a device second (the zone is already in it)."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(instant))


@lru_cache(maxsize=256)
def _day(number: int, iso: bool) -> str:  # noqa: FBT001 - one of two dialects
    when = date_type(1970, 1, 1) + timedelta(days=number)
    return when.isoformat() if iso else f"{MONTHS[when.month - 1]}/{when:%d/%Y}"


def date(instant: float, release: Release) -> str:
    """Write the date as this release does: `feb/13/2023` before 7.10, `2023-02-13` since."""
    return _day(int(instant) // 86400, release >= ISO_DATES)


def clock(instant: float) -> str:
    """Write the time of day: `10:00:47`."""
    minutes, seconds = divmod(int(instant) % 86400, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def stamp(instant: float, release: Release) -> str:
    """Write date and time as this release does."""
    return f"{date(instant, release)} {clock(instant)}"


def log_stamp(instant: float, now: float, release: Release) -> str:
    """Write the time of a log line: short when recent before 7.10, full since (facts 8.4)."""
    if release >= ISO_DATES:
        return stamp(instant, release)
    when, today = at(instant), at(now)
    if when.date() == today.date():
        return clock(instant)
    if when.year == today.year:
        return f"{MONTHS[when.month - 1]}/{when:%d} {clock(instant)}"
    return stamp(instant, release)


def day_in(text: str) -> datetime | None:
    """Read a date of either dialect."""
    old, iso = _OLD_DATE.fullmatch(text), _ISO_DATE.fullmatch(text)
    try:
        if old is not None:
            return datetime(int(old[3]), MONTHS.index(old[1].lower()) + 1, int(old[2]), tzinfo=UTC)
        if iso is not None:
            return datetime(int(iso[1]), int(iso[2]), int(iso[3]), tzinfo=UTC)
    except ValueError:
        return None
    return None


def dhcp_client_id(mac: str) -> str:
    """Write a MAC address the way DHCP client ids hold it: lower case, without leading noughts (facts 8.11)."""
    return "1:" + ":".join(f"{int(part, 16):x}" for part in mac.split(":"))
