"""Outages follow each other without overlap, and only the last may be open."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from contracts.reachability import CameOnline, WentOffline
from ops.testing.telling import NOON, ROUTER
from projections.reachability import Outage, Reachability, came_online, went_offline


def went_away(before, since):
    fact = WentOffline(device_id=ROUTER, since=since, code="device.timeout", message="")
    return went_offline(before, SimpleNamespace(message=fact))


def came_back(before, since):
    return came_online(before, SimpleNamespace(message=CameOnline(device_id=ROUTER, since=since)))


def run(verdicts):
    state, outages = None, {}
    for minute, is_online in enumerate(verdicts):
        since = NOON + timedelta(minutes=minute)
        for row in came_back(state, since) if is_online else went_away(state, since):
            if isinstance(row, Outage):
                outages[row.began_at] = row
            else:
                state = row
    return state, [outages[began_at] for began_at in sorted(outages)]


@given(st.lists(st.booleans(), max_size=30))
def test_outages_are_the_stretches_without_an_answer(verdicts):
    state, outages = run(verdicts)
    stretches = sum(not now and (not place or verdicts[place - 1]) for place, now in enumerate(verdicts))
    assert len(outages) == stretches
    assert all(outage.ended_at is not None for outage in outages[:-1])
    assert all(one.ended_at <= two.began_at for one, two in pairwise(outages))
    if verdicts:
        assert isinstance(state, Reachability)
        assert state.is_online == verdicts[-1]
        assert not outages or (outages[-1].ended_at is None) == (not verdicts[-1])


def test_an_end_before_the_begin_is_no_negative_length():
    [state, outage] = went_away(None, NOON)
    [_, ended] = came_back(state, NOON - timedelta(seconds=5))
    assert (outage.ended_at, ended.duration_seconds) == (None, 0)
