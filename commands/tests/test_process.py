"""Processes, reports and timers on a real bus, up to a process that dies at any call it makes."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from commands.catalog import CATALOG
from commands.devices.device import DEVICE, Device
from commands.devices.login import decide_overdue
from commands.engine.handler import Catalog, Outcomes, Process, Reaction, Schedule, Trigger, Wake, Wishes
from commands.tests.faults import Dies
from commands.tests.house import House, eventually
from contracts.catalog import CODEC
from contracts.devices import (
    DeviceTrusted,
    LoginAsked,
    LoginFailed,
    LoginOverdue,
    LoginProbed,
    LoginProved,
    ProbeLogin,
    RetireDevice,
    TryLogin,
)
from contracts.language.delivery import Bus
from contracts.language.identity import PLATFORM, DeviceId, JobId
from contracts.language.message import Event
from contracts.language.streams import ACTIONS, DEVICE_JOBS, DUE, PROCESSES, REPORTS
from contracts.language.subject import Kind, kind_filter
from contracts.language.transport import Transport
from contracts.reachability import CameOnline, ReachabilitySeen, WentOffline


async def poll(house: House) -> None:
    """A poller that every device lets in."""
    pollers = await house.bus("pollers")
    async for batch in pollers.take(DEVICE_JOBS.stream, DEVICE_JOBS.name):
        for delivery in batch:
            for recorded in CODEC.decode(delivery):
                job = recorded.message
                assert isinstance(job, ProbeLogin)
                report = LoginProbed(
                    job_id=job.job_id, device_id=job.device_id, rung=Transport.TLS_PINNED, fingerprint="a" * 64
                )
                await house.publish(report, user="pollers")
            await pollers.settle(delivery)


async def has(house: House, *kinds: type[Event]) -> bool:
    said = {type(event) for event in await house.events("devices", "reachability")}
    return said.issuperset(kinds)


async def timers(house: House) -> list[str]:
    operator = await house.bus("operator")
    return [delivery.subject for delivery in await operator.history("TIMERS", kind_filter(Kind.TIMER))]


async def test_a_new_device_is_tried_trusted_and_proved(house: House):
    poller = asyncio.create_task(poll(house))
    async with house.running():
        await house.ask(house.adding())
        await eventually(lambda: has(house, LoginProved))

        async def no_timer() -> bool:
            return not await timers(house)

        await eventually(no_timer)
    poller.cancel()
    facts = await house.facts("devices")
    assert [fact.message.name for fact in facts] == [
        "devices.added",
        "devices.login_asked",
        "devices.trusted",
        "devices.login_proved",
    ]
    assert len({fact.envelope.correlation for fact in facts[:2]}) == 1


async def test_a_job_carries_who_asked_and_the_secret_still_sealed(house: House):
    add = house.adding()
    async with house.running():
        action_id, answer = await house.send(add)
        await answer

        async def jobs():
            return await house.recorded("JOBS", kind_filter(Kind.JOB))

        (job,) = await eventually(jobs)
    assert isinstance(job.message, ProbeLogin)
    assert job.message.credential.password == add.password
    assert job.envelope.actor == "operator:test"
    assert job.envelope.correlation == str(action_id)


async def test_reachability_reports_become_facts_when_they_say_something_new(house: House):
    add = house.adding()
    async with house.running():
        await house.ask(add)
        noon = (await house.facts())[0].envelope.occurred_at
        for minutes, is_online in enumerate((True, True, False, False, True)):
            since = noon + timedelta(minutes=minutes)
            await house.publish(
                ReachabilitySeen(device_id=add.device_id, is_online=is_online, since=since), user="pollers"
            )
        await eventually(lambda: has(house, CameOnline, WentOffline))

        async def done() -> bool:
            return len(await house.events("reachability")) >= 3

        await eventually(done)
        await house.publish(ReachabilitySeen(device_id=DeviceId(uuid4()), is_online=True, since=noon), user="pollers")
        await house.ask(RetireDevice(device_id=add.device_id))
    assert [type(event) for event in await house.events("reachability")] == [CameOnline, WentOffline, CameOnline]


def soon(device: Device | None, fact: LoginAsked, trigger: Trigger) -> Wishes:
    overdue = LoginOverdue(job_id=fact.job_id, device_id=fact.device_id)
    return (Wake(overdue, trigger.at + timedelta(seconds=1)),) if device and device.login == fact.job_id else ()


IMPATIENT = Catalog(
    handlers=CATALOG.handlers,
    reactions=(Reaction(message=LoginOverdue, fold=DEVICE, decide=decide_overdue, about="device_id"),),
    processes=(Process(name="login", facts=(LoginAsked,), fold=DEVICE, step=soon),),
)


async def test_a_timer_comes_back_when_it_is_due(house: House):
    async with house.running(IMPATIENT):
        await house.ask(house.adding())
        await eventually(lambda: has(house, LoginFailed))
    asked, failed = (await house.facts("devices"))[1:]
    assert timedelta(seconds=1) <= failed.envelope.occurred_at - asked.envelope.occurred_at < timedelta(seconds=5)


async def test_a_timer_that_came_due_while_nobody_was_there_is_not_lost(house: House):
    async with house.running(IMPATIENT):
        await house.ask(house.adding())

        async def is_set() -> bool:
            return bool(await timers(house))

        await eventually(is_set)

    async def has_fired() -> bool:
        return not await timers(house)

    await eventually(has_fired)
    assert not await has(house, LoginFailed)
    async with house.running(IMPATIENT):
        await eventually(lambda: has(house, LoginFailed))


@pytest.mark.parametrize(("rhythm", "zone"), [("@every 1s", ""), ("* * * * * *", "Europe/Madrid")])
async def test_a_schedule_comes_back_by_itself_and_every_time_counts(house: House, rhythm: str, zone: str):
    device_id, job_id = DeviceId(uuid4()), JobId(uuid4())
    fired: list[str] = []

    def note(_state: Any, _timer: LoginOverdue, trigger: Trigger) -> Outcomes:
        fired.append(trigger.id)
        assert trigger.tenant_id == PLATFORM
        return ()

    catalog = Catalog(
        reactions=(Reaction(message=LoginOverdue, fold=DEVICE, decide=note, about="device_id"),),
        schedules=(Schedule(timer=LoginOverdue(job_id=job_id, device_id=device_id), rhythm=rhythm, zone=zone),),
    )

    async def twice() -> bool:
        return len(set(fired)) >= 2

    async with house.running(catalog), house.running(catalog):
        await eventually(twice)
        assert len(await timers(house)) == 1


async def be_impatient(house: House) -> None:
    """Deliver again what a dead process had taken after a fraction of a second, instead of half a minute."""
    migrations = await house.bus("migrations")
    for spec in (ACTIONS, PROCESSES, REPORTS, DUE):
        found = await migrations.api(f"CONSUMER.INFO.{spec.stream}.{spec.name}")
        config = {**found["config"], "ack_wait": 250_000_000}
        request = {"stream_name": spec.stream, "config": config, "action": "update"}
        answer = await migrations.api(f"CONSUMER.DURABLE.CREATE.{spec.stream}.{spec.name}", request)
        assert "error" not in answer


@pytest.mark.parametrize("is_late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 16))
async def test_a_process_that_dies_at_any_call_is_continued_to_the_same_end(house: House, at: int, is_late: bool):  # noqa: FBT001
    await be_impatient(house)
    poller = asyncio.create_task(poll(house))
    dying: list[Dies] = []

    def wrapper(bus: Bus) -> Bus:
        dying.append(Dies(bus, at, is_late=is_late))
        return dying[0]

    add = house.adding()
    first = await house.worker(wrapper=wrapper)
    await house.send(add)

    async def is_dead_or_done() -> bool:
        return dying[0].is_dead or await has(house, LoginProved)

    await eventually(is_dead_or_done)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with house.running():
        await eventually(lambda: has(house, LoginProved))
        assert (await house.ask(TryLogin(device_id=add.device_id))).code == ""

        async def both() -> bool:
            events = await house.events("devices")
            return sum(isinstance(event, LoginProved) for event in events) == 2

        await eventually(both)
    poller.cancel()
    told = Counter(event.name for event in await house.events("devices", "claims", "audit"))
    assert told == {
        "devices.added": 1,
        "devices.login_asked": 2,
        "devices.trusted": 1,
        "devices.login_proved": 2,
        "claims.taken": 2,
    }
    trusted = [event for event in await house.events("devices") if isinstance(event, DeviceTrusted)]
    assert trusted == [DeviceTrusted(device_id=add.device_id, fingerprint="a" * 64)]
