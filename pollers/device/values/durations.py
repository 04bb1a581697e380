"""Durations: `1w4d23h26m9s`, `4s750ms`, `00:00:25`, and the words that stand in their place (facts 8.1, 8.2)."""

import re
from typing import Final

from contracts.language.errors import ContractBroken

PLACEHOLDERS: Final = frozenset(
    {"", "never", "none", "auto", "disabled", "unlimited", "infinity", "no-limit", "default", "unknown"}
)
"""What stands where a number or a time is expected, and means that there is none."""

_UNITS: Final = (("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000))
_SMALL_UNITS: Final = (("s", 1_000_000), ("ms", 1_000), ("us", 1))
_MICROSECONDS: Final = tuple(factor for _, factor in (*_UNITS, *_SMALL_UNITS))
_SPELLED: Final = re.compile(
    r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?", re.ASCII
)
_CLOCK: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)? ?(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?", re.ASCII)


def duration_seconds(text: str | None) -> float | None:
    """Read a duration, in seconds. A bare number is seconds, as the console takes it."""
    if text is None or text in PLACEHOLDERS:
        return None
    spelled = _SPELLED.fullmatch(text)
    if spelled is not None:
        counted = zip(spelled.groups(), _MICROSECONDS, strict=True)
        return sum(int(count) * factor for count, factor in counted if count) / 1_000_000
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in clock.groups()[:5])
        fraction = int((clock[6] or "").ljust(6, "0")) / 1_000_000
        return ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds + fraction
    if text.isascii() and text.isdigit():
        return float(text)
    raise ContractBroken(f"{text!r} is not a duration")


def duration_text(seconds: float) -> str:
    """Write a duration the way RouterOS does: largest unit first, zero parts left out, down to a microsecond."""
    rest = round(seconds * 1_000_000)
    if rest < 0:
        raise ContractBroken(f"RouterOS has no negative durations: {seconds} s")
    parts: list[str] = []
    for unit, factor in (*_UNITS, *_SMALL_UNITS):
        count, rest = divmod(rest, factor)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
