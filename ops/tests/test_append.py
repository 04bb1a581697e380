"""Appending on a real bus: all or nothing, whoever shares the batch."""

import asyncio
from uuid import UUID, uuid4

import pytest

from contracts.language.delivery import Expectation, Outgoing
from contracts.language.errors import ContractBroken, StaleState
from ops.connections.append import APPENDS_MAX, with_expectations
from ops.connections.nats import NatsBus
from ops.testing.plugin import ConnectBus

TENANT = uuid4()


@pytest.fixture
async def bus(connect_bus: ConnectBus) -> NatsBus:
    return await connect_bus("commands")


def about(entity: UUID) -> str:
    return f"tod.{TENANT}.fact.things.{entity}.>"


def facts(entity: UUID, *whats: str) -> list[Outgoing]:
    return [
        Outgoing(f"tod.{TENANT}.fact.things.{entity}.{what}", {"Nats-Msg-Id": str(uuid4())}, what.encode())
        for what in whats
    ]


async def told(bus: NatsBus, entity: UUID) -> list[tuple[int, str]]:
    return [(delivery.sequence, delivery.data.decode()) for delivery in await bus.history("LEDGER", about(entity))]


async def test_every_append_of_a_shared_batch_learns_its_own_sequence(bus: NatsBus):
    entities = [uuid4() for _ in range(3 * APPENDS_MAX)]
    results = await asyncio.gather(
        *(
            bus.append(facts(entity, *["begun", "gone_on", "ended"][: 1 + place % 3]), [Expectation(about(entity), 0)])
            for place, entity in enumerate(entities)
        )
    )
    for entity, result in zip(entities, results, strict=True):
        assert (await told(bus, entity))[-1][0] == result.sequence


async def test_one_stale_append_spoils_none_that_it_shares_a_batch_with(bus: NatsBus):
    stale = uuid4()
    await bus.append(facts(stale, "begun"), [])
    entities = [uuid4() for _ in range(20)]
    results = await asyncio.gather(
        bus.append(facts(stale, "gone_on", "ended"), [Expectation(about(stale), 0)]),
        *(bus.append(facts(entity, "begun", "ended"), [Expectation(about(entity), 0)]) for entity in entities),
        return_exceptions=True,
    )
    assert isinstance(results[0], StaleState)
    assert [what for _, what in await told(bus, stale)] == ["begun"]
    for entity, result in zip(entities, results[1:], strict=True):
        assert not isinstance(result, BaseException)
        assert (await told(bus, entity))[-1] == (result.sequence, "ended")


async def test_of_two_that_expect_the_same_one_wins(bus: NatsBus):
    entity = uuid4()
    results = await asyncio.gather(
        *(bus.append(facts(entity, f"by_{place}"), [Expectation(about(entity), 0)]) for place in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, StaleState) for result in results) == 9
    assert len(await told(bus, entity)) == 1


async def test_what_was_appended_already_is_not_appended_again(bus: NatsBus):
    entity = uuid4()
    messages = facts(entity, "begun", "ended")
    await bus.append(messages, [Expectation(about(entity), 0)])
    with pytest.raises(StaleState):
        await bus.append(messages, [Expectation(about(entity), 2)])
    assert len(await told(bus, entity)) == 2


async def test_the_latest_of_each_subject_come_as_of_one_moment(bus: NatsBus):
    entity = uuid4()
    await bus.append(facts(entity, "begun", "gone_on", "gone_on", "begun"), [])
    latest = await bus.latest("LEDGER", about(entity))
    assert [delivery.data.decode() for delivery in latest] == ["gone_on", "begun"]
    assert await bus.latest("LEDGER", about(uuid4())) == []


def test_an_expectation_stands_on_the_message_that_it_speaks_of():
    one, other = uuid4(), uuid4()
    messages = with_expectations([*facts(one, "a"), *facts(other, "b")], [Expectation(about(other), 7)])
    assert [message.headers.get("Nats-Expected-Last-Subject-Sequence") for message in messages] == [None, "7"]


async def test_nothing_can_be_expected_of_a_whole_tenant(bus: NatsBus):
    with pytest.raises(ContractBroken):
        await bus.append(facts(uuid4(), "begun"), [Expectation(f"tod.{TENANT}.fact.>", 0)])


async def test_of_those_who_expect_nothing_new_of_a_word_at_once_one_is_heard(bus: NatsBus):
    tenant = uuid4()
    whole = f"tod.{tenant}.fact.things.>"
    told_at_once = [
        Outgoing(f"tod.{tenant}.fact.things.{uuid4()}.begun", {"Nats-Msg-Id": str(uuid4())}, b"") for _ in range(8)
    ]
    outcomes = await asyncio.gather(
        *(bus.append([message], [Expectation(whole, 0)]) for message in told_at_once), return_exceptions=True
    )
    assert sum(isinstance(outcome, StaleState) for outcome in outcomes) == len(told_at_once) - 1
    assert len(await bus.history("LEDGER", whole)) == 1


def test_more_expectations_than_messages_are_a_mistake():
    entity = uuid4()
    with pytest.raises(ContractBroken):
        with_expectations(facts(entity, "a"), [Expectation(about(entity), 0), Expectation(about(uuid4()), 0)])
