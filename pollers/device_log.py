"""Device log: the lines since the last look, found by their ids.

Ids rise until a reboot starts them again, and the buffer turns over; a line's own text tells a restart from a
continuation, because the time of a line is written differently as it ages. RouterOS' comparison of ids in a query is
not reliable (facts 14.27), so the buffer is read whole, seldom.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from contracts.device_log import Line, LinesLogged
from contracts.language.errors import ContractBroken
from pollers.device import values
from pollers.engine.collector import Collector, Look, Menu, Seen, Table

LINES_MAX: Final = 500
"""Lines of one look; more is a flood, and the newest count."""
LINES_FIRST_MAX: Final = 100
"""Lines taken at the first look: what was before them belongs to a time when nobody watched."""
MESSAGE_CHARACTERS_MAX: Final = 1000

LOG: Final = Menu("/log", (".id", "time", "topics", "message"))
CLOCK: Final = Menu("/system/clock", ("date", "time", "gmt-offset"))

_SENSIBLE_SINCE: Final = datetime(2012, 1, 1, tzinfo=UTC)  # a board without a battery starts in 1970 (facts 16.5)
_AHEAD_MAX: Final = timedelta(days=1)
_HEX: Final = 16


class Cursor(msgspec.Struct, frozen=True):
    """The last line that was taken: its id as a number, and a digest of its text."""

    number: int
    digest: int


Row = tuple[str | None, ...]


def step(look: Look) -> Seen:
    """The lines after the cursor, and the cursor after them."""
    log, clock = look.tables
    rows = [(number, row) for row in zip(*log, strict=True) if (number := _number(row[0])) is not None] if log else []
    cursor = look.mark if isinstance(look.mark, Cursor) else None
    if not rows:
        return Seen(None, cursor)
    fresh, is_gap = _after(rows, cursor)
    lines = tuple(_lines(fresh, _clock(clock), look.at))
    observation = LinesLogged(lines=lines, is_gap=is_gap) if lines else None
    return Seen(observation, Cursor(rows[-1][0], _digest(rows[-1][1])))


def _after(rows: list[tuple[int, Row]], cursor: Cursor | None) -> tuple[list[Row], bool]:
    """The rows that were not taken yet, and whether some between were lost."""
    if cursor is None:
        return [row for _, row in rows[-LINES_FIRST_MAX:]], False
    known = next((row for number, row in reversed(rows) if number == cursor.number), None)
    is_restarted = rows[-1][0] < cursor.number or (known is not None and _digest(known) != cursor.digest)
    fresh = [row for number, row in rows if is_restarted or number > cursor.number]
    is_gap = is_restarted or rows[0][0] > cursor.number + 1 or len(fresh) > LINES_MAX
    return fresh[-LINES_MAX:], is_gap


def _lines(rows: Sequence[Row], clock: tuple[datetime, timedelta] | None, at: datetime) -> list[Line]:
    return [
        Line(
            id=number or "",
            stamp=stamp or "",
            at=_instant(stamp, clock, at),
            topics=values.items(topics),
            message=(message or "")[:MESSAGE_CHARACTERS_MAX],
        )
        for number, stamp, topics, message in rows
    ]


def _clock(table: Table | None) -> tuple[datetime, timedelta] | None:
    """What the device believes it is now, and its offset; None when it does not say."""
    if table is None or not table[0]:
        return None
    date, time, offset = (column[0] for column in table)
    try:
        return values.clock_instant(date or "", time or "", offset), values.offset_of(offset)
    except ContractBroken:
        return None


def _instant(stamp: str | None, clock: tuple[datetime, timedelta] | None, at: datetime) -> datetime | None:
    """The time of a line in UTC; None where the device's clock was off by so much that it says nothing."""
    if clock is None:
        return None
    now, offset = clock
    try:
        instant = values.log_instant(stamp, now, offset)
    except ContractBroken:
        return None
    is_sensible = instant is not None and _SENSIBLE_SINCE <= instant <= at + _AHEAD_MAX
    return instant if is_sensible else None


def _number(text: str | None) -> int | None:
    try:
        return int((text or "").removeprefix("*"), _HEX)
    except ValueError:
        return None


def _digest(row: Row) -> int:
    return hash(row[2:])


COLLECTORS: Final = (Collector(observation=LinesLogged, menus=(LOG, CLOCK), step=step, period_seconds=300),)
