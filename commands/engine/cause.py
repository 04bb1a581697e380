"""What led to a decision, and the envelopes of what follows: same actor, correlation and trace, repeatable ids."""

from datetime import datetime
from typing import Final

import msgspec

from commands.engine.handler import Trigger
from contracts.catalog import CODEC
from contracts.language.codec import Recorded
from contracts.language.delivery import Delivery, Outgoing
from contracts.language.envelope import Envelope
from contracts.language.identity import TenantId, repeatable_id
from contracts.language.message import Event, Job, Revocation, Timer
from contracts.language.streams import DUE

SOURCE: Final = "commands"


class Cause(msgspec.Struct, frozen=True):
    """An action, report, due time or fact that was taken from a stream. `at` is when the stream stored it."""

    envelope: Envelope
    tenant_id: TenantId
    at: datetime

    @property
    def trigger(self) -> Trigger:
        """What a pure function sees of it."""
        return Trigger(
            id=self.envelope.id,
            at=self.at,
            tenant_id=self.tenant_id,
            actor=self.envelope.actor,
            role=self.envelope.role,
        )

    def fact(self, event: Event, tenant_id: TenantId, place: int) -> Outgoing:
        """The fact that takes a place among those of this cause."""
        return CODEC.encode(event, tenant_id, self._following(event.name, place))

    def work(self, wish: Job | Timer | Revocation) -> Outgoing:
        """The job, timer or revocation that this cause asks for."""
        return CODEC.encode(wish, self.tenant_id, self._following(wish.name, 0))

    def _following(self, name: str, place: int) -> Envelope:
        identity = repeatable_id(self.envelope.id, name, place)
        return self.envelope.causing(str(identity), source=SOURCE, occurred_at=self.at)


def cause_of(delivery: Delivery, recorded: Recorded) -> Cause:
    """The cause that a delivery is. A timer says the same id whenever it fires, so its place in the stream is added."""
    envelope = recorded.envelope
    if delivery.stream == DUE.stream:
        envelope = msgspec.structs.replace(envelope, id=str(repeatable_id(envelope.id, delivery.sequence)))
    return Cause(envelope, recorded.tenant_id, delivery.stored_at)
