"""What streams would deliver, told in the order in which it happened: for tests of read models and views."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from contracts.catalog import CODEC
from contracts.language.codec import body, part_name
from contracts.language.delivery import Delivery
from contracts.language.envelope import Envelope
from contracts.language.identity import repeatable_id
from contracts.language.message import Message, Observation
from contracts.language.streams import BY_KIND
from contracts.language.transport import Transport
from contracts.polls import PollObserved

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ACME = repeatable_id("tenant", "acme")
ROUTER = repeatable_id("device", "router")


class Telling:
    """Messages of one tenant; every stream numbers its own."""

    def __init__(self, tenant_id: UUID = ACME, begins_at: datetime = NOON) -> None:
        self.tenant_id = tenant_id
        self.now = begins_at
        self.deliveries: list[Delivery] = []
        self.heads: dict[str, int] = {}
        self._ticks: dict[UUID, int] = {}

    def continue_after(self, other: "Telling") -> None:
        """Speak in the same streams as another tenant, after what it said."""
        self.heads = dict(other.heads)

    def wait(self, **span: float) -> "Telling":
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def say(
        self,
        message: Message,
        *,
        entity: UUID | None = None,
        actor: str = "",
        identity: str = "",
        causation: str = "",
        correlation: str = "",
    ) -> Delivery:
        """One message, now."""
        stream = BY_KIND[message.kind].name
        sequence = self.heads[stream] = self.heads.get(stream, 0) + 1
        envelope = Envelope(
            id=identity or str(repeatable_id(stream, self.tenant_id, sequence)),
            occurred_at=self.now,
            source="tests",
            actor=actor,
            causation=causation,
            correlation=correlation,
        )
        out = CODEC.encode(message, self.tenant_id, envelope, entity=entity)
        delivery = Delivery(
            subject=out.subject,
            headers=out.headers,
            data=out.data,
            stream=stream,
            sequence=sequence,
            stored_at=self.now,
        )
        self.deliveries.append(delivery)
        return delivery

    def ask(self, command: Message, *, actor: str = "user:ada") -> str:
        """An action; gives its id."""
        action_id = str(repeatable_id("action", self.tenant_id, len(self.deliveries)))
        self.say(command, actor=actor, identity=action_id, correlation=action_id)
        return action_id

    def answer(self, fact: Message, action_id: str, *, actor: str = "user:ada") -> None:
        """A fact that an action led to."""
        self.say(fact, actor=actor, causation=action_id, correlation=action_id)

    def look(self, *parts: Observation, device_id: UUID = ROUTER, epoch: int = 1, tick: int | None = None) -> None:
        """One look at a device, with what it said."""
        counted = self._ticks[device_id] = self._ticks.get(device_id, 0) + 1 if tick is None else tick
        raw = {part_name(type(part)): body(part) for part in parts}
        observed = PollObserved(
            epoch=epoch,
            tick=counted,
            took_ms=41.5,
            rung=Transport.TLS_PINNED,
            parts={name: msgspec.Raw(data) for name, data in raw.items()},
        )
        self.say(observed, entity=device_id)
