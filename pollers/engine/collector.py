"""Collectors: what a capability asks of every device, how often, and what it makes of the answer.

`Survey` is all of them compiled once: what several collectors ask in one round is one question with the fields of all.
It speaks to no device (`visit` does) and makes no message (`observe` does).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from contracts.language.codec import part_name
from contracts.language.message import Observation
from pollers.device.ask import Ask, Reply

Column = tuple[str | None, ...]
Table = tuple[Column, ...]
"""What one menu answered: a column per declared field, a place per row. A count is one column with one place."""

COLLECTORS_MAX: Final = 62
"""Collectors are bits of a number, so that what is due fits a machine word."""


PLANS_MAX: Final = 4096
"""Round trips remembered; a fleet has some dozen combinations of what is due and what is missing."""
REFRESH_SECONDS: Final = 24 * 3600.0
"""An inventory is said again after this long although it is the same, so that a stream that forgets always holds it."""


class Menu(msgspec.Struct, frozen=True):
    """One question: a menu, the fields wanted, and query words for the rows wanted.

    `is_counted` asks only how many there are.
    """

    path: str
    fields: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    is_counted: bool = False

    @property
    def question(self) -> Hashable:
        """What makes two menus one question on the wire."""
        return self.path, self.where, self.is_counted


class Look(msgspec.Struct, frozen=True):
    """One answer as a collector sees it: a table per declared menu, None where the device has no such menu."""

    tables: tuple[Table | None, ...]
    at: datetime
    mark: Hashable
    """What the collector left behind at the last look that was published; None at the first."""
    is_refresh: bool = False
    """Whether an inventory is to be said again although it is the same."""


class Seen(msgspec.Struct, frozen=True):
    """What a collector made of a look: an observation or nothing, and the mark to find at the next look."""

    observation: Observation | None
    mark: Hashable


Read = Callable[..., Observation | None]


class Collector(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability asks, and the observation it makes of it.

    `period_seconds` is how often its menus are asked, 0 for every round. `step` turns a look into what was seen:
    `sample`, `inventory`, or a function of its own where a capability keeps more than a digest.
    """

    observation: type[Observation]
    menus: tuple[Menu, ...]
    step: Callable[[Look], Seen]
    period_seconds: float = 0.0
    is_identity: bool = False
    """Whether it says what a device is: when that changes, menus that were missing are looked for again (facts 5.4)."""


def sample(read: Read) -> Callable[[Look], Seen]:
    """Publish on every look. `read` takes the tables and may say None when there is nothing to say."""

    def step(look: Look) -> Seen:
        return Seen(read(*look.tables), None)

    return step


def inventory(read: Read) -> Callable[[Look], Seen]:
    """Publish when the answer is another one than at the last look; an answer that is the same is not even read."""

    def step(look: Look) -> Seen:
        digest = hash(look.tables)
        is_known = digest == look.mark and not look.is_refresh
        return Seen(None if is_known else read(*look.tables), digest)

    return step


class Turn(msgspec.Struct, frozen=True, gc=False):
    """Whose turn it is in one round, as bits: the collectors that ask, and those that repeat their inventory."""

    due: int
    refresh: int


class Entry(msgspec.Struct, frozen=True):
    """A collector in its survey: its part's name, how often it asks and repeats itself, and the questions it needs."""

    collector: Collector
    part: str
    rounds: int
    refresh_rounds: int
    questions: tuple[int, ...]
    needs: int


class Reader(msgspec.Struct, frozen=True):
    """A collector that waits for the answers of one round trip: its number, and the columns it takes of each answer."""

    number: int
    columns: tuple[tuple[int, ...], ...]


class Plan(msgspec.Struct, frozen=True):
    """One round trip: what is asked, the numbers of these questions in the survey, and who waits for the answers."""

    asks: tuple[Ask, ...]
    questions: tuple[int, ...]
    readers: tuple[Reader, ...]


