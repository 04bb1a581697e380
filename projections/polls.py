"""How each device is asked: the last look, what it took, what failed, and which looks were lost on the way (gaps)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec

from contracts import polls as said
from projections.engine.projection import Fold, Happened, Log, Projection, State

FIRST_TICK: Final = 1


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """The polling of one device.

    `epoch` and `tick` are those of the newest look. Counted since the device is known here: `answered_total`
    looks that went well, `failed_total` that failed, and `missed_total` whose observation never arrived.
    """

    device_id: UUID
    epoch: int = 0
    tick: int = 0
    answered_at: datetime | None = None
    failed_at: datetime | None = None
    rung: str = ""
    took_ms: float | None = None
    failures: int = 0
    code: str = ""
    message: str = ""
    answered_total: int = 0
    failed_total: int = 0
    missed_total: int = 0
    gap_at: datetime | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Observations that were taken and never arrived: `missed` looks in a row, the first of them `first_tick`."""

    device_id: UUID
    epoch: int
    first_tick: int
    missed: int


POLLS: Final = State("polls", Poll)
GAPS: Final = Log("gaps", Gap, keep_days=90)


def polled(before: Poll | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """Count one look. Another epoch is another poller, which counts from 1 again; an older look is no news."""
    look = cast("said.PollObserved | said.PollFailed", happened.message)
    device_id = cast("UUID", happened.entity_id)
    known = before or Poll(device_id=device_id, epoch=look.epoch, tick=look.tick - 1)
    if (look.epoch, look.tick) <= (known.epoch, known.tick):
        return
    expected = known.tick + 1 if look.epoch == known.epoch else FIRST_TICK
    missed = look.tick - expected
    if missed:
        yield Gap(device_id=device_id, epoch=look.epoch, first_tick=expected, missed=missed)
    counted = msgspec.structs.replace(
        known,
        epoch=look.epoch,
        tick=look.tick,
        missed_total=known.missed_total + missed,
        gap_at=happened.occurred_at if missed else known.gap_at,
    )
    yield (
        _answered(counted, look, happened) if isinstance(look, said.PollObserved) else _failed(counted, look, happened)
    )


def _answered(poll: Poll, look: said.PollObserved, happened: Happened) -> Poll:
    return msgspec.structs.replace(
        poll,
        answered_at=happened.occurred_at,
        answered_total=poll.answered_total + 1,
        rung=look.rung,
        took_ms=look.took_ms,
        failures=0,
        code="",
        message="",
    )


def _failed(poll: Poll, look: said.PollFailed, happened: Happened) -> Poll:
    return msgspec.structs.replace(
        poll,
        failed_at=happened.occurred_at,
        failed_total=poll.failed_total + 1,
        failures=look.failures,
        code=look.code,
        message=look.message,
    )


PROJECTIONS: Final = (
    Projection(
        name="polls",
        version=1,
        stream="OBSERVATIONS",
        tables=(POLLS, GAPS),
        on={said.PollObserved: Fold(polled, POLLS), said.PollFailed: Fold(polled, POLLS)},
    ),
)
