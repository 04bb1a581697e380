from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pollers.device_log import LINES_FIRST_MAX, LINES_MAX, MESSAGE_CHARACTERS_MAX, step
from pollers.engine.collector import Look

NOON = datetime(2025, 7, 21, 12, tzinfo=UTC)
CLOCK = (("2025-07-21",), ("15:00:00",), ("+03:00",))


def entry(number, message, *, stamp="2025-07-21 14:59:00", topics="system,info"):
    return (f"*{number:X}", stamp, topics, message)


class Log:
    """A device's log, looked at from time to time."""

    def __init__(self):
        self.mark = None

    def look(self, *entries, clock=CLOCK):
        table = tuple(zip(*entries, strict=True)) if entries else ((),) * 4
        seen = step(Look((table, clock), NOON, self.mark))
        self.mark = seen.mark
        return seen.observation

    def told(self, *entries):
        observation = self.look(*entries)
        return ([line.message for line in observation.lines], observation.is_gap) if observation else ([], False)


def numbered(begin, end, word="line"):
    return [entry(number, f"{word} {number}") for number in range(begin, end)]


def messages(begin, end, word="line"):
    return [f"{word} {number}" for number in range(begin, end)]


def test_the_first_look_takes_the_newest_lines_and_claims_no_gap():
    assert Log().told(*numbered(1, 301)) == (messages(301 - LINES_FIRST_MAX, 301), False)


def test_later_looks_take_only_what_is_new():
    log = Log()
    log.look(*numbered(1, 5))
    assert log.told(*numbered(1, 8)) == (messages(5, 8), False)
    assert log.look(*numbered(1, 8)) is None


def test_a_buffer_that_turned_over_between_two_looks_is_a_gap():
    log = Log()
    log.look(*numbered(1, 5))
    assert log.told(*numbered(5, 9)) == (messages(5, 9), False)
    assert log.told(*numbered(20, 22)) == (messages(20, 22), True)


def test_ids_that_fall_are_a_restart_and_everything_is_new():
    log = Log()
    log.look(*numbered(100, 110))
    assert log.told(*numbered(1, 4, "after")) == (messages(1, 4, "after"), True)


def test_a_restart_is_seen_although_the_ids_have_already_grown_past_the_old_ones():
    log = Log()
    log.look(*numbered(1, 4))
    assert log.told(*numbered(1, 9, "after")) == (messages(1, 9, "after"), True)


def test_a_line_whose_stamp_is_written_differently_as_it_ages_is_the_same_line():
    log = Log()
    log.look(entry(1, "rebooted", stamp="10:00:47"))
    assert log.look(entry(1, "rebooted", stamp="jul/20 10:00:47")) is None


def test_a_flood_keeps_the_newest_and_says_so():
    log = Log()
    log.look(entry(1, "quiet"))
    lines, is_gap = log.told(entry(1, "quiet"), *numbered(2, 900))
    assert (lines, is_gap) == (messages(900 - LINES_MAX, 900), True)


def test_an_empty_log_keeps_the_place():
    log = Log()
    log.look(*numbered(1, 4))
    assert log.look() is None
    assert log.told(*numbered(1, 5)) == (messages(4, 5), False)


def test_times_are_in_utc_by_the_offset_of_the_device():
    lines = Log().look(entry(1, "a", stamp="14:59:00"), entry(2, "b", stamp="jul/20 01:00:00")).lines
    assert [line.at for line in lines] == [
        datetime(2025, 7, 21, 11, 59, tzinfo=UTC),
        datetime(2025, 7, 19, 22, 0, tzinfo=UTC),
    ]
    assert [line.stamp for line in lines] == ["14:59:00", "jul/20 01:00:00"]


def test_a_clock_that_makes_no_sense_gives_no_time_but_every_line():
    stamps = ("jan/02/1970 00:00:09", "2055-01-01 00:00:00", "in a while")
    lines = Log().look(*[entry(n, "a", stamp=stamp) for n, stamp in enumerate(stamps, 1)]).lines
    assert [line.at for line in lines] == [None, None, None]
    assert [line.at for line in Log().look(entry(1, "a"), clock=None).lines] == [None]


def test_an_endless_message_is_cut():
    assert len(Log().look(entry(1, "x" * 5000)).lines[0].message) == MESSAGE_CHARACTERS_MAX


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_no_line_is_taken_twice_and_none_is_missed_while_the_buffer_holds(steps):
    log, taken, end = Log(), [], 1
    for count in steps:
        end += count
        taken += log.told(*numbered(max(1, end - 100), end))[0]
    assert taken == messages(1, end)
