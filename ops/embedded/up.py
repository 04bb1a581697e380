"""Brings an installation up, keeps it up, and takes it down in order; says at every moment how it stands."""

import os
import resource
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from contracts.language.errors import TodError
from migrations.grants import USERS
from ops.embedded import stack
from ops.embedded.child import Child, run_to_end
from ops.embedded.figures import Gauge
from ops.embedded.folder import ChildState, Snapshot, held, write_snapshot
from ops.embedded.ports import LOOPBACK
from ops.embedded.servers import Servers
from ops.embedded.site import open_site
from ops.embedded.stack import Options
from ops.embedded.supervisor import Supervisor

TICK_SECONDS: Final = 0.5
OPEN_FILES: Final = 65_536
"""Twenty thousand simulated routers are as many connections on either side."""
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Show = Callable[[Snapshot], None]


class Installation:
    """One run of one data folder."""

    def __init__(self, options: Options, show: Show) -> None:
        self.options = options
        self.site = open_site(options.folder, http_port=options.http_port)
        self.servers = Servers(self.site, USERS)
        self.supervisor = Supervisor()
        self._gauge = Gauge(self.site)
        self._show = show
        self._is_running = False

    def run(self) -> None:
        """Start everything and watch over it until a signal comes; raises `Unavailable` when something stays down."""
        try:
            interrupt_on_signals()
            self._start()
            self._is_running = True
            self.say("running")
            while True:
                time.sleep(TICK_SECONDS)
                self.supervisor.tick()
                self.servers.rotate_audit()
                self.say("running")
        except KeyboardInterrupt:
            pass
        finally:
            self._is_running = False
            self.say("stopping")
            self.supervisor.stop(stack.STOP_ORDER)
            self.say("stopped")

    def _start(self) -> None:
        """Bring everything up; the fleet beside the servers, since neither needs the other."""
        routers = max(self.options.devices, stack.seeded(self.site.folder).devices)
        fleet = Child(stack.simulator(self.site, routers), self.site.folder)
        self.supervisor.watch([*self.servers.children.values(), fleet])
        fleet.start()
        self.servers.start(self.say)
        self.say("making streams and tables")
        run_to_end(stack.migration(self.site), self.site.folder)
        self.say("starting the processes and the simulated fleet")
        fleet.wait_ready()
        processes = [Child(program, self.site.folder) for program in stack.processes(self.site, self.options)]
        self.supervisor.watch(processes)
        for child in processes:
            child.start()
        for child in processes:
            child.wait_ready()
        if not stack.is_seeded(self.site, self.options):
            self.say("adding tenants and simulated routers")
            run_to_end(stack.seeding(self.site, self.options), self.site.folder, report=self.say)

    def say(self, phase: str, failure: str = "") -> None:
        """Say what is going on, to whoever watches and to whoever asks later."""
        children = tuple(
            ChildState(child.name, child.pid, self.supervisor.restarts[child.name].in_all)
            for child in self.supervisor.children
        )
        snapshot = Snapshot(
            pid=os.getpid(),
            phase=phase,
            url=f"http://{LOOPBACK}:{self.site.ports['http']}",
            is_running=self._is_running,
            failure=failure,
            figures=self._gauge.take((child.pid for child in children if child.pid is not None), time.monotonic()),
            children=children,
        )
        write_snapshot(self.site.folder, snapshot)
        self._show(snapshot)


def up(options: Options, show: Show) -> None:
    """Run an installation in this process until it is told to stop.

    Raises `AlreadyExists` when the data folder is in use, `Unavailable` when something does not start.
    """
    allow_open_files()
    os.umask(0o077)
    with held(options.folder.absolute()):
        installation = Installation(options, show)
        try:
            installation.run()
        except TodError as error:
            installation.say("failed", failure=error.message)
            raise


def allow_open_files() -> None:
    """Raise the limit of open files as far as we may; the children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def interrupt_on_signals() -> None:
    """Let the first of STOP_SIGNALS interrupt this process; those that follow do not disturb its stopping."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in STOP_SIGNALS:
        signal.signal(each, interrupt)
