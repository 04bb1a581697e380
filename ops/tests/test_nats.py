"""The bus against the real nats-server: what was confirmed is stored once, and what was refused never arrives."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

import ops.connections.nats
from contracts.language.delivery import Expectation, Outgoing
from contracts.language.errors import ContractBroken, StaleState, Unavailable
from migrations.grants import inbox
from ops.connections.nats import HISTORY_BATCH, IN_FLIGHT_MAX, NatsBus, connect
from ops.embedded.ports import LOOPBACK
from ops.embedded.servers import Servers
from ops.testing.plugin import BusAccount, ConnectBus

TENANT = uuid4()
LEDGER = "LEDGER"
WAIT_SECONDS_MAX = 15.0


@pytest.fixture
async def bus(connect_bus: ConnectBus) -> NatsBus:
    return await connect_bus("commands")


def about(entity: UUID) -> str:
    return f"tod.{TENANT}.fact.things.{entity}.>"


def fact(entity: UUID, what: str = "said", data: bytes = b"") -> Outgoing:
    return Outgoing(f"tod.{TENANT}.fact.things.{entity}.{what}", {"Nats-Msg-Id": str(uuid4())}, data)


def numbered(entity: UUID, count: int) -> list[Outgoing]:
    return [fact(entity, data=b"%d" % number) for number in range(count)]


async def told(bus: NatsBus, entity: UUID) -> list[bytes]:
    return [delivery.data for delivery in await bus.history(LEDGER, about(entity))]


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not await is_so():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def test_what_is_confirmed_can_be_read_back_as_it_was_said(bus: NatsBus):
    message = fact(uuid4(), data="Grüße".encode())
    stored = await bus.publish(message)
    found = await bus.last(LEDGER, message.subject)
    assert found is not None
    assert (found.sequence, found.subject, found.data) == (stored.sequence, message.subject, message.data)
    assert found.headers["Nats-Msg-Id"] == message.headers["Nats-Msg-Id"]
    assert abs(found.stored_at - datetime.now(UTC)) < timedelta(seconds=10)


async def test_asking_again_with_the_same_id_is_the_same_message(bus: NatsBus):
    message = fact(uuid4())
    first, second = await bus.publish(message), await bus.publish(message)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.sequence == second.sequence == await bus.head(LEDGER)


async def test_many_messages_keep_their_order_over_several_windows(bus: NatsBus):
    entity, count = uuid4(), 2 * IN_FLIGHT_MAX + 1
    confirmed = await bus.publish_many(numbered(entity, count))
    assert [each.sequence for each in confirmed] == list(range(1, count + 1))
    assert await told(bus, entity) == [b"%d" % number for number in range(count)]
    assert await bus.publish_many([]) == []


async def test_one_refused_among_many_is_said_and_the_others_are_stored(bus: NatsBus):
    entity = uuid4()
    messages = numbered(entity, 5)
    messages[2].headers["Nats-Expected-Last-Sequence"] = "4711"
    with pytest.raises(StaleState):
        await bus.publish_many(messages)
    assert sorted(await told(bus, entity)) == [b"0", b"1", b"3", b"4"]


async def test_what_no_stream_takes_is_not_taken_for_stored(bus: NatsBus):
    with pytest.raises(Unavailable, match="No stream takes"):
        await bus.publish(Outgoing(f"{inbox('gateway')}.nobody", {}, b""))


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 64 * 1024 * 1024])
async def test_a_message_that_is_too_large_is_our_mistake_and_not_the_servers(bus: NatsBus, size: int):
    with pytest.raises(ContractBroken):
        await bus.publish(fact(uuid4(), data=bytes(size)))
    assert await bus.head(LEDGER) == 0
    assert bus.is_connected


async def test_a_history_longer_than_one_direct_read_is_whole_and_without_the_others(bus: NatsBus):
    entity, other, count = uuid4(), uuid4(), 2 * HISTORY_BATCH + 3
    both = [message for pair in zip(numbered(entity, count), numbered(other, count), strict=True) for message in pair]
    await bus.publish_many(both)
    history = await bus.history(LEDGER, about(entity))
    assert [delivery.data for delivery in history] == [b"%d" % number for number in range(count)]
    newer = await bus.history(LEDGER, about(entity), after=history[HISTORY_BATCH].sequence)
    assert [each.sequence for each in newer] == [each.sequence for each in history[HISTORY_BATCH + 1 :]]
    assert await bus.history(LEDGER, about(entity), after=history[-1].sequence) == []


async def test_an_exactly_full_direct_read_is_not_asked_for_more_than_there_is(bus: NatsBus):
    entity = uuid4()
    await bus.publish_many(numbered(entity, HISTORY_BATCH))
    assert len(await bus.history(LEDGER, about(entity))) == HISTORY_BATCH


async def test_of_an_empty_stream_there_is_no_history_no_last_and_no_head(bus: NatsBus):
    assert await bus.history(LEDGER, about(uuid4())) == []
    assert await bus.last(LEDGER, about(uuid4())) is None
    assert await bus.head(LEDGER) == 0


async def test_the_latest_of_too_many_subjects_are_refused_rather_than_cut(bus: NatsBus):
    entity = uuid4()
    await bus.publish_many([fact(entity, f"said_{number}") for number in range(HISTORY_BATCH + 1)])
    with pytest.raises(ContractBroken, match=str(HISTORY_BATCH)):
        await bus.latest(LEDGER, about(entity))


async def test_a_batch_with_one_lost_expectation_stores_nothing(bus: NatsBus):
    entity, claim = uuid4(), uuid4()
    taken = await bus.publish(fact(claim, "claimed"))
    for last in (0, taken.sequence + 1):
        with pytest.raises(StaleState):
            await bus.append(
                [fact(entity), fact(claim, "claimed")], [Expectation(about(entity), 0), Expectation(about(claim), last)]
            )
    assert await told(bus, entity) == []
    assert await bus.head(LEDGER) == taken.sequence


async def test_of_two_writers_on_one_entity_exactly_one_wins_each_round(connect_bus: ConnectBus):
    entity, last = uuid4(), 0
    writers = [await connect_bus("commands") for _ in range(2)]
    for round_number in range(20):
        results = await asyncio.gather(
            *(
                writer.append(
                    [fact(entity, data=b"%d %d" % (round_number, place)), *[fact(entity, "also")] * place],
                    [Expectation(about(entity), last)],
                )
                for place, writer in enumerate(writers)
            ),
            return_exceptions=True,
        )
        (winner,) = (result for result in results if not isinstance(result, BaseException))
        assert isinstance(next(result for result in results if result is not winner), StaleState)
        assert winner.sequence > last
        last = winner.sequence
    rounds = [data for data in await told(writers[0], entity) if data]
    assert [int(data.split()[0]) for data in rounds] == list(range(20))


async def test_what_nobody_stores_is_heard_until_one_stops_listening(connect_bus: ConnectBus):
    speaker, listener = await connect_bus("projections"), await connect_bus("gateway")
    heard: list[bytes] = []
    heard_longer: list[bytes] = []

    async def hear(_subject: str, data: bytes) -> None:
        heard.append(data)

    async def hear_longer(_subject: str, data: bytes) -> None:
        heard_longer.append(data)

    async def speak(data: bytes) -> bool:
        await speaker.notify(f"tod.{TENANT}.live.devices", data)
        return data in heard_longer

    stop = await listener.listen(f"tod.{TENANT}.live.>", hear)
    await listener.listen("tod.*.live.devices", hear_longer)
    await eventually(partial(speak, b"new"))
    await stop()
    await eventually(partial(speak, b"newest"))
    assert b"new" in heard
    assert set(heard) == {b"new"}


async def test_closing_is_clean_even_twice_and_says_so_afterwards(connect_bus: ConnectBus):
    bus = await connect_bus("commands")
    await bus.publish(fact(uuid4()))
    await bus.close()
    await bus.close()
    assert not bus.is_connected
    with pytest.raises(Unavailable):
        await bus.publish(fact(uuid4()))
    with pytest.raises(Unavailable):
        await bus.round_trip_ms()


async def test_a_server_that_is_not_there_is_said_in_time(bus_account: BusAccount, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ops.connections.nats, "CONNECT_SECONDS_MAX", 0.5)
    seed = bus_account.seeds["commands"].read_text()
    with pytest.raises(Unavailable, match="as commands"):
        await connect(f"nats://{LOOPBACK}:1", user="commands", seed=seed, inbox=inbox("commands"))


async def test_a_key_that_the_server_does_not_know_is_said_in_time(
    bus_account: BusAccount, lone_nats: Servers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ops.connections.nats, "CONNECT_SECONDS_MAX", 1.0)
    seed = bus_account.seeds["commands"].read_text()
    with pytest.raises(Unavailable, match="as commands"):
        await connect(lone_nats.site.nats_url, user="commands", seed=seed, inbox=inbox("commands"))


async def outcomes(asked: Sequence[Awaitable[object]]) -> set[type]:
    return {type(outcome) for outcome in await asyncio.gather(*asked, return_exceptions=True)}


async def test_nothing_that_was_refused_while_the_server_was_away_arrives_later(
    lone_nats: Servers, connect_lone: ConnectBus, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ops.connections.nats, "CONFIRM_SECONDS_MAX", 1.0)
    bus, entity = await connect_lone("commands"), uuid4()
    before = await bus.publish(fact(entity, data=b"before"))

    lone_nats.children["nats"].kill()
    in_the_gap = [bus.publish(each) for each in numbered(entity, 50)]
    assert await outcomes([*in_the_gap, bus.append(numbered(entity, 3), [])]) == {Unavailable}
    begun = time.monotonic()
    away = [bus.publish_many(numbered(entity, 3)), bus.append(numbered(entity, 2), []), bus.round_trip_ms()]
    assert await outcomes([*away, bus.history(LEDGER, about(entity)), bus.head(LEDGER)]) == {Unavailable}
    assert time.monotonic() - begun < 0.5, "a server known to be away costs no time"

    lone_nats.restart("nats")

    async def is_back() -> bool:
        return bus.is_connected

    await eventually(is_back)
    await bus.round_trip_ms()
    assert await told(bus, entity) == [b"before"]
    assert (await bus.publish(fact(entity))).sequence == before.sequence + 1


async def test_a_publish_repeated_until_it_is_confirmed_is_stored_once(lone_nats: Servers, connect_lone: ConnectBus):
    bus, entity = await connect_lone("commands"), uuid4()
    messages = numbered(entity, 200)

    async def insist(message: Outgoing) -> None:
        while True:
            try:
                await bus.publish(message)
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return

    writing = asyncio.gather(*(insist(message) for message in messages))
    await eventually(partial(has_stored, bus))
    lone_nats.children["nats"].kill()
    lone_nats.restart("nats")
    await writing
    assert sorted(await told(bus, entity), key=int) == [message.data for message in messages]


async def has_stored(bus: NatsBus) -> bool:
    return await bus.head(LEDGER) > 0
