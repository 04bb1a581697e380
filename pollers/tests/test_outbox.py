"""Gathering what is published, over a bus that does as it is told."""

import asyncio

import pytest

from contracts.language.delivery import Appended, Outgoing
from contracts.language.errors import ContractBroken, Unavailable
from pollers.engine.outbox import GATHER_MAX, Outbox


class Bus:
    """Takes batches, and refuses those it is told to."""

    def __init__(self):
        self.batches = []
        self.is_away = False

    async def publish_many(self, messages):
        self.batches.append([message.subject for message in messages])
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable("no bus")
        if any(message.subject == "poison" for message in messages):
            raise ContractBroken("too big")
        return [Appended(1) for _ in messages]


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def outbox(bus):
    return Outbox(bus)


def message(subject):
    return Outgoing(subject, {}, b"")


async def outcomes(outbox, *parcels):
    gathered = [outbox.publish([message(subject) for subject in parcel]) for parcel in parcels]
    return await asyncio.gather(*gathered, return_exceptions=True)


async def test_what_comes_together_leaves_together_and_everybody_hears(outbox, bus):
    assert await outcomes(outbox, ["a"], ["b", "c"], ["d"]) == [None, None, None]
    assert bus.batches == [["a", "b", "c", "d"]]


async def test_a_crowd_does_not_wait_for_the_moment_to_end(outbox, bus):
    await outcomes(outbox, *([str(number)] for number in range(GATHER_MAX + 1)))
    assert [len(batch) for batch in bus.batches] == [GATHER_MAX, 1]


async def test_a_bus_that_is_away_is_told_to_everybody_in_the_batch(outbox, bus):
    bus.is_away = True
    assert all(isinstance(one, Unavailable) for one in await outcomes(outbox, ["a"], ["b"]))
    bus.is_away = False
    assert await outcomes(outbox, ["a"]) == [None]


async def test_one_message_that_is_refused_takes_no_other_with_it(outbox, bus):
    first, second, third = await outcomes(outbox, ["a"], ["poison"], ["c"])
    assert (first, third) == (None, None)
    assert isinstance(second, ContractBroken)


async def test_one_task_that_gives_up_does_not_disturb_the_others(outbox):
    leaving = asyncio.create_task(outbox.publish([message("a")]))
    staying = asyncio.create_task(outbox.publish([message("b")]))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert leaving.cancelled() or leaving.cancelling()
