"""Runs scripts for whoever wants one run (scheduler, `/import`, `/execute` …), and stops them at a reboot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ops.simulator.console import Console, export_to_file, import_file
from ops.simulator.schedule import SCHEDULER
from ops.simulator.script.run import Interpreter
from ops.simulator.traps import Trap
from ops.simulator.users import Session, system_session

if TYPE_CHECKING:
    from ops.simulator.call import Call
    from ops.simulator.router import Router

JOBS_MAX = 100  # at once on one router


def _nowhere(text: str) -> None:
    del text


class Runner:
    """The scripts that run now, by router."""

    def __init__(self) -> None:
        self._jobs: dict[Router, dict[str, asyncio.Task[None]]] = {}
        self._number = 0

    async def run(self, session: Session, text: str, put: Callable[[str], None] = _nowhere) -> object:
        """Run a script to its end. Raises Trap."""
        return await Interpreter(session, put).run(text)

    async def console(self, session: Session, text: str, put: Callable[[str], None]) -> None:
        """Run a line as a terminal would. Raises Trap."""
        await Console(session, put).run(text)

    async def import_file(self, session: Session, name: str, options: Mapping[str, str]) -> None:
        """Run a file of commands. Raises Trap."""
        await import_file(session, name, options)

    def export_to_file(self, call: Call, name: str) -> None:
        """Write an export onto the router's disk."""
        export_to_file(call, name)

    def start(self, session: Session, text: str, what: str) -> str:
        """Run a script in the background; an error goes into the log. Return the job's id."""
        jobs = self._jobs.setdefault(session.router, {})
        if len(jobs) >= JOBS_MAX:
            raise Trap("failure: too many jobs")
        self._number += 1
        name = f"*{self._number:X}"
        jobs[name] = asyncio.get_running_loop().create_task(self._in_background(session, text, what, name))
        return name

    async def _in_background(self, session: Session, text: str, what: str, name: str) -> None:
        try:
            await self.run(session, text)
        except Trap as trap:
            session.router.log(
                "script,error", f"executing script from {what} failed, please check it manually: {trap.message}"
            )
        finally:
            jobs = self._jobs.get(session.router)
            if jobs is not None:
                jobs.pop(name, None)

    def run_scheduled(self, router: Router, key: int) -> None:
        """Run what a scheduler entry says, with the policies that it keeps (facts 16.7)."""
        table = router.own(SCHEDULER)
        row = table.rows[key]
        table.change(key, {"run-count": str(int(str(row.get("run-count", "0"))) + 1)})
        session = system_session(router, str(row.get("owner", "admin")), str(row.get("policy", "")))
        event = str(row.get("on-event", ""))
        script = next(
            (each for each in router.table("/system/script").rows.values() if each.get("name") == event), None
        )
        router.history.effect(session, f"{SCHEDULER}/run", {"name": str(row.get("name", "")), "on-event": event})
        self.start(session, event if script is None else str(script["source"]), "scheduler")

    def stop(self, router: Router) -> None:
        """Stop every script of a router, but not the one that asks."""
        current = asyncio.current_task() if self._jobs else None
        for task in self._jobs.pop(router, {}).values():
            if task is not current:
                task.cancel()

    def jobs(self, router: Router) -> list[str]:
        """Return the ids of what runs."""
        return list(self._jobs.get(router, ()))

    async def close(self) -> None:
        """Stop everything."""
        tasks = [task for jobs in self._jobs.values() for task in jobs.values()]
        self._jobs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
