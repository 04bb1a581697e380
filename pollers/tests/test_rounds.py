"""Who is due, over simulated hours; time is a number here."""

from collections import Counter
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pollers.engine.rounds import EARLY, JITTER, STARTS_PER_SECOND_MAX, Rounds, phase_of

NAMESPACE = UUID(int=1)
INTERVAL = 60.0


def device(number):
    return uuid5(NAMESPACE, str(number))


def running(count, *, at=0.0):
    rounds = Rounds(INTERVAL)
    for number in range(count):
        rounds.add(device(number), at)
    return rounds


def looks(rounds, *, begin, end, step=0.5, room=10_000):
    """Every look between two times, when each takes no time at all."""
    found = []
    now = begin
    while now < end:
        for device_id in rounds.due(now, room):
            found.append((now, device_id))
            rounds.done(device_id, now)
        now += step
    return found


def test_every_device_is_looked_at_once_an_interval():
    rounds = running(50)
    begin = 600.0
    looks(rounds, begin=0.0, end=begin)
    counts = Counter(device_id for _, device_id in looks(rounds, begin=begin, end=begin + 20 * INTERVAL))
    assert set(counts) == {device(number) for number in range(50)}
    assert all(19 <= count <= 21 for count in counts.values())


def test_a_fleet_is_a_stream_of_looks_and_not_a_wave():
    rounds = running(6000)
    looks(rounds, begin=0.0, end=2 * INTERVAL)
    per_second = Counter(int(at) for at, _ in looks(rounds, begin=2 * INTERVAL, end=3 * INTERVAL))
    assert max(per_second.values()) < 2 * 6000 / INTERVAL


def test_a_large_fleet_is_taken_up_no_faster_than_handshakes_can_be_made():
    rounds = running(5000)
    first = looks(rounds, begin=0.0, end=1.0, step=0.1)
    assert len(first) <= STARTS_PER_SECOND_MAX + 5000 / INTERVAL * 1.5


def test_a_small_fleet_is_up_at_once():
    assert len(looks(running(25), begin=0.0, end=0.5, step=0.1)) == 25


def test_nobody_catches_up_after_a_standstill():
    rounds = running(600)
    looks(rounds, begin=0.0, end=300.0)
    after = looks(rounds, begin=4000.0, end=4000.0 + INTERVAL * 2)
    assert max(Counter(device_id for _, device_id in after).values()) <= 3


@given(st.uuids(), st.floats(0, 1e9))
def test_the_next_slot_is_at_most_an_interval_and_its_jitter_away(device_id, now):
    at = Rounds(INTERVAL).slot_after(device_id, now)
    assert now - INTERVAL * 1e-6 <= at <= now + INTERVAL * (1 + JITTER)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 200)), max_size=40))
def test_no_device_is_looked_at_twice_within_half_an_interval(steps):
    rounds = running(6)
    last: dict[UUID, float] = {}
    now = 0.0
    for _, wait in steps:
        now += wait
        for device_id in rounds.due(now, 10):
            assert now - last.get(device_id, -INTERVAL) >= EARLY * INTERVAL
            last[device_id] = now
            rounds.done(device_id, now)


def test_a_device_in_flight_is_not_due_again():
    rounds = running(1)
    assert rounds.due(1000.0, 10) == [device(0)]
    assert rounds.due(9000.0, 10) == []
    rounds.done(device(0), 9000.0)
    assert rounds.due(9000.0 + 2 * INTERVAL, 10) == [device(0)]


def test_room_bounds_what_is_started_and_the_longest_waiting_go_first():
    rounds = running(100)
    first = rounds.due(1000.0, 30)
    assert len(first) == 30
    assert not set(first) & set(rounds.due(1000.0, 100))


def test_a_removed_device_is_never_due_again_not_even_when_its_look_ends_later():
    rounds = running(2)
    taken = rounds.due(1000.0, 1)[0]
    rounds.remove(taken)
    rounds.done(taken, 1001.0)
    assert taken not in {device_id for _, device_id in looks(rounds, begin=1001.0, end=2000.0)}
    assert len(rounds) == 1


def test_a_retry_comes_when_it_was_asked_for():
    rounds = running(1)
    (taken,) = rounds.due(1000.0, 1)
    rounds.done(taken, 1000.0, retry_at=1015.0)
    assert rounds.due(1014.9, 1) == []
    assert rounds.due(1015.0, 1) == [taken]


def test_a_device_can_be_hastened_but_not_while_it_is_looked_at():
    rounds = running(1)
    (taken,) = rounds.due(1000.0, 1)
    rounds.hasten(taken, 1000.0)
    assert rounds.due(1000.0, 1) == []
    rounds.done(taken, 1000.0)
    rounds.hasten(taken, 1001.0)
    assert rounds.due(1001.0, 5) == [taken]


def test_two_processes_agree_on_the_slots_of_a_device():
    assert Rounds(INTERVAL).slot_after(device(3), 77.0) == Rounds(INTERVAL).slot_after(device(3), 77.0)


@pytest.mark.parametrize("ids", [[UUID(int=n) for n in range(2000)], [UUID(int=n << 96) for n in range(2000)]])
def test_phases_are_spread_whatever_made_the_ids(ids):
    buckets = Counter(phase_of(device_id) * 10 // (1 << 32) for device_id in ids)
    assert len(buckets) == 10
    assert max(buckets.values()) < 2 * len(ids) / 10


def test_what_is_overdue_is_told_in_seconds():
    rounds = running(1)
    rounds.due(1000.0, 1)
    rounds.done(device(0), 1000.0, retry_at=1010.0)
    assert rounds.overdue(1005.0) == 0.0
    assert rounds.overdue(1012.5) == 2.5


def test_a_crowd_that_is_hastened_does_not_come_at_once():
    rounds = running(5000)
    looks(rounds, begin=0.0, end=2 * INTERVAL)
    now = 2 * INTERVAL
    for number in range(5000):
        rounds.hasten(device(number), now)
    assert len(looks(rounds, begin=now, end=now + 1.0, step=0.1)) <= STARTS_PER_SECOND_MAX * 1.1 + 5
