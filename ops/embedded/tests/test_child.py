"""A child is started once, known by its pid and birth, stopped in order, and gone when its parent is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.language.errors import Unavailable
from ops.embedded import child as child_module
from ops.embedded.child import Child, Program, run_to_end, started_at, sweep

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
)
PARENT_OF_ONE = """
import sys, time
from pathlib import Path
from ops.embedded.child import Child, Program
sleep = (sys.executable, "-c", "import time; time.sleep(600)")
child = Child(Program(name="sleeper", command=sleep), Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
SECONDS = 10.0


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {SECONDS} s"
        time.sleep(0.01)


def program(command=SLEEP, **settings) -> Program:
    return Program(name="sleeper", command=command, **settings)


def test_a_child_runs_until_it_is_stopped(tmp_path: Path):
    child = Child(program(), tmp_path)
    child.start()
    assert child.pid is not None
    assert child.pid_file.read_text().startswith(str(child.pid))
    child.stop()
    assert child.exit_status == -signal.SIGTERM
    assert not child.pid_file.exists()


def test_starting_a_running_child_starts_no_second_one(tmp_path: Path):
    child = Child(program(), tmp_path)
    child.start()
    pid = child.pid
    child.start()
    assert child.pid == pid
    child.stop()


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path):
    child = Child(program(DEAF), tmp_path)
    child.start()
    wait_until(lambda: "deaf" in child.tail(), "the child's first word")
    child.stop(seconds=0.1)
    assert child.exit_status == -signal.SIGKILL


def test_a_child_that_ends_instead_of_serving_is_told_with_the_end_of_its_log(tmp_path: Path):
    child = Child(program((sys.executable, "-c", "print('port taken'); raise SystemExit(3)"), is_ready=never), tmp_path)
    child.start()
    with pytest.raises(Unavailable, match=r"(?s)status 3.*port taken"):
        child.wait_ready()


def test_a_child_that_takes_too_long_is_told(tmp_path: Path):
    child = Child(program(is_ready=never, ready_seconds=0.05), tmp_path)
    child.start()
    with pytest.raises(Unavailable, match="was not ready"):
        child.wait_ready()
    child.stop()


def never(_pid: int) -> bool:
    return False


def test_a_program_that_is_not_there_is_told_in_the_log(tmp_path: Path):
    child = Child(program(("/no/such/program",), is_ready=never), tmp_path)
    child.start()
    with pytest.raises(Unavailable, match="cannot run /no/such/program"):
        child.wait_ready()


def test_a_program_run_to_its_end_reports_what_it_says(tmp_path: Path):
    heard: list[str] = []
    talk = "import time\nfor word in ('one', 'two'):\n    print(word, flush=True)\n    time.sleep(0.3)"
    run_to_end(program((sys.executable, "-c", talk)), tmp_path, report=heard.append)
    assert list(dict.fromkeys(heard)) == ["one", "two"]


def test_a_program_run_to_its_end_that_fails_is_told(tmp_path: Path):
    with pytest.raises(Unavailable, match="status 1"):
        run_to_end(program((sys.executable, "-c", "raise SystemExit('no')")), tmp_path)


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path):
    command = [sys.executable, "-c", PARENT_OF_ONE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert started_at(pid) > 0
        parent.kill()
    wait_until(lambda: started_at(pid) == 0, "the child's end")


def test_what_a_killed_supervisor_left_behind_is_ended(tmp_path: Path):
    with subprocess.Popen(SLEEP, start_new_session=True) as left:
        pid_file = tmp_path / "sleeper.pid"
        pid_file.write_text(f"{left.pid} {started_at(left.pid)}")
        sweep(pid_file, seconds=SECONDS)
        assert left.wait(SECONDS) == -signal.SIGTERM
    assert not pid_file.exists()


def test_a_process_that_got_the_number_later_is_left_alone(tmp_path: Path):
    pid_file = tmp_path / "sleeper.pid"
    pid_file.write_text(f"{os.getpid()} {started_at(os.getpid()) - 1}")
    sweep(pid_file)
    assert not pid_file.exists()


@pytest.mark.parametrize("text", ["", "12", "x y z"])
def test_a_pid_file_that_says_nothing_is_no_trouble(tmp_path: Path, text: str):
    (tmp_path / "p.pid").write_text(text)
    sweep(tmp_path / "p.pid")


def test_a_long_log_is_set_aside_without_losing_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(child_module, "LOG_BYTES_MAX", 100)
    child = Child(program(), tmp_path)
    child.start()
    child.log.write_text("x" * 101)
    child.trim_log()
    assert child.log.stat().st_size == 0
    assert child.log.with_suffix(".log.1").stat().st_size == 101
    child.stop()


def test_the_environment_of_a_child_is_only_what_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOD_NOT_FOR_CHILDREN", "1")
    show = (sys.executable, "-c", "import os; print(sorted(name for name in os.environ if name.startswith('TOD_')))")
    child = Child(program(show, environment={"TOD_HTTP_PORT": "1"}), tmp_path)
    child.start()
    child.wait_end()
    assert child.tail() == "['TOD_HTTP_PORT']"
