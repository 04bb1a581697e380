from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.language.errors import DeviceDenied, DeviceTimeout, DeviceUntrusted
from contracts.language.identity import DeviceId
from contracts.reachability import ReachabilitySeen
from pollers.engine.outcome import Outcome
from pollers.reachability import ANSWERS_NEEDED, FAILURES_NEEDED, judge

DEVICE = DeviceId(UUID(int=1))
NOON = datetime(2025, 7, 21, 12, tzinfo=UTC)


def verdicts(looks: str):
    """The reports after a row of looks, `+` answered and `-` not, a minute apart."""
    standing, found = None, []
    for minute, look in enumerate(looks):
        fault = None if look == "+" else DeviceTimeout("nothing heard")
        judgement = judge(standing, Outcome(DEVICE, NOON + timedelta(minutes=minute), fault))
        standing = judgement.standing
        if judgement.report is not None:
            found.append((minute, judgement.report))
    return found


def told(looks):
    return [(minute, report.is_online) for minute, report in verdicts(looks)]


def test_a_new_device_is_believed_at_its_first_answer():
    assert told("+") == [(0, True)]
    assert told("--+") == [(2, True)]


def test_a_device_that_never_answered_is_offline_after_three_looks():
    assert told("---") == [(2, False)]


def test_one_lost_answer_is_not_an_outage():
    assert told("++-+--+-++") == [(0, True)]


def test_three_failures_in_a_row_are_an_outage_since_the_first_of_them():
    (_, online), (minute, offline) = verdicts("+++---")
    assert online.is_online
    assert minute == 5
    assert offline.since == NOON + timedelta(minutes=3)
    assert (offline.code, offline.message) == ("device.timeout", "nothing heard")


def test_one_answer_out_of_the_dark_is_not_a_recovery():
    assert told("+---+--+-+-") == [(0, True), (3, False)]


def test_two_answers_are_a_recovery_since_the_first_of_them():
    *_, (minute, report) = verdicts("+---++")
    assert (minute, report.is_online, report.code) == (5, True, "")
    assert report.since == NOON + timedelta(minutes=4)


def test_a_doubt_asks_for_another_look_soon():
    first = judge(None, Outcome(DEVICE, NOON, DeviceTimeout("nothing heard")))
    assert first.is_doubtful
    assert not judge(None, Outcome(DEVICE, NOON)).is_doubtful


@given(st.text("+-", max_size=60))
def test_verdicts_alternate_and_never_come_without_the_looks_they_need(looks):
    reports = told(looks)
    states = [is_online for _, is_online in reports]
    assert all(before != after for before, after in pairwise(states))
    for place, (minute, is_online) in enumerate(reports):
        needed = FAILURES_NEEDED if not is_online else ANSWERS_NEEDED if place else 1
        assert set(looks[minute + 1 - needed : minute + 1]) == {"+" if is_online else "-"}


@pytest.mark.parametrize("fault", [DeviceDenied("no"), DeviceUntrusted("who?")])
def test_a_refused_login_is_no_accident(fault):
    report = judge(None, Outcome(DEVICE, NOON, fault)).report
    assert isinstance(report, ReachabilitySeen)
    assert (report.is_online, report.code) == (False, fault.code)
