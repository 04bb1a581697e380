"""What every declared fold promises, over histories that the decisions themselves have written."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from commands.engine.handler import Fold
from commands.tests.given import ADD, DECISIONS, DEVICE, NOON, PASSWORD, fold
from commands.tests.world import World
from contracts.devices import (
    CertificateSeen,
    LoginProbed,
    MoveDevice,
    RenameDevice,
    RetireDevice,
    SetCredential,
    TrustDevice,
    TryLogin,
)
from contracts.language.message import Message, Report
from contracts.language.transport import Transport
from contracts.reachability import ReachabilitySeen

FOLDS: dict[str, Fold[Any]] = {decision.fold.word: decision.fold for decision in DECISIONS.values()}
PRINTS = st.sampled_from(["a" * 64, "b" * 64])
NAMES = st.sampled_from(["Tower 1", "Tower 2", "Tower 3"])

ASKED: st.SearchStrategy[Message] = st.one_of(
    st.just(ADD),
    st.builds(RenameDevice, device_id=st.just(DEVICE), title=NAMES),
    st.builds(MoveDevice, device_id=st.just(DEVICE), host=st.sampled_from(["10.0.0.1", "10.0.0.2"])),
    st.builds(SetCredential, device_id=st.just(DEVICE), username=st.sampled_from("ab"), password=st.just(PASSWORD)),
    st.builds(TryLogin, device_id=st.just(DEVICE)),
    st.builds(TrustDevice, device_id=st.just(DEVICE), fingerprint=PRINTS),
    st.builds(RetireDevice, device_id=st.just(DEVICE)),
)
REPORTED: st.SearchStrategy[Report] = st.one_of(
    st.builds(CertificateSeen, device_id=st.just(DEVICE), fingerprint=PRINTS),
    st.builds(
        ReachabilitySeen,
        device_id=st.just(DEVICE),
        is_online=st.booleans(),
        since=st.integers(0, 9).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    ),
)


def written(steps: list[Message], verdicts: list[str]) -> World:
    """A history: what was asked, reported and waited for, while a poller answers in turn as it is told to."""
    left = iter(verdicts)

    def poller(job: Any) -> Report | None:
        code = next(left, "silent")
        if code == "silent":
            return None
        rung = None if code else Transport.TLS_PINNED
        return LoginProbed(job_id=job.job_id, device_id=DEVICE, code=code, rung=rung, fingerprint="b" * 64)

    world = World(poller)
    world.ask(ADD)
    for step in steps:
        if isinstance(step, Report):
            world.report(step)
        else:
            world.ask(step)
        world.wait(60)
    return world


VERDICTS = st.lists(st.sampled_from(["", "device.denied", "device.untrusted", "silent"]), max_size=8)


@pytest.mark.parametrize("rule", FOLDS.values(), ids=FOLDS)
@for_all(steps=st.lists(ASKED | REPORTED, max_size=15), verdicts=VERDICTS)
def test_the_last_fact_of_each_kind_is_enough_for_a_fold_that_says_so(
    rule: Fold[Any], steps: list[Message], verdicts: list[str]
):
    if not rule.is_overwriting:
        pytest.skip("it needs all of its facts")
    facts = written(steps, verdicts).folded(rule, str(DEVICE))
    last = {type(fact): place for place, fact in enumerate(facts)}
    assert fold(rule, [facts[place] for place in sorted(last.values())]) == fold(rule, facts)


@for_all(steps=st.lists(ASKED | REPORTED, max_size=15), verdicts=VERDICTS)
def test_no_history_leaves_a_login_awaited_for_ever(steps: list[Message], verdicts: list[str]):
    world = written(steps, verdicts)
    world.wait(1000)
    state = fold(FOLDS["devices"], world.folded(FOLDS["devices"], str(DEVICE)))
    assert state.login is None
    assert not world.timers
