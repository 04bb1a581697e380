"""One owner at a time holds a data folder, and says how it stands."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.language.errors import AlreadyExists
from ops.embedded.folder import Snapshot, ask_to_go, held, owner, read_snapshot, write_snapshot

HOLD = """
import sys, time
from pathlib import Path
from ops.embedded.folder import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_has_one_owner(tmp_path: Path, holder: "subprocess.Popen[str]"):
    assert owner(tmp_path) == holder.pid
    with pytest.raises(AlreadyExists, match=str(holder.pid)), held(tmp_path):
        pass


def test_a_killed_owner_holds_nothing(tmp_path: Path, holder: "subprocess.Popen[str]"):
    holder.kill()
    holder.wait()
    assert owner(tmp_path) is None
    with held(tmp_path):
        assert owner(tmp_path) == os.getpid()


def test_the_owner_can_be_asked_to_go(tmp_path: Path, holder: "subprocess.Popen[str]"):
    assert ask_to_go(tmp_path)
    assert holder.wait() == -signal.SIGTERM


def test_nobody_can_be_asked_to_go_where_nothing_runs(tmp_path: Path):
    assert not ask_to_go(tmp_path)


def test_the_snapshot_is_read_as_it_was_written(tmp_path: Path):
    with held(tmp_path):
        assert read_snapshot(tmp_path) is None
        snapshot = Snapshot(pid=1, phase="starting", url="http://127.0.0.1:8000")
        write_snapshot(tmp_path, snapshot)
        assert read_snapshot(tmp_path) == snapshot
