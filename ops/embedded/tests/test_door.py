"""The whole of `ops/up`, tried as a person would: up, killed, up again on the same data, down."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.embedded.child import started_at
from ops.embedded.folder import Snapshot, owner, read_snapshot
from ops.embedded.probes import http_answers

DEVICES = 3
START_SECONDS = 180.0
SECOND_START_SECONDS_MAX = 20.0
"""Alone it takes 3 s, and 10 s is the promise; here other tests run on the same two cores."""
SETTLE_SECONDS = 30.0


def door(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "ops.embedded", "--data-dir", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_SECONDS)


def up(folder: Path) -> Snapshot:
    done = door(folder, "--detach", "--devices", str(DEVICES), "--tenants", "2", "--poll-interval", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/enrol#" in done.stdout
    assert str(folder / "mail") in done.stdout
    return snapshot_of(folder)


def snapshot_of(folder: Path) -> Snapshot:
    snapshot = read_snapshot(folder)
    assert snapshot is not None
    return snapshot


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {SETTLE_SECONDS} s"
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path):
    """A data folder with a blank in its name, whatever happens taken down at the end."""
    folder = tmp_path / "an installation"
    yield folder
    door(folder, "--down")


def pids(snapshot: Snapshot) -> list[int]:
    return [child.pid for child in snapshot.children if child.pid is not None]


def test_an_installation_comes_up_survives_being_killed_and_goes_down(folder: Path):
    first = up(folder)
    assert len(pids(first)) == len(first.children)
    assert http_answers(f"{first.url}/health")

    assert door(folder).returncode == 1, "a second supervisor is refused"

    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not any(started_at(pid) for pid in pids(first)), "the end of every child")
    assert owner(folder) is None

    begun = time.monotonic()
    second = up(folder)
    assert time.monotonic() - begun < SECOND_START_SECONDS_MAX
    assert second.url == first.url

    for child in second.children:
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: all(child.restarts for child in snapshot_of(folder).children), "the restart of every child")
    wait_until(lambda: http_answers(f"{second.url}/health"), "an answer of the gateway")

    assert door(folder, "--down").returncode == 0
    assert not any(started_at(pid) for pid in pids(snapshot_of(folder)))
    assert not http_answers(f"{second.url}/health")


def test_there_is_nothing_to_take_down_where_nothing_runs(tmp_path: Path):
    done = door(tmp_path, "--down")
    assert done.returncode == 0
    assert "nothing ran" in done.stdout
