"""Counters to rates: right where they can be known, and nothing where they cannot."""

from datetime import timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from contracts.interfaces import InterfacesCounted
from ops.testing.telling import NOON, ROUTER
from projections.interfaces import SILENCE_SECONDS_MAX, Counters, TrafficSample, counted

counters = st.integers(min_value=0, max_value=2**63 - 1)
names = st.lists(st.sampled_from(["ether1", "ether2", "bridge", "wlan1", "vlan7"]), unique=True, max_size=5)


def look(seen, at):
    named, rx, tx = seen
    nought = tuple(0 for _ in named)
    message = InterfacesCounted(
        names=tuple(named),
        is_running=tuple(True for _ in named),
        rx_bytes=tuple(rx),
        tx_bytes=tuple(tx),
        rx_packets=nought,
        tx_packets=nought,
        rx_drops=nought,
        tx_drops=nought,
        rx_errors=nought,
        tx_errors=nought,
        link_downs=nought,
    )
    return SimpleNamespace(message=message, entity_id=ROUTER, occurred_at=at)


@st.composite
def looks(draw):
    named = draw(names)
    values = st.lists(counters, min_size=len(named), max_size=len(named))
    return named, draw(values), draw(values)


@given(first=looks(), second=looks(), seconds=st.floats(min_value=0.001, max_value=SILENCE_SECONDS_MAX))
def test_a_rate_is_never_negative_and_only_of_what_was_seen_twice(first, second, seconds):
    [before] = counted(None, look(first, NOON))
    made = list(counted(before, look(second, NOON + timedelta(seconds=seconds))))
    samples = [row for row in made if isinstance(row, TrafficSample)]
    assert len(samples) == bool(second[0])
    for sample in samples:
        earlier = dict(zip(first[0], first[1], strict=True))
        for name, now, rate in zip(second[0], second[1], sample.rx_bits_per_second, strict=True):
            assert (rate is None) == (name not in earlier or now < earlier[name])
            assert rate is None or rate >= 0


@given(first=looks(), second=looks(), seconds=st.floats(min_value=SILENCE_SECONDS_MAX + 1, max_value=10**7))
def test_after_a_long_silence_there_is_no_rate_and_the_next_look_has_one(first, second, seconds):
    [before] = counted(None, look(first, NOON))
    later = NOON + timedelta(seconds=seconds)
    [after] = counted(before, look(second, later))
    assert isinstance(after, Counters)
    assert (after.rx_bits_per_second, after.tx_bits_per_second) == ((), ())
    again = list(counted(after, look(second, later + timedelta(seconds=60))))
    assert [rate for row in again if isinstance(row, TrafficSample) for rate in row.rx_bits_per_second if rate] == []


@given(first=looks(), second=looks())
def test_a_look_that_is_not_younger_changes_nothing(first, second):
    [before] = counted(None, look(first, NOON))
    assert list(counted(before, look(second, NOON))) == []
