"""The lines a device wrote into its own log, searchable, each once.

A poller that takes a device over reads its last lines again, so the newest ones are remembered by a digest and not
noted twice.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Final, cast
from uuid import UUID

import msgspec

from contracts.device_log import Line, LinesLogged
from projections.engine.projection import Fold, Happened, Log, Projection, State

LINES_REMEMBERED_MAX: Final = 128
"""More than the 100 lines that a poller reads again."""

DIGEST_BYTES: Final = 8


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `stamp` is the device's own text for the time; `logged_at` is None when its clock makes no sense."""

    device_id: UUID
    logged_at: datetime | None
    stamp: str
    topics: tuple[str, ...]
    message: str


class LogEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The newest lines of a device by digest; `gap_at` is when lines were last lost because its buffer turned over."""

    device_id: UUID
    digests: tuple[int, ...] = ()
    gap_at: datetime | None = None


DEVICE_LOG: Final = Log("device_log", LogLine, indexes=(("device_id", "sequence"),), keep_days=30)
LOG_ENDS: Final = State("log_ends", LogEnd)


def logged(before: LogEnd | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """The lines that are new."""
    seen = cast("LinesLogged", happened.message)
    device_id = cast("UUID", happened.entity_id)
    known = before or LogEnd(device_id=device_id)
    remembered = set(known.digests)
    fresh = {digest: line for line in seen.lines if (digest := _digest(line)) not in remembered}
    for line in fresh.values():
        yield LogLine(
            device_id=device_id, logged_at=line.at, stamp=line.stamp, topics=line.topics, message=line.message
        )
    if fresh or seen.is_gap:
        yield LogEnd(
            device_id=device_id,
            digests=(*known.digests, *fresh)[-LINES_REMEMBERED_MAX:],
            gap_at=happened.occurred_at if seen.is_gap else known.gap_at,
        )


def _digest(line: Line) -> int:
    text = f"{line.id}\x1f{line.stamp}\x1f{line.message}"
    return int.from_bytes(blake2b(text.encode(), digest_size=DIGEST_BYTES).digest(), signed=True)


PROJECTIONS: Final = (
    Projection(
        name="device_log",
        version=1,
        stream="OBSERVATIONS",
        tables=(DEVICE_LOG, LOG_ENDS),
        on={LinesLogged: Fold(logged, LOG_ENDS)},
    ),
)
