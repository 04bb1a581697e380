"""Following and taking on a real bus: no hole and no repeat, whatever becomes of the server meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final
from uuid import UUID, uuid4

import pytest

from contracts.language.delivery import Delivery, Outgoing
from contracts.language.errors import ContractBroken, Unavailable
from contracts.language.streams import ACTIONS
from contracts.language.subject import Kind, kind_filter
from migrations.streams import consumer_config
from ops.connections.nats import NatsBus
from ops.embedded.servers import Servers
from ops.testing.plugin import ConnectBus

TENANT: Final = uuid4()
LEDGER: Final = "LEDGER"
FACTS: Final = kind_filter(Kind.FACT)
SECONDS_MAX: Final = 20.0
SEEDS: Final = (1, 2)


@pytest.fixture
async def bus(connect_bus: ConnectBus) -> NatsBus:
    return await connect_bus("commands")


def facts(count: int, *, word: str = "things", first: int = 0) -> list[Outgoing]:
    return [said(Kind.FACT, number, word=word) for number in range(first, first + count)]


def said(kind: Kind, number: int, *, word: str = "things", entity: UUID = TENANT) -> Outgoing:
    subject = f"tod.{TENANT}.{kind}.{word}.{entity}.said"
    return Outgoing(subject, {"Nats-Msg-Id": str(uuid4())}, b"%d" % number)


def numbers(deliveries: Sequence[Delivery]) -> list[int]:
    return [int(delivery.data) for delivery in deliveries]


async def first(batches: AsyncIterator[list[Delivery]], count: int) -> list[Delivery]:
    """The first `count` deliveries, and with them the end of following."""
    found: list[Delivery] = []
    async with asyncio.timeout(SECONDS_MAX), aclosing(batches) as following:  # type: ignore[type-var]
        async for batch in following:
            found += batch
            if len(found) >= count:
                break
    return found


async def test_following_from_the_start_brings_everything_in_order(bus: NatsBus):
    await bus.publish_many(facts(1000))
    found = await first(bus.follow(LEDGER, [FACTS], batch_max=100), 1000)
    assert numbers(found) == list(range(1000))
    assert [delivery.sequence for delivery in found] == list(range(1, 1001))


async def test_no_batch_is_longer_than_asked_for(bus: NatsBus):
    await bus.publish_many(facts(50))
    left = 50
    async with aclosing(bus.follow(LEDGER, [FACTS], batch_max=7)) as following:  # type: ignore[type-var]
        async for batch in following:
            assert 0 < len(batch) <= 7
            left -= len(batch)
            if left == 0:
                break


async def test_following_after_a_sequence_begins_with_the_next(bus: NatsBus):
    await bus.publish_many(facts(10))
    assert numbers(await first(bus.follow(LEDGER, [FACTS], after=7), 3)) == [7, 8, 9]


async def test_what_comes_while_following_comes_too(bus: NatsBus):
    await bus.publish_many(facts(3))
    following = asyncio.create_task(first(bus.follow(LEDGER, [FACTS], after=3), 2))
    await bus.publish_many(facts(2, first=3))
    assert numbers(await following) == [3, 4]


async def test_several_filters_are_followed_as_one_and_the_rest_stays_away(bus: NatsBus):
    words = ["things", "devices", "tenants"]
    await bus.publish_many([said(Kind.FACT, number, word=words[number % 3]) for number in range(30)])
    filters = [kind_filter(Kind.FACT, "things"), kind_filter(Kind.FACT, "tenants")]
    found = await first(bus.follow(LEDGER, filters), 20)
    assert numbers(found) == [number for number in range(30) if number % 3 != 1]


async def test_of_an_empty_stream_the_end_is_reached_at_once(bus: NatsBus):
    async with asyncio.timeout(SECONDS_MAX), aclosing(bus.follow(LEDGER, [FACTS], idle=True)) as following:  # type: ignore[type-var]
        assert await anext(following) == []


async def test_an_empty_batch_says_each_time_that_the_end_is_reached(bus: NatsBus):
    async with asyncio.timeout(SECONDS_MAX), aclosing(bus.follow(LEDGER, [FACTS], idle=True)) as following:  # type: ignore[type-var]
        for begin in (0, 3, 6):
            await bus.publish_many(facts(3, first=begin))
            found: list[int] = []
            async for batch in following:  # between two of them the end may be reached as well
                found += numbers(batch)
                if not batch and len(found) == 3:
                    break
            assert found == [begin, begin + 1, begin + 2]


async def test_a_work_queue_cannot_be_followed_and_that_is_said_once(connect_bus: ConnectBus):
    bus = await connect_bus("operator")
    with pytest.raises(ContractBroken, match="JOBS"):
        await first(bus.follow("JOBS", []), 1)


async def test_who_stops_following_leaves_no_consumer_behind(connect_bus: ConnectBus):
    bus, migrations = await connect_bus("commands"), await connect_bus("migrations")
    await bus.publish_many(facts(3))
    await first(bus.follow(LEDGER, [FACTS]), 3)
    await bus.round_trip_ms()
    info = await migrations.api("STREAM.INFO.LEDGER")
    assert info["state"]["consumer_count"] == 2, "only the durable ones"


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_server_that_is_killed_in_the_middle_costs_no_hole_and_no_repeat(
    lone_nats: Servers, connect_lone: ConnectBus, seed: int
):
    chance = random.Random(seed)
    writer, reader = await connect_lone("commands"), await connect_lone("projections")
    count = 300
    following = asyncio.create_task(first(reader.follow(LEDGER, [FACTS], batch_max=chance.randrange(1, 50)), count))

    async def write() -> None:
        for message in facts(count):
            while True:
                try:
                    await writer.publish(message)
                except Unavailable:
                    await asyncio.sleep(0.02)
                else:
                    break

    writing = asyncio.create_task(write())
    await asyncio.sleep(chance.uniform(0.01, 0.15))
    lone_nats.children["nats"].kill()
    await asyncio.sleep(chance.uniform(0, 0.3))
    await asyncio.to_thread(lone_nats.restart, "nats")
    await writing
    found = await following
    assert [delivery.sequence for delivery in found] == list(range(1, count + 1))
    assert numbers(found) == list(range(count))


def actions(count: int) -> list[Outgoing]:
    return [said(Kind.ACTION, number) for number in range(count)]


async def asked(connect_bus: ConnectBus, count: int) -> None:
    await (await connect_bus("gateway")).publish_many(actions(count))


async def test_what_is_settled_is_gone_and_the_durable_goes_on_where_it_was(connect_bus: ConnectBus):
    bus = await connect_bus("commands")
    await asked(connect_bus, 4)
    for delivery in await first(bus.take(LEDGER, ACTIONS.name, batch_max=2), 2):
        await bus.settle(delivery)
    await bus.round_trip_ms()
    await change(connect_bus, ack_wait=0.5)
    rest = await first(bus.take(LEDGER, ACTIONS.name, batch_max=2), 2)
    assert sorted(numbers(rest)) == [2, 3]


async def test_what_is_to_be_tried_later_comes_again_and_says_how_often(connect_bus: ConnectBus):
    bus = await connect_bus("commands")
    await asked(connect_bus, 1)
    loop, began, waits = asyncio.get_running_loop(), 0.0, []
    async with asyncio.timeout(SECONDS_MAX), aclosing(bus.take(LEDGER, ACTIONS.name)) as taking:  # type: ignore[type-var]
        async for (delivery,) in taking:
            waits.append(loop.time() - began)
            assert delivery.attempt == len(waits)
            if delivery.attempt == 3:
                await bus.settle(delivery)
                break
            began = loop.time()
            await bus.settle(delivery, retry_after_seconds=0.3)
    assert min(waits[1:]) >= 0.29


async def change(connect_bus: ConnectBus, *, ack_wait: float) -> None:
    """Have the server wait shorter for a word about what it delivered than a real installation does."""
    config = consumer_config(ACTIONS) | {"ack_wait": int(ack_wait * 1e9)}
    request = {"stream_name": LEDGER, "config": config, "action": "update"}
    answer = await (await connect_bus("migrations")).api(f"CONSUMER.DURABLE.CREATE.{LEDGER}.{ACTIONS.name}", request)
    assert "error" not in answer


async def test_what_a_dead_process_held_comes_to_the_next_one(connect_bus: ConnectBus):
    await change(connect_bus, ack_wait=0.5)
    dying, living = await connect_bus("commands"), await connect_bus("commands")
    await asked(connect_bus, 3)
    held = await first(dying.take(LEDGER, ACTIONS.name), 3)
    await dying.close()
    again = await first(living.take(LEDGER, ACTIONS.name), 3)
    assert sorted(numbers(again)) == sorted(numbers(held)) == [0, 1, 2]
    assert {delivery.attempt for delivery in again} == {2}


async def test_what_is_being_worked_on_is_given_to_nobody_else(connect_bus: ConnectBus):
    await change(connect_bus, ack_wait=2.0)
    bus = await connect_bus("commands")
    await asked(connect_bus, 1)
    taking = bus.take(LEDGER, ACTIONS.name)
    (delivery,) = await anext(taking)
    second = asyncio.ensure_future(anext(taking))
    for _ in range(6):
        await asyncio.sleep(0.4)
        await bus.working(delivery)
    assert not second.done()
    (again,) = await asyncio.wait_for(second, SECONDS_MAX)
    assert again.attempt == 2, "nobody said any more that it is worked on"
    await taking.aclose()  # type: ignore[attr-defined]


async def test_two_takers_share_the_work_without_doing_any_of_it_twice(connect_bus: ConnectBus):
    count, done = 200, []
    takers = [await connect_bus("commands") for _ in range(2)]

    async def work(place: int, taker: NatsBus) -> None:
        async for batch in taker.take(LEDGER, ACTIONS.name, batch_max=4):
            for delivery in batch:
                done.append((int(delivery.data), place))
                await taker.settle(delivery)
            await asyncio.sleep(0)

    working = [asyncio.create_task(work(place, taker)) for place, taker in enumerate(takers)]
    await asked(connect_bus, count)
    async with asyncio.timeout(SECONDS_MAX):
        while len(done) < count:  # noqa: ASYNC110 - the other tasks are what is waited for
            await asyncio.sleep(0.02)
    await takers[0].round_trip_ms()
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    assert sorted(number for number, _ in done) == list(range(count))
    assert {place for _, place in done} == {0, 1}


async def test_takers_go_on_after_a_restart_and_lose_nothing(lone_nats: Servers, connect_lone: ConnectBus):
    await change(connect_lone, ack_wait=1.0)
    count, done = 100, set()
    gateway, taker = await connect_lone("gateway"), await connect_lone("commands")
    await gateway.publish_many(actions(count))

    async def work() -> None:
        async for batch in taker.take(LEDGER, ACTIONS.name, batch_max=5):
            for delivery in batch:
                try:
                    await taker.settle(delivery)
                except Unavailable:
                    continue
                done.add(int(delivery.data))
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    await asyncio.sleep(0.05)
    lone_nats.children["nats"].kill()
    await asyncio.to_thread(lone_nats.restart, "nats")
    async with asyncio.timeout(SECONDS_MAX):
        while len(done) < count:  # noqa: ASYNC110 - the other task is what is waited for
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert done == set(range(count))
