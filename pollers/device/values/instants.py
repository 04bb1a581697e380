"""Dates and times of a device to instants in UTC, and back (facts 8.3, 8.4).

A device says local time without a zone, in the old form (`jul/21/2023`, up to 7.9) or the new one (`2023-07-21`);
its `gmt-offset` has to come with it. What a device believes may be wrong by decades: before NTP answers it is 1970.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from contracts.language.errors import ContractBroken
from pollers.device.values.durations import PLACEHOLDERS

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)", re.ASCII)
_OLD: Final = re.compile(r"([A-Za-z]{3})/([ \d]\d)(?:/([ \d]{2,4}))?", re.ASCII)
_TIME: Final = re.compile(r"([ \d]?\d):([ \d]\d):([ \d]\d)(?:\.\d+)?", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
_CLOCK_SKEW_MAX: Final = timedelta(days=1)


def offset_of(text: str | None) -> timedelta:
    """Read a `gmt-offset` such as `+03:00`; a device that says none is taken to be on UTC."""
    if not text:
        return timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ContractBroken(f"{text!r} is not an offset from GMT")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -offset if match[1] == "-" else offset


def instant(text: str | None, offset: timedelta) -> datetime | None:
    """Read a date with time, as in `last-link-up-time` or `build-time`; a date alone is its midnight."""
    if text is None or text in PLACEHOLDERS:
        return None
    day_text, time_text = _halves(text)
    day = _day(day_text, text)
    if day is None:
        raise ContractBroken(f"{text!r} has no year")
    return _in_utc(day, _time(time_text, text) if time_text else time(), offset, text)


def clock_instant(date_text: str, time_text: str, gmt_offset: str | None) -> datetime:
    """Read `/system/clock`: what the device believes it is now."""
    at = instant(f"{date_text} {time_text}", offset_of(gmt_offset))
    if at is None:
        raise ContractBroken("the clock says nothing")
    return at


def log_instant(text: str | None, now: datetime, offset: timedelta) -> datetime | None:
    """Read the time of a log line: with date, without a year, or of today; `now` is the device's own clock.

    A line without a year is the latest such day that is not in the future of the device.
    """
    if text is None or text in PLACEHOLDERS:
        return None
    local_now = now.astimezone(timezone(offset))
    day_text, time_text = _halves(text)
    if not time_text:
        return _in_utc(local_now.date(), _time(day_text, text), offset, text)
    day = _day(day_text, text)
    if day is not None:
        return _in_utc(day, _time(time_text, text), offset, text)
    month, day_of_month = _month_and_day(day_text, text)
    for year in range(local_now.year, local_now.year - 5, -1):  # the 29th of February may be four years back
        try:
            at = _in_utc(date(year, month, day_of_month), _time(time_text, text), offset, text)
        except ValueError:
            continue
        if at <= now + _CLOCK_SKEW_MAX:
            return at
    raise ContractBroken(f"{text!r} is no day of any year")


def instant_text(at: datetime, offset: timedelta, *, is_old: bool) -> tuple[str, str]:
    """Write an instant as the date and the time of a device, in the form it had up to 7.9 or in the new one."""
    local = at.astimezone(timezone(offset))
    day = f"{_MONTHS[local.month - 1]}/{local:%d/%Y}" if is_old else f"{local:%Y-%m-%d}"
    return day, f"{local:%H:%M:%S}"


def _halves(text: str) -> tuple[str, str]:
    """Split date and time at the first blank that is not a zero in disguise (`jun/ 7/2021 17: 1:10`)."""
    place = text.find(" ", 6) if "/" in text[:4] else text.find(" ")
    return (text, "") if place < 0 else (text[:place], text[place + 1 :])


def _day(day_text: str, text: str) -> date | None:
    """Read the day; None when the year is left out."""
    iso = _ISO.fullmatch(day_text)
    old = None if iso else _OLD.fullmatch(day_text)
    if iso is None and old is None:
        raise ContractBroken(f"{text!r} is not a date")
    year = iso[1] if iso else old[3] if old else None
    if year is None:
        return None
    month, day = _month_and_day(day_text, text)
    try:
        return date(int(year), month, day)
    except ValueError as error:
        raise ContractBroken(f"{text!r} is not a date") from error


def _month_and_day(day_text: str, text: str) -> tuple[int, int]:
    iso = _ISO.fullmatch(day_text)
    if iso is not None:
        return int(iso[2]), int(iso[3])
    old = _OLD.fullmatch(day_text)
    if old is None or old[1].lower() not in _MONTHS:
        raise ContractBroken(f"{text!r} is not a date")
    return _MONTHS.index(old[1].lower()) + 1, int(old[2])


def _time(time_text: str, text: str) -> time:
    match = _TIME.fullmatch(time_text)
    if match is None:
        raise ContractBroken(f"{text!r} is not a time")
    try:
        return time(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise ContractBroken(f"{text!r} is not a time") from error


def _in_utc(day: date, at: time, offset: timedelta, text: str) -> datetime:
    try:
        return datetime.combine(day, at, timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ContractBroken(f"{text!r} is not an instant") from error
