"""A line is noted once, however often it is read."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from contracts.device_log import Line, LinesLogged
from ops.testing.telling import NOON, ROUTER
from projections.device_log import LINES_REMEMBERED_MAX, LogEnd, LogLine, logged

READ_AGAIN_MAX = 100


def look(numbers, *, is_gap=False):
    lines = tuple(Line(id=f"*{number:X}", stamp="12:00:00", message=f"line {number}") for number in numbers)
    return SimpleNamespace(message=LinesLogged(lines=lines, is_gap=is_gap), entity_id=ROUTER, occurred_at=NOON)


def run(looks):
    end, noted = None, []
    for numbers in looks:
        for row in logged(end, look(numbers)):
            if isinstance(row, LogLine):
                noted.append(int(row.message.split()[1]))
            else:
                end = row
    return end, noted


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, READ_AGAIN_MAX)), max_size=12))
def test_lines_read_again_by_the_next_poller_are_noted_once(looks):
    written, told = 0, []
    for fresh, again in looks:
        told.append(range(max(0, written - again), written + fresh))
        written += fresh
    end, noted = run(told)
    assert noted == list(range(written))
    assert end is None or len(end.digests) <= LINES_REMEMBERED_MAX


def test_a_gap_is_remembered_even_without_a_line():
    [end] = logged(None, look([], is_gap=True))
    assert isinstance(end, LogEnd)
    assert end.gap_at == NOON


def test_nothing_new_is_nothing():
    end, _ = run([range(3)])
    assert list(logged(end, look(range(3)))) == []
