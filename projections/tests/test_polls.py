"""Looks that went well, failed, or never arrived: every number is accounted for."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from contracts.language.transport import Transport
from contracts.polls import PollFailed, PollObserved
from ops.testing.telling import NOON, ROUTER
from projections.polls import Gap, Poll, polled

arrived = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 40), st.booleans()), max_size=60)


def look(epoch, tick, *, went_well=True):
    answered = PollObserved(epoch=epoch, tick=tick, took_ms=1, rung=Transport.PLAIN, parts={})
    failed = PollFailed(epoch=epoch, tick=tick, code="device.timeout", message="", failures=1)
    message = answered if went_well else failed
    return SimpleNamespace(message=message, entity_id=ROUTER, occurred_at=NOON)


def run(looks):
    poll, gaps = None, []
    for epoch, tick, went_well in looks:
        for row in polled(poll, look(epoch, tick, went_well=went_well)):
            if isinstance(row, Gap):
                gaps.append(row)
            else:
                poll = row
    return poll, gaps


@given(arrived)
def test_every_look_of_an_epoch_is_counted_or_missed(looks):
    ordered = sorted(set(looks))
    first_epoch_begins = min((tick for epoch, tick, _ in ordered if epoch == ordered[0][0]), default=1)
    poll, gaps = run(ordered)
    newest = {epoch: tick for epoch, tick, _ in ordered}
    expected = sum(newest.values()) - (first_epoch_begins - 1)
    counted = (poll.answered_total + poll.failed_total + poll.missed_total) if poll else 0
    assert counted == (expected if ordered else 0)
    assert sum(gap.missed for gap in gaps) == (poll.missed_total if poll else 0)


@given(arrived, arrived)
def test_what_is_older_than_the_newest_look_is_no_news(looks, late):
    poll, _ = run(sorted(set(looks)))
    if poll is None:
        return
    stale = [each for each in late if each[:2] <= (poll.epoch, poll.tick)]
    for epoch, tick, went_well in stale:
        assert list(polled(poll, look(epoch, tick, went_well=went_well))) == []


def test_an_answer_ends_a_row_of_failures():
    poll, _ = run([(1, 1, False), (1, 2, False), (1, 3, True)])
    assert isinstance(poll, Poll)
    assert (poll.failures, poll.code, poll.failed_total, poll.answered_at) == (0, "", 2, NOON)
