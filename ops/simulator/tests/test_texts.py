import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.release import Release, release
from ops.simulator.texts import dhcp_client_id, duration, log_stamp, seconds_in, stamp

NOON = 1_732_449_600.0  # 2024-11-24 12:00:00


@given(st.integers(0, 10**9))
def test_a_duration_reads_back_as_it_was_written(seconds):
    assert seconds_in(duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1w4d23h26m9s", 1034769), ("00:00:25", 25), ("1d00:10:00", 87000), ("4s750ms", 4.75), ("90", 90), ("0s", 0)],
)
def test_every_form_of_a_duration_is_read(text, seconds):
    assert seconds_in(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "never", "5x", "1h-2m", "s"])
def test_what_is_no_duration_is_none(text):
    assert seconds_in(text) is None


def test_dates_change_their_form_with_7_10():
    assert stamp(NOON, Release(7, 9)) == "nov/24/2024 12:00:00"
    assert stamp(NOON, Release(7, 10)) == "2024-11-24 12:00:00"


def test_log_lines_are_short_when_recent_before_7_10():
    old, day = Release(6, 49), 86400
    assert log_stamp(NOON - 60, NOON, old) == "11:59:00"
    assert log_stamp(NOON - 3 * day, NOON, old) == "nov/21 12:00:00"
    assert log_stamp(day + 9.0, NOON, old) == "jan/02/1970 00:00:09"
    assert log_stamp(NOON - 60, NOON, Release(7, 16)) == "2024-11-24 11:59:00"


def test_versions_compare_as_numbers():
    assert release("7.9 (stable)") < release("7.10") < release("7.10.1")
    assert release("7.1") == release("7.1.0")


def test_a_client_id_drops_leading_noughts():
    assert dhcp_client_id("E4:0D:36:04:71:1D") == "1:e4:d:36:4:71:1d"
