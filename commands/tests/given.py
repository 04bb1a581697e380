"""Decisions in one line: `given(facts).when(command).then(outcomes)`, or `.then_refused(Error, "words")`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from commands.catalog import CATALOG
from commands.engine.handler import Fold, Handler, Outcome, Outcomes, Reaction, Trigger
from contracts.devices import AddDevice, Address, Credential, DeviceAdded, LoginAsked
from contracts.language.errors import Refusal
from contracts.language.identity import PLATFORM, DeviceId, JobId, TenantId
from contracts.language.message import Command, Event, Message
from contracts.language.sealed import Sealed, tenant_key

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TENANT = TenantId(UUID("7e9a0000-0000-4000-8000-000000000001"))
DEVICE = DeviceId(UUID("de71ce00-0000-4000-8000-000000000001"))
ACTION = "ac710000-0000-4000-8000-000000000001"
TRIGGER = Trigger(id=ACTION, at=NOON, tenant_id=TENANT, actor="user:ada")
FROM_PLATFORM = Trigger(id=ACTION, at=NOON, tenant_id=PLATFORM, actor="user:root")

PASSWORD = Sealed(tenant_key(TENANT), "vault:v1:c2VjcmV0")
ADDRESS = Address(host="10.0.0.1")
ADD = AddDevice(device_id=DEVICE, title="Tower 1", host="10.0.0.1", username="admin", password=PASSWORD)
ADDED = DeviceAdded(
    device_id=DEVICE, title="Tower 1", address=ADDRESS, credential=Credential(username="admin", password=PASSWORD)
)
LOGIN = JobId(TRIGGER.identity("login"))
ASKED = LoginAsked(device_id=DEVICE, job_id=LOGIN)

DECISIONS: dict[type[Message], Handler[Any, Any] | Reaction[Any, Any]] = {
    **{handler.command: handler for handler in CATALOG.handlers},
    **{reaction.message: reaction for reaction in CATALOG.reactions},
}


def fold(rule: Fold[Any], facts: Sequence[Event]) -> Any:
    state = rule.initial
    for fact in facts:
        state = rule.evolve(state, fact)
    return state


def decide(message: Message, facts: Sequence[Event], trigger: Trigger = TRIGGER) -> Outcomes:
    """What the catalog's decision about a message says after these facts."""
    decision = DECISIONS[type(message)]
    outcomes: Outcomes = decision.decide(fold(decision.fold, facts), message, trigger)
    return outcomes


class given:  # noqa: N801 - it is read as a word
    def __init__(self, *facts: Event, trigger: Trigger = TRIGGER) -> None:
        self._facts = facts
        self._trigger = trigger
        self._message: Message | None = None

    def when(self, message: Command | Message) -> "given":
        self._message = message
        return self

    def then(self, *outcomes: Outcome) -> None:
        assert self._message is not None
        assert tuple(decide(self._message, self._facts, self._trigger)) == outcomes

    def then_refused(self, error: type[Refusal], *words: str) -> None:
        """Refused, with a message that holds these words, and that is more than one sentence: what to do comes last."""
        assert self._message is not None
        with pytest.raises(error) as caught:
            decide(self._message, self._facts, self._trigger)
        for word in words:
            assert word in caught.value.message
        assert len(re.findall(r"[.:]( |$)", caught.value.message)) > 1
