"""The data folder's one owner at a time: who holds it, what it says of itself, and how it is asked to go."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from contracts.language.errors import AlreadyExists
from ops.embedded.child import POLL_SECONDS, sweep
from ops.embedded.figures import Figures

DOWN_SECONDS_MAX = 60.0


class ChildState(msgspec.Struct, frozen=True):
    """One child as the supervisor sees it."""

    name: str
    pid: int | None
    restarts: int


class Snapshot(msgspec.Struct, frozen=True):
    """What the supervisor says of itself, in `run/snapshot.json`: the one source of every status line."""

    pid: int
    phase: str
    url: str
    is_running: bool = False
    failure: str = ""
    figures: Figures = Figures()
    children: tuple[ChildState, ...] = ()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder; what a killed owner left behind is ended first.

    Raises `AlreadyExists` when somebody holds it. The lock goes with the process, however that ends.
    """
    (folder / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock_file(folder).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyExists(
                f"TOD runs already in {folder} (process {owner(folder)}); `ops/up --down` stops it"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        for pid_file in (folder / "run").glob("*.pid"):
            sweep(pid_file)
        yield


def owner(folder: Path) -> int | None:
    """Return the process that holds the folder, or None."""
    try:
        with _lock_file(folder).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def ask_to_go(folder: Path) -> bool:
    """Stop the owner and wait until it has gone; after DOWN_SECONDS_MAX it is killed. Returns whether there was one."""
    pid = owner(folder)
    if pid is None:
        return False
    deadline = time.monotonic() + DOWN_SECONDS_MAX
    os.kill(pid, signal.SIGTERM)
    while owner(folder) == pid:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)
    return True


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Say how it stands; a reader never sees half of it."""
    draft = folder / "run" / "snapshot.draft"
    draft.write_bytes(msgspec.json.encode(snapshot))
    draft.replace(folder / "run" / "snapshot.json")


def read_snapshot(folder: Path) -> Snapshot | None:
    """Return what the owner said last, or None when it has said nothing."""
    try:
        return msgspec.json.decode((folder / "run" / "snapshot.json").read_bytes(), type=Snapshot)
    except FileNotFoundError:
        return None


def _lock_file(folder: Path) -> Path:
    return folder / "run" / "lock"
