"""The loops on a real bus: answered once, refused with a reason, parked when broken, whoever else runs beside."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from commands.tests.faults import LosesAcknowledgements
from commands.tests.house import House, eventually
from contracts.audit import ActionChangedNothing, ActionRefused
from contracts.devices import AddDevice, DeviceAdded, DeviceRenamed, MoveDevice, RenameDevice, RetireDevice
from contracts.language.envelope import ANSWER_TO
from contracts.language.identity import DeviceId
from contracts.language.subject import Kind, build


async def test_an_action_becomes_facts_and_an_answer(house: House):
    add = house.adding()
    async with house.running():
        answer = await house.ask(add)
    facts = await house.facts("devices")
    assert [fact.message.name for fact in facts] == ["devices.added", "devices.login_asked"]
    assert (answer.code, answer.sequence, answer.entity) == ("", facts[-1].sequence, str(add.device_id))


async def test_what_an_action_leads_to_carries_who_asked_and_what_was_asked(house: House):
    async with house.running():
        action_id, answer = await house.send(house.adding())
        await answer
    for fact in await house.facts():
        assert fact.envelope.actor == "operator:test"
        assert fact.envelope.causation == fact.envelope.correlation == str(action_id)


async def test_a_refusal_is_a_fact_with_the_reason_that_its_caller_was_told(house: House):
    async with house.running():
        answer = await house.ask(RenameDevice(device_id=DeviceId(uuid4()), title="Nobody"))
    (fact,) = await house.facts()
    assert isinstance(fact.message, ActionRefused)
    assert (answer.code, answer.message) == ("resource.unknown", fact.message.message)
    assert answer.sequence == fact.sequence


async def test_an_action_that_changes_nothing_has_an_outcome_as_well(house: House):
    add = house.adding("Tower 1")
    async with house.running():
        await house.ask(add)
        answer = await house.ask(RenameDevice(device_id=add.device_id, title="Tower 1"))
    last = (await house.facts())[-1]
    assert isinstance(last.message, ActionChangedNothing)
    assert (answer.code, answer.sequence) == ("", last.sequence)


async def test_a_redelivered_action_only_answers_again(house: House):
    heard: list[bytes] = []

    async def hear(_subject: str, data: bytes) -> None:
        heard.append(data)

    async def many() -> bool:
        return len(heard) >= 4

    await (await house.bus("gateway")).listen("_INBOX_gateway.all", hear)
    add = house.adding()
    async with house.running(wrapper=lambda bus: LosesAcknowledgements(bus, 3)):
        await house.send(add, headers={ANSWER_TO: "_INBOX_gateway.all"})
        await eventually(many)
    assert len(set(heard)) == 1
    assert Counter(fact.message.name for fact in await house.facts("devices")) == {
        "devices.added": 1,
        "devices.login_asked": 1,
    }


async def test_a_redelivered_refusal_stays_a_refusal_though_the_state_has_changed(house: House):
    add = house.adding()
    rename = RenameDevice(device_id=add.device_id, title="Tower 2")
    heard: list[bytes] = []

    async def hear(_subject: str, data: bytes) -> None:
        heard.append(data)

    async def many() -> bool:
        return len(heard) >= 4

    await (await house.bus("gateway")).listen("_INBOX_gateway.all", hear)
    async with house.running(wrapper=lambda bus: LosesAcknowledgements(bus, 3)):
        await house.send(rename, headers={ANSWER_TO: "_INBOX_gateway.all"})
        assert (await house.ask(add)).code == ""
        await eventually(many)
    assert len(set(heard)) == 1
    assert b"resource.unknown" in heard[0]
    assert not any(isinstance(event, DeviceRenamed) for event in await house.events("devices"))


async def test_an_answer_goes_to_the_gateway_and_nowhere_else(house: House):
    """A stolen gateway must not have us write facts for it with our own rights."""
    add = house.adding()
    forged = build(house.tenant_id, Kind.FACT, "devices.retired", add.device_id)
    async with house.running():
        _action_id, _never = await house.send(add, headers={ANSWER_TO: forged})
        await house.ask(house.adding("Tower 2", "10.0.0.2"))
    operator = await house.bus("operator")
    assert await operator.last("LEDGER", forged) is None


async def test_an_older_sight_of_the_entity_is_refused(house: House):
    add = house.adding()
    async with house.running():
        seen = (await house.ask(add)).sequence
        one = await house.ask(RenameDevice(device_id=add.device_id, title="A"), {"tod-expected-sequence": str(seen)})
        other = await house.ask(RenameDevice(device_id=add.device_id, title="B"), {"tod-expected-sequence": str(seen)})
        odd = await house.ask(RenameDevice(device_id=add.device_id, title="C"), {"tod-expected-sequence": "x"})
    assert (one.code, other.code, odd.code) == ("", "state.stale", "request.invalid")


async def test_poison_is_parked_and_what_is_behind_it_goes_on(house: House):
    async with house.running():
        _id, poisoned = await house.send(house.adding(), headers={"ce-type": "tod.devices.add.v99"})
        _id, garbled = await house.send(house.adding(), headers={"ce-type": "tod.tenants.create.v1"})
        assert (await house.ask(house.adding("Tower 2", "10.0.0.2"))).code == ""
        assert {(await poisoned).code, (await garbled).code} == {"contract.broken"}
    operator = await house.bus("operator")
    parked = await operator.history("PARKED", f"tod.{house.tenant_id}.parked.>")
    assert len(parked) == 2
    assert {delivery.headers["tod-parked-by"] for delivery in parked} == {"actions"}
    assert all(delivery.headers["tod-error"] for delivery in parked)


@pytest.mark.parametrize("copies", [1, 3])
async def test_fifty_commands_on_one_entity_at_once_are_all_decided_one_after_the_other(house: House, copies: int):
    add = house.adding("Tower 0")
    async with house.running(copies=copies):
        await house.ask(add)
        renames = [RenameDevice(device_id=add.device_id, title=f"Tower {number}") for number in range(1, 51)]
        answers = await asyncio.gather(*(house.ask(rename) for rename in renames))
    decided = [answer for answer in answers if not answer.code]
    assert {answer.code for answer in answers} <= {"", "state.stale"}
    assert len(decided) == 50 or copies > 1
    title = "Tower 0"
    renamed = [event for event in await house.events("devices") if isinstance(event, DeviceRenamed)]
    for event in renamed:
        assert event.previous_title == title
        title = event.title
    assert len(renamed) == len(decided)


@pytest.mark.parametrize("copies", [1, 3])
async def test_of_many_who_want_one_name_at_once_one_gets_it(house: House, copies: int):
    async with house.running(copies=copies):
        answers = await asyncio.gather(
            *(house.ask(house.adding("The one", f"10.0.1.{number}")) for number in range(1, 31))
        )
    assert Counter(answer.code for answer in answers) == {"": 1, "resource.taken": 29}
    assert all("The one" in answer.message for answer in answers if answer.code)
    assert Counter(event.name for event in await house.events("devices", "claims")) == {
        "devices.added": 1,
        "devices.login_asked": 1,
        "claims.taken": 2,
    }


async def test_a_name_that_was_given_up_can_be_taken_again(house: House):
    first, second, third = (house.adding("Tower 1", f"10.0.0.{number}") for number in (1, 2, 1))
    async with house.running():
        assert (await house.ask(first)).code == ""
        assert (await house.ask(second)).code == "resource.taken"
        assert (await house.ask(RenameDevice(device_id=first.device_id, title="Tower 9"))).code == ""
        assert (await house.ask(second)).code == ""
        assert (await house.ask(third)).code == "resource.taken"
        assert (await house.ask(RetireDevice(device_id=second.device_id))).code == ""
        assert (await house.ask(third)).code == "resource.taken"
        assert (await house.ask(MoveDevice(device_id=first.device_id, host="10.0.0.9"))).code == ""
        assert (await house.ask(third)).code == ""
    assert sum(isinstance(event, DeviceAdded) for event in await house.events("devices")) == 3


async def test_what_another_copy_wrote_is_not_refused_from_memory(house: House):
    add = house.adding()
    async with house.running():
        assert (await house.ask(RenameDevice(device_id=add.device_id, title="X"))).code == "resource.unknown"
        async with house.running():
            await asyncio.gather(*(house.ask(house.adding(f"T {n}", f"10.1.0.{n}")) for n in range(20)), house.ask(add))
        assert (await house.ask(RenameDevice(device_id=add.device_id, title="X"))).code == ""


async def test_a_stopped_process_finishes_what_it_began(house: House):
    adds: list[AddDevice] = [house.adding(f"Tower {number}", f"10.2.0.{number}") for number in range(60)]
    async with house.running():
        answers = [(await house.send(add))[1] for add in adds]
        await answers[0]
    facts = Counter(fact.envelope.causation for fact in await house.facts())
    answered = [answer.result() for answer in answers if answer.done()]
    assert len(answered) <= len(facts)
    assert set(facts.values()) == {4}
