"""Messages to bytes and back."""

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import CODEC
from contracts.devices import DeviceRenamed
from contracts.health import HealthObserved
from contracts.language.codec import Codec, Retired, body, part_name, type_name
from contracts.language.delivery import Delivery, Outgoing
from contracts.language.envelope import Envelope, from_headers, to_headers
from contracts.language.errors import ContractBroken
from contracts.language.identity import DeviceId
from contracts.language.message import Event
from contracts.language.transport import Transport
from contracts.polls import PollObserved

TENANT = UUID("3f2c8d1e-5b7a-4c9d-8e10-2a6b4c8d0e12")
DEVICE = DeviceId(UUID("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENVELOPE = Envelope(
    id="e-1", occurred_at=NOON, source="/tod/commands", actor="user:7", correlation="a-1", causation="a-1"
)


def arrived(message: Outgoing, sequence: int = 1) -> Delivery:
    return Delivery(message.subject, message.headers, message.data, "LEDGER", sequence, NOON)


@given(title=st.text(min_size=1), previous=st.text())
def test_what_is_encoded_is_what_is_decoded(title, previous):
    fact = DeviceRenamed(device_id=DEVICE, title=title, previous_title=previous)
    (recorded,) = CODEC.decode(arrived(CODEC.encode(fact, TENANT, ENVELOPE), 7))
    assert (recorded.message, recorded.envelope, recorded.tenant_id) == (fact, ENVELOPE, TENANT)
    assert (recorded.entity, recorded.sequence) == (str(DEVICE), 7)


@given(
    at=st.datetimes(timezones=st.just(UTC)),
    texts=st.lists(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126)), min_size=5, max_size=5),
)
def test_an_envelope_survives_its_headers(at, texts):
    envelope = Envelope(
        id=texts[0] or "x",
        occurred_at=at,
        source="/s",
        actor=texts[1],
        correlation=texts[2],
        causation=texts[3],
        traceparent=texts[4],
    )
    assert from_headers(to_headers(envelope, "tod.x.y.v1")) == envelope


def test_a_poll_gives_itself_and_each_part_under_one_envelope():
    health = HealthObserved(uptime_seconds=5, cpu_load_percent=3)
    poll = PollObserved(
        epoch=1,
        tick=2,
        took_ms=3,
        rung=Transport.PLAIN,
        parts={part_name(HealthObserved): msgspec.Raw(body(health)), "future.seen.v9": msgspec.Raw(b'{"x":1}')},
    )
    whole, part = CODEC.decode(arrived(CODEC.encode(poll, TENANT, ENVELOPE, entity=DEVICE), 9))
    assert isinstance(whole.message, PollObserved)
    assert part.message == health
    assert (part.entity, part.sequence, part.envelope) == (str(DEVICE), 9, whole.envelope)


def test_a_name_that_is_not_known_is_skipped_and_a_message_without_one_is_broken():
    message = CODEC.encode(DeviceRenamed(device_id=DEVICE, title="a", previous_title="b"), TENANT, ENVELOPE)
    headers = {**message.headers, "ce-type": "tod.devices.added.v99"}
    assert CODEC.decode(arrived(Outgoing(message.subject, headers, message.data))) == []
    del headers["ce-type"]
    with pytest.raises(ContractBroken):
        CODEC.decode(arrived(Outgoing(message.subject, headers, message.data)))


@given(data=st.binary(max_size=200))
def test_bytes_that_do_not_fit_are_a_broken_contract_and_nothing_worse(data):
    message = CODEC.encode(DeviceRenamed(device_id=DEVICE, title="a", previous_title="b"), TENANT, ENVELOPE)
    try:
        CODEC.decode(arrived(Outgoing(message.subject, message.headers, data)))
    except ContractBroken:
        return
    assert isinstance(msgspec.json.decode(data, type=DeviceRenamed), DeviceRenamed)


def test_old_shapes_are_lifted_through_every_version():
    class Third(Event, frozen=True, kw_only=True):
        name: ClassVar[str] = "things.made"
        version: ClassVar[int] = 3
        entity: ClassVar[str] = "id"
        id: str
        length_metres: float

    class Second(Event, frozen=True, kw_only=True):
        name: ClassVar[str] = "things.made"
        version: ClassVar[int] = 2
        entity: ClassVar[str] = "id"
        id: str
        length_cm: float

    class First(Event, frozen=True, kw_only=True):
        name: ClassVar[str] = "things.made"
        entity: ClassVar[str] = "id"
        id: str
        length: str

    codec = Codec(
        (Third,),
        (
            Retired(First, lambda old: Second(id=old.id, length_cm=float(old.length))),
            Retired(Second, lambda old: Third(id=old.id, length_metres=old.length_cm / 100)),
        ),
    )
    assert codec.decode_body(type_name(First), b'{"id":"a","length":"250"}') == Third(id="a", length_metres=2.5)
    with pytest.raises(ContractBroken):
        Codec((Third, Third))