class Survey:
    """All collectors, compiled for a rhythm of `interval_seconds`.

    Stateless after it is made; share one per process.
    """

    def __init__(self, collectors: Sequence[Collector], interval_seconds: float) -> None:
        assert len(collectors) <= COLLECTORS_MAX, "COLLECTORS_MAX"
        menus = dict.fromkeys(menu.question for collector in collectors for menu in collector.menus)
        self.questions: Final[tuple[Hashable, ...]] = tuple(menus)
        numbers = {question: number for number, question in enumerate(self.questions)}
        self.entries: Final = tuple(_entry(one, numbers, interval_seconds) for one in collectors)
        self._plans: dict[tuple[int, int], Plan] = {}
        self._asks: dict[Menu, Ask] = {}

    def turn(self, round_number: int, phase: int) -> Turn:
        """Whose turn it is: everybody's in round 0, then each by its period, spread over the rounds by `phase`."""
        due = refresh = 0
        for number, entry in enumerate(self.entries):
            place = round_number + phase + number
            if round_number == 0 or place % entry.rounds == 0:
                due |= 1 << number
                if place % entry.refresh_rounds == 0:
                    refresh |= 1 << number
        return Turn(due, refresh)

    def plan(self, due: int, missing: int) -> Plan:
        """One round trip for the collectors `due` without the questions `missing`; made once per combination."""
        plan = self._plans.get((due, missing))
        if plan is None:
            if len(self._plans) >= PLANS_MAX:
                self._plans.clear()
            plan = self._plans[due, missing] = self._make_plan(due, missing)
        return plan

    def _make_plan(self, due: int, missing: int) -> Plan:
        """Ask each question once, with the fields of all who ask it this time."""
        chosen = [number for number, one in enumerate(self.entries) if due >> number & 1 and one.needs & ~missing]
        wanted: dict[int, Menu] = {}
        for number in chosen:
            entry = self.entries[number]
            for question, menu in zip(entry.questions, entry.collector.menus, strict=True):
                known = wanted.get(question, menu).fields
                fields = tuple(dict.fromkeys((*known, *menu.fields)))
                wanted[question] = msgspec.structs.replace(menu, fields=fields)
        asked = sorted(question for question in wanted if not missing >> question & 1)
        return Plan(
            asks=tuple(self._ask(wanted[question]) for question in asked),
            questions=tuple(asked),
            readers=tuple(Reader(number, _columns(self.entries[number], wanted)) for number in chosen),
        )

    def _ask(self, menu: Menu) -> Ask:
        """A question to a menu, encoded once however many plans it is part of."""
        ask = self._asks.get(menu)
        if ask is None:
            attributes = {"count-only": ""} if menu.is_counted else None
            ask = self._asks[menu] = Ask(menu.path, menu.fields, where=menu.where, attributes=attributes)
        return ask


def table_of(ask: Ask, reply: Reply) -> Table:
    """One reply as columns; raises its fault."""
    rows = ask.pick(reply)
    if not ask.fields:
        return ((reply.ret,),)
    return tuple(zip(*rows, strict=True)) if rows else ((),) * len(ask.fields)


def _columns(entry: Entry, wanted: Mapping[int, Menu]) -> tuple[tuple[int, ...], ...]:
    """Where the fields of a collector stand in the answers; a count is the only column of its answer."""
    return tuple(
        (0,) if menu.is_counted else tuple(wanted[question].fields.index(field) for field in menu.fields)
        for question, menu in zip(entry.questions, entry.collector.menus, strict=True)
    )


def _entry(collector: Collector, numbers: Mapping[Hashable, int], interval_seconds: float) -> Entry:
    questions = tuple(numbers[menu.question] for menu in collector.menus)
    needs = 0
    for question in questions:
        needs |= 1 << question
    rounds = max(1, round(collector.period_seconds / interval_seconds))
    return Entry(
        collector=collector,
        part=part_name(collector.observation),
        rounds=rounds,
        refresh_rounds=rounds * max(1, round(REFRESH_SECONDS / interval_seconds / rounds)),
        questions=questions,
        needs=needs,
    )
