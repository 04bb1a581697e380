"""Leases on a real Valkey."""

from uuid import uuid4

import pytest

from pollers.engine import lease
from pollers.engine.lease import BATCH_MAX, Leases
from pollers.engine.territory import Territory, owner_of


@pytest.fixture
def process(cache):
    return lambda name: Leases(cache, name)


@pytest.fixture
async def devices():
    return [uuid4() for _ in range(10)]


async def forget(cache):
    await cache.evaluate("return redis.call('FLUSHDB')", (), ())


async def kill(cache, name):
    """What happens when the beats of a process stay away for too long."""
    await cache.evaluate("return redis.call('ZADD', KEYS[1], 1, ARGV[1])", (lease.POLLERS,), (name,))


async def test_a_device_has_one_holder(process, devices):
    one, two = process("one"), process("two")
    await one.beat()
    await two.beat()
    assert set(await one.take(devices)) == set(devices)
    assert await two.take(devices) == {}


async def test_taking_again_keeps_the_epoch(process, devices):
    one = process("one")
    await one.beat()
    assert await one.take(devices) == await one.take(devices)


async def test_a_beat_names_the_living_and_says_whether_the_leases_stand(process):
    one, two = process("one"), process("two")
    assert not (await one.beat()).is_standing
    await two.beat()
    beat = await one.beat()
    assert (beat.is_standing, set(beat.alive)) == (True, {"one", "two"})


async def test_the_devices_of_a_dead_process_are_taken_over_under_higher_epochs(process, cache, devices):
    one, two = process("one"), process("two")
    await one.beat()
    before = await one.take(devices)
    await kill(cache, "one")
    await two.beat()
    after = await two.take(devices)
    assert all(after[device] > before[device] for device in devices)


async def test_a_process_that_slept_too_long_learns_that_its_leases_are_gone(process, cache, devices):
    one, two = process("one"), process("two")
    await one.beat()
    await one.take(devices)
    await kill(cache, "one")
    await two.beat()
    await two.take(devices[:5])
    assert not (await one.beat()).is_standing
    assert set(await one.take(devices)) == set(devices[5:])


async def test_a_cache_that_forgot_everything_still_gives_higher_epochs(process, cache, devices):
    one = process("one")
    await one.beat()
    before = await one.take(devices)
    for device in devices:  # as after a long time
        await cache.evaluate(
            "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])",
            (lease.LEASES,),
            (str(device), f"{before[device] - 100} one"),
        )
    early = await one.take(devices)
    await forget(cache)
    assert not (await one.beat()).is_standing
    after = await one.take(devices)
    assert all(after[device] > early[device] for device in devices)


async def test_a_lease_that_is_given_back_comes_back_under_a_higher_epoch(process, devices):
    one, two = process("one"), process("two")
    await one.beat()
    await two.beat()
    before = await one.take(devices)
    await one.release(devices)
    after = await two.take(devices)
    assert all(after[device] > before[device] for device in devices)


async def test_nobody_gives_back_what_is_not_theirs(process, devices):
    one, two = process("one"), process("two")
    await one.beat()
    await two.beat()
    await one.take(devices)
    await two.release(devices)
    assert await two.take(devices) == {}


async def test_more_devices_than_one_batch_are_taken_in_several(process):
    many = [uuid4() for _ in range(2 * BATCH_MAX + 1)]
    one = process("one")
    await one.beat()
    assert len(await one.take(many)) == len(many)


async def test_processes_share_the_fleet_without_a_word_and_without_overlap(process, devices):
    territories = [Territory(process(name)) for name in ("one", "two", "three")]
    many = [uuid4() for _ in range(300)]
    for _ in range(3):
        for territory in territories:
            await territory.settle(many, len(many))
    shares = [set(territory.held) for territory in territories]
    assert set.union(*shares) == set(many)
    assert sum(map(len, shares)) == len(many)
    assert min(map(len, shares)) > 50


async def test_a_process_that_comes_moves_only_its_own_share(process):
    one, two = Territory(process("one")), Territory(process("two"))
    many = [uuid4() for _ in range(200)]
    await one.settle(many, len(many))
    before = dict(one.held)
    await two.settle(many, len(many))
    won, lost = await one.settle(many, len(many))
    assert won == []
    assert lost
    assert all(one.held[device] == before[device] for device in one.held)


async def test_a_process_that_leaves_is_replaced_at_once(process):
    one, two = Territory(process("one")), Territory(process("two"))
    many = [uuid4() for _ in range(50)]
    for territory in (one, two, one, two):
        await territory.settle(many, len(many))
    await one.leave()
    won, _ = await two.settle(many, len(many))
    assert set(two.held) == set(many)
    assert won


async def test_a_retired_device_leaves_nothing_behind(process, cache, devices):
    territory = Territory(process("one"))
    await territory.settle(devices, len(devices))
    _, lost = await territory.settle(devices[1:], len(devices[1:]))
    assert lost == devices[:1]
    left = await cache.evaluate("return redis.call('HEXISTS', KEYS[1], ARGV[1])", (lease.LEASES,), (str(devices[0]),))
    assert left == 0


async def test_after_the_cache_forgot_every_device_is_lost_and_won_under_a_new_epoch(process, cache, devices):
    territory = Territory(process("one"))
    await territory.settle(devices, len(devices))
    before = dict(territory.held)
    territory.held = {device: epoch - 100 for device, epoch in before.items()}  # taken long ago
    await forget(cache)
    won, lost = await territory.settle(devices, len(devices))
    assert set(won) == set(lost) == set(devices)


def test_a_device_goes_to_one_of_the_living_and_only_moves_when_that_one_dies():
    names = ["one", "two", "three"]
    for device in (uuid4() for _ in range(100)):
        owner = owner_of(device, names)
        others = [name for name in names if name != owner]
        assert owner in names
        assert owner_of(device, [owner, others[0]]) == owner
        assert owner_of(device, others) in others
