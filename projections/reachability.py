"""Online or offline now, and every outage with its begin, end, length and reason."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.reachability import CameOnline, WentOffline
from projections.engine.projection import Fold, Happened, Projection, State


class Reachability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a device answers, and since when; `code` and `message` say how it failed while it does not."""

    device_id: UUID
    is_online: bool
    since: datetime
    code: str = ""
    message: str = ""


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """One time without an answer; it has no end while it lasts."""

    device_id: UUID
    began_at: datetime
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    code: str
    message: str


REACHABILITY: Final = State("reachability", Reachability, history=True)
OUTAGES: Final = State("outages", Outage, key=("device_id", "began_at"), indexes=(("began_at",),))


def went_offline(before: Reachability | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """An outage begins, unless one is under way: then only its reason is news."""
    fact: WentOffline = happened.message  # type: ignore[assignment]  # the trigger says which message it is
    began_at = fact.since if before is None or before.is_online else before.since
    yield Reachability(device_id=fact.device_id, is_online=False, since=began_at, code=fact.code, message=fact.message)
    yield Outage(device_id=fact.device_id, began_at=began_at, code=fact.code, message=fact.message)


def came_online(before: Reachability | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """The outage that was under way ends."""
    fact: CameOnline = happened.message  # type: ignore[assignment]  # the trigger says which message it is
    if before is not None and before.is_online:
        return
    yield Reachability(device_id=fact.device_id, is_online=True, since=fact.since)
    if before is not None:
        ended_at = max(fact.since, before.since)
        yield Outage(
            device_id=fact.device_id,
            began_at=before.since,
            ended_at=ended_at,
            duration_seconds=(ended_at - before.since).total_seconds(),
            code=before.code,
            message=before.message,
        )


PROJECTIONS: Final = (
    Projection(
        name="reachability",
        version=1,
        stream="LEDGER",
        tables=(REACHABILITY, OUTAGES),
        on={WentOffline: Fold(went_offline, REACHABILITY), CameOnline: Fold(came_online, REACHABILITY)},
    ),
)
