"""Watches over children: starts what died again, later each time it dies soon, and keeps their logs short."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from ops.embedded.child import STOP_SECONDS, Child

FIRST_DELAY_SECONDS: Final = 0.5
DELAY_SECONDS_MAX: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""A child that ran this long died of something new."""


class Restarts(msgspec.Struct):
    """What is remembered of a child that died: how often in a row, in all, and when it may start again."""

    in_a_row: int = 0
    in_all: int = 0
    not_before: float | None = None
    started: float = 0.0

    def died(self, now: float) -> None:
        """Note a death, and wait twice as long as the last time unless it had been steady."""
        self.in_a_row = 1 if now - self.started >= STEADY_SECONDS else self.in_a_row + 1
        self.in_all += 1
        self.not_before = now + min(FIRST_DELAY_SECONDS * 2 ** (self.in_a_row - 1), DELAY_SECONDS_MAX)


class Supervisor:
    """The children, in the order in which they were started."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.restarts: dict[str, Restarts] = {}

    def watch(self, children: Iterable[Child]) -> None:
        """Take over children that have been started."""
        for child in children:
            self.children.append(child)
            self.restarts[child.name] = Restarts(started=time.monotonic())

    def tick(self) -> None:
        """Start again what died, when its time has come, and trim the logs."""
        now = time.monotonic()
        for child in self.children:
            child.trim_log()
            restarts = self.restarts[child.name]
            if child.pid is not None:
                continue
            if restarts.not_before is None:
                restarts.died(now)
            elif now >= restarts.not_before:
                child.start()
                restarts.not_before, restarts.started = None, now

    def stop(self, order: Sequence[Sequence[str]]) -> None:
        """Stop the named groups one after the other, and within a group all at once; then whatever is left."""
        rest = tuple(child.name for child in self.children if not any(child.name in group for group in order))
        for group in (*order, rest):
            members = [child for child in self.children if child.name in group]
            for child in members:
                child.ask_to_stop()
            for child in members:
                child.wait_end(STOP_SECONDS)
