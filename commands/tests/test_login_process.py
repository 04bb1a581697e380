"""The login process as a story, and the same story with a crash at any point of it."""

from collections.abc import Sequence

from hypothesis import given as for_all
from hypothesis import strategies as st

from commands.devices.device import DEVICE as DEVICE_FOLD
from commands.devices.login import LOGIN_SECONDS_MAX
from commands.tests.given import ADD, DEVICE, fold
from commands.tests.world import World
from contracts.devices import LoginFailed, LoginProbed, LoginProved, ProbeLogin, RetireDevice, TryLogin
from contracts.language.message import Job, Report
from contracts.language.transport import Transport


def lets_in(job: Job) -> Report:
    assert isinstance(job, ProbeLogin)
    return LoginProbed(job_id=job.job_id, device_id=job.device_id, rung=Transport.TLS_PINNED, fingerprint="a" * 64)


def says_nothing(_job: Job) -> None:
    return None


def told(world: World) -> list[str]:
    return [event.name for event in world.events()]


def test_a_login_that_works_leaves_no_timer():
    world = World(lets_in)
    world.ask(ADD)
    world.settle()
    assert told(world) == ["devices.added", "devices.login_asked", "devices.trusted", "devices.login_proved"]
    assert not world.timers


def test_a_login_that_nobody_answers_fails_when_its_time_is_over_and_not_before():
    world = World(says_nothing)
    world.ask(ADD)
    world.settle()
    world.wait(LOGIN_SECONDS_MAX - 1)
    assert told(world)[-1] == "devices.login_asked"
    world.wait(1)
    assert told(world)[-1] == "devices.login_failed"


def test_an_outcome_that_comes_too_late_changes_nothing():
    jobs: list[Job] = []
    world = World(jobs.append)
    world.ask(ADD)
    world.settle()
    world.wait(LOGIN_SECONDS_MAX)
    before = told(world)
    world.report(lets_in(jobs[0]))
    world.settle()
    assert told(world) == before


def test_a_second_attempt_takes_the_place_of_the_first():
    jobs: list[Job] = []
    world = World(jobs.append)
    world.ask(ADD)
    world.ask(TryLogin(device_id=DEVICE))
    world.settle()
    assert len(jobs) == 1
    world.wait(LOGIN_SECONDS_MAX)
    assert told(world).count("devices.login_failed") == 1


def test_nothing_is_asked_of_a_device_that_was_retired_meanwhile():
    jobs: list[Job] = []
    world = World(jobs.append)
    world.ask(ADD)
    world.ask(RetireDevice(device_id=DEVICE))
    world.settle()
    world.wait(LOGIN_SECONDS_MAX)
    assert not jobs
    assert told(world)[-1] == "devices.retired"


def crashing(points: Sequence[bool]):
    """Crashes where the list says so, and never again when it is at its end."""
    left = iter(points)
    return lambda: next(left, False)


@for_all(points=st.lists(st.booleans(), max_size=40), answers=st.booleans(), tries=st.integers(0, 2))
def test_any_crash_anywhere_ends_the_same(points: list[bool], tries: int, *, answers: bool):
    def live(does_crash) -> World:
        world = World(lets_in if answers else says_nothing, does_crash)
        world.ask(ADD)
        for _ in range(tries):
            world.ask(TryLogin(device_id=DEVICE))
        world.settle()
        world.wait(LOGIN_SECONDS_MAX)
        world.wait(LOGIN_SECONDS_MAX)
        return world

    calm, troubled = live(lambda: False), live(crashing(points))
    assert told(troubled) == told(calm)
    assert not troubled.timers
    state = fold(DEVICE_FOLD, troubled.events())
    assert state is not None
    assert state.login is None
    outcomes = [event for event in troubled.events() if isinstance(event, LoginProved | LoginFailed)]
    assert len(outcomes) == 1
