"""Timers on the bus's own schedules: set one, forget one, keep the ones that come back by themselves.

The server fires a timer by storing its body under the `due` subject, also after it was away. It may fire twice, or once
more after it was forgotten: what is due is a hint to look at the state, and deciding from the state makes it safe.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from commands.engine.cause import SOURCE
from commands.engine.handler import Schedule
from contracts.catalog import CODEC
from contracts.language.delivery import Bus, Outgoing
from contracts.language.envelope import Envelope
from contracts.language.identity import PLATFORM, TenantId, repeatable_id
from contracts.language.message import Timer
from contracts.language.streams import TIMERS
from contracts.language.subject import Kind, build, parse

SCHEDULE: Final = "Nats-Schedule"
TARGET: Final = "Nats-Schedule-Target"
ZONE: Final = "Nats-Schedule-Time-Zone"
TIME_TO_LIVE: Final = "Nats-Schedule-TTL"
DUE_KEPT: Final = "168h"
"""How long a due time waits to be taken; a week without any `commands` process loses it."""


def scheduled(timer: Outgoing, rhythm: str, *, zone: str = "") -> Outgoing:
    """A timer as the server keeps it: at its own subject one, coming back under `due` with the same body."""
    subject = msgspec.structs.replace(parse(timer.subject), kind=Kind.DUE)
    headers = {**timer.headers, SCHEDULE: rhythm, TARGET: str(subject), TIME_TO_LIVE: DUE_KEPT}
    if zone:
        headers[ZONE] = zone
    return msgspec.structs.replace(timer, headers=headers)


def at(moment: datetime) -> str:
    """The rhythm of a timer that fires once, as the server reads it (whole seconds, never early)."""
    return f"@at {moment.astimezone(UTC).isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"


async def forget(bus: Bus, timer: type[Timer], tenant_id: TenantId, entity: UUID | str) -> None:
    """Make the server forget a timer; one that fired, or was never set, is no error."""
    await bus.forget(TIMERS.name, build(tenant_id, Kind.TIMER, timer.name, entity))


async def keep(bus: Bus, schedules: tuple[Schedule, ...], since: datetime) -> None:
    """Have every declared schedule at the server. One that is there is replaced by the same."""
    for schedule in schedules:
        identity = repeatable_id("schedule", schedule.timer.name, schedule.rhythm, schedule.zone)
        envelope = Envelope(id=str(identity), occurred_at=since, source=SOURCE, actor="process:commands")
        timer = CODEC.encode(schedule.timer, PLATFORM, envelope)
        await bus.publish(scheduled(timer, schedule.rhythm, zone=schedule.zone))
