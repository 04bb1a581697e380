"""What dies is started again, later each time it dies soon."""

import sys
import time
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ops.embedded.child import Child, Program
from ops.embedded.supervisor import DELAY_SECONDS_MAX, FIRST_DELAY_SECONDS, STEADY_SECONDS, Restarts, Supervisor

SECONDS = 10.0


@given(st.lists(st.floats(0, STEADY_SECONDS * 0.99), min_size=2, max_size=30))
def test_each_early_death_doubles_the_wait_up_to_a_limit(lifetimes: list[float]):
    restarts, delays, now = Restarts(), [], 0.0
    for lifetime in lifetimes:
        restarts.started = now
        now += lifetime
        restarts.died(now)
        assert restarts.not_before is not None
        delays.append(restarts.not_before - now)
        now = restarts.not_before
    assert round(delays[0], 6) == FIRST_DELAY_SECONDS
    for earlier, later in pairwise(delays):
        assert round(later, 6) == round(min(earlier * 2, DELAY_SECONDS_MAX), 6)
    assert restarts.in_all == len(lifetimes)


def test_a_death_after_a_steady_life_waits_as_little_as_the_first():
    restarts = Restarts(in_a_row=7, started=0.0)
    restarts.died(STEADY_SECONDS)
    assert restarts.not_before == STEADY_SECONDS + FIRST_DELAY_SECONDS


def test_a_child_that_died_is_started_again(tmp_path: Path):
    child = Child(Program(name="sleeper", command=(sys.executable, "-c", "import time; time.sleep(600)")), tmp_path)
    supervisor = Supervisor()
    supervisor.watch([child])
    child.start()
    first = child.pid
    child.kill()
    deadline = time.monotonic() + SECONDS
    while child.pid is None:
        supervisor.tick()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert child.pid != first
    assert supervisor.restarts["sleeper"].in_all == 1
    supervisor.stop(())
    assert child.pid is None


def test_groups_stop_in_order_and_the_rest_last(tmp_path: Path):
    tell = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2] + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    order = tmp_path / "order"
    children = [
        Child(Program(name=name, command=(sys.executable, "-c", tell, str(order), name)), tmp_path)
        for name in ("server", "projections", "gateway")
    ]
    supervisor = Supervisor()
    supervisor.watch(children)
    for child in children:
        child.start()
    deadline = time.monotonic() + SECONDS
    while not all("ready" in child.tail() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    supervisor.stop((("gateway",), ("projections",)))
    assert order.read_text().split() == ["gateway", "projections", "server"]
