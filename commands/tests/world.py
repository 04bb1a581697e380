"""The engine's promises in memory, with a hand-driven clock: everything at least once, nothing lost.

No server is imitated here: there is only what processes may rely on. A fact, report or due time is worked on until its
work ended; work that crashed is done again; so a job may be done twice, and a timer set twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from commands.catalog import CATALOG
from commands.engine.claim import Release, Take
from commands.engine.handler import Do, Fold, Forget, MakeKey, Reaction, Trigger, Wake
from commands.tests.given import DECISIONS, NOON, TENANT, decide, fold
from contracts.language.errors import Refusal
from contracts.language.message import Event, Job, Message, Report, Timer, entity_of

Poller = Callable[[Job], Report | None]


class Crashed(Exception):
    """The process died here; nobody knows what it had in mind."""


class Stored(msgspec.Struct, frozen=True):
    """A fact in the ledger."""

    identity: str
    cause: str
    event: Event
    at: datetime


class World:
    """Facts, jobs, reports and timers of one tenant. `does_crash` is asked before every step that others can see."""

    def __init__(self, poller: Poller, does_crash: Callable[[], bool] = lambda: False) -> None:
        self.now = NOON
        self.facts: list[Stored] = []
        self._numbers = count(1)
        self._poller = poller
        self._does_crash = does_crash
        self._untold: list[Stored] = []
        self._jobs: list[Job] = []
        self._reports: list[tuple[str, Report | Timer]] = []
        self.timers: dict[tuple[str, str], tuple[datetime, Timer]] = {}

    def ask(self, command: Message) -> bool:
        """An action; False when it was refused."""
        identity = f"action {next(self._numbers)}"
        try:
            self._until_done(lambda: self._decide(command, identity))
        except Refusal:
            return False
        return True

    def report(self, report: Report) -> None:
        self._reports.append((f"report {next(self._numbers)}", report))

    def settle(self) -> None:
        """Go on until nothing is left to do at this moment."""
        while self._untold or self._jobs or self._reports:
            if self._untold:
                self._until_done(lambda: self._follow(self._untold[0]))
                self._untold.pop(0)
            elif self._jobs:
                self._until_done(lambda: self._work(self._jobs[0]))
                self._jobs.pop(0)
            else:
                self._until_done(lambda: self._decide(self._reports[0][1], self._reports[0][0]))
                self._reports.pop(0)

    def wait(self, seconds: float) -> None:
        """Do what there is to do, then let time pass, and do what is due by then."""
        self.settle()
        self.now += timedelta(seconds=seconds)
        for key, (moment, timer) in list(self.timers.items()):
            if moment <= self.now:
                del self.timers[key]
                self._reports.append((f"due {next(self._numbers)}", timer))
        self.settle()

    def events(self) -> list[Event]:
        return [stored.event for stored in self.facts]

    def about(self, words: set[str], entity: str) -> list[Event]:
        """The facts that a fold of these words is made from."""
        return [event for event in self.events() if event.name.split(".")[0] in words and entity_of(event) == entity]

    def _until_done(self, work: Callable[[], None]) -> None:
        while True:
            try:
                work()
                self._visible()
            except Crashed:
                continue
            return

    def _visible(self) -> None:
        if self._does_crash():
            raise Crashed

    def _work(self, job: Job) -> None:
        if (report := self._poller(job)) is not None:
            self.report(report)
            self._visible()

    def _decide(self, message: Message, identity: str) -> None:
        if any(stored.cause == identity for stored in self.facts):
            return
        trigger = Trigger(id=identity, at=self.now, tenant_id=TENANT)
        outcomes = decide(message, self._facts_for(message), trigger)
        events = [outcome for outcome in outcomes if not isinstance(outcome, Take | Release | MakeKey)]
        self._visible()
        written = [Stored(f"fact {next(self._numbers)}", identity, event, self.now) for event in events]
        self.facts += written
        self._untold += written
        self._visible()

    def _facts_for(self, message: Message) -> list[Event]:
        decision = DECISIONS[type(message)]
        entity = decision.entity(message) if isinstance(decision, Reaction) else entity_of(message)
        return self.folded(decision.fold, entity)

    def folded(self, rule: Fold[Any], entity: str) -> list[Event]:
        words = {event.name.split(".")[0] for event in self.events()} if rule.is_wide else {rule.word}
        return self.about(words, entity)

    def _follow(self, stored: Stored) -> None:
        for process in CATALOG.processes:
            if isinstance(stored.event, process.facts):
                entity = entity_of(stored.event)
                state = fold(process.fold, self.folded(process.fold, entity))
                trigger = Trigger(id=stored.identity, at=stored.at, tenant_id=TENANT)
                for wish in process.step(state, stored.event, trigger):
                    self._visible()
                    self._grant(wish)

    def _grant(self, wish: Do | Wake | Forget) -> None:
        match wish:
            case Do(job):
                self._jobs.append(job)
            case Wake(timer, moment):
                self.timers[type(timer).name, entity_of(timer)] = (moment, timer)
            case Forget(timer, entity):
                self.timers.pop((timer.name, str(entity)), None)
