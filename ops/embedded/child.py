"""One child process: started, known to be ready, stopped, and never left behind or mistaken for another."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from contracts.language.errors import Unavailable
from ops.embedded.launch import command_line

POLL_SECONDS = 0.02
STOP_SECONDS = 10.0
LOG_TAIL_LINES = 12
LOG_BYTES_MAX = 16 * 1024 * 1024
"""A log that grows beyond it is moved to `.1`, whose predecessor is dropped."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, and how to tell that it is there."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = {}
    is_ready: Callable[[int], bool] = lambda _pid: True
    """Asked with the pid; answers whether it is this very process that serves."""
    ready_seconds: float = 60.0
    stop_with: signal.Signals = signal.SIGTERM
    dies_with: signal.Signals = signal.SIGTERM
    """What the kernel sends it when the supervisor is gone."""
    is_shy_of_root: bool = False


class Child:
    """A program as a process of ours: one at a time, with a log and a pid file that outlive it."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.log = folder / "logs" / f"{program.name}.log"
        self.pid_file = folder / "run" / f"{program.name}.pid"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name

    @property
    def pid(self) -> int | None:
        """The process id, or None when it does not run."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    @property
    def exit_status(self) -> int | None:
        """How it ended, or None when it runs or never ran."""
        return None if self.process is None else self.process.poll()

    def is_serving(self) -> bool:
        """Whether it runs and serves."""
        return self.pid is not None and self.program.is_ready(self.pid)

    def start(self) -> None:
        """Start it, unless it runs. A process of an earlier supervisor that still holds its place is ended first."""
        if self.pid is not None:
            return
        sweep(self.pid_file)
        for folder in (self.log.parent, self.pid_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        program = self.program
        command = command_line(*program.command, dies_with=program.dies_with, is_shy_of_root=program.is_shy_of_root)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are ours
                command,
                env={"PATH": os.environ.get("PATH", os.defpath), **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{self.process.pid} {started_at(self.process.pid)}")

    def wait_ready(self) -> None:
        """Return when it serves. Raises `Unavailable` with the end of its log when it ends or takes too long."""
        deadline = time.monotonic() + self.program.ready_seconds
        while not self.is_serving():
            if self.pid is None:
                raise Unavailable(f"{self.name} ended with status {self.exit_status}; {self.log} ends:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{self.name} was not ready in {self.program.ready_seconds:.0f} s; {self.log} ends:\n{self.tail()}"
                )
            time.sleep(POLL_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.pid is not None:
            self.process.send_signal(number)

    def ask_to_stop(self) -> None:
        """Send the signal that makes it finish its work and end."""
        self.signal(self.program.stop_with)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask it to stop, wait, and kill it when it takes longer than that."""
        self.ask_to_stop()
        self.wait_end(seconds)

    def wait_end(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for its end; after `seconds` it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Take it away without warning, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """Return the last lines of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def trim_log(self) -> None:
        """Set a long log aside. The process keeps its open file, so the content is copied and the file emptied."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)


def run_to_end(program: Program, folder: Path, report: Callable[[str], None] = lambda _line: None) -> None:
    """Run a program that does something and ends, reporting what it says meanwhile.

    Raises `Unavailable` with the end of its log when it fails.
    """
    child = Child(program, folder)
    child.log.unlink(missing_ok=True)
    child.start()
    try:
        while child.pid is not None:
            if said := child.tail(lines=1):
                report(said)
            time.sleep(POLL_SECONDS)
    finally:
        child.kill()
        child.pid_file.unlink(missing_ok=True)
    if child.exit_status != 0:
        raise Unavailable(f"{child.name} ended with status {child.exit_status}; {child.log} ends:\n{child.tail()}")


def sweep(pid_file: Path, seconds: float = STOP_SECONDS) -> None:
    """End the process that a pid file names, if it is still that process and not one that got its number later."""
    try:
        pid_text, started_text = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return
    pid, deadline = int(pid_text), time.monotonic() + seconds
    while started_at(pid) == int(started_text):
        try:
            os.kill(pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        except ProcessLookupError:
            break
        time.sleep(POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def started_at(pid: int) -> int:
    """Return when a process began, in clock ticks since boot (proc(5), field 22); 0 when there is none, or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    state, *fields = text[text.rindex(")") + 2 :].split()
    return 0 if state == "Z" else int(fields[18])
