"""The declarations a read model is made of: `Projection`, its tables, and what an event does to them.

Nothing here runs.

Where a column's value comes from, in this order: the effect names it; else the item has a field of that name (in
`Each`); else the event has one; else it is the table's entity column, which holds what the event is about. Else a new
row gets the default.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from contracts.language.errors import ContractBroken
from contracts.language.message import Message
from contracts.language.streams import BY_KIND
from contracts.language.subject import Kind
from projections.engine.columns import Integer, Real, SmallInt, Sql
from projections.engine.happened import Happened
from projections.engine.table import Log, Rollup, Samples, State, Statistic, Table

__all__ = [
    "ACTOR",
    "BODY",
    "CAUSATION",
    "CORRELATION",
    "ENTITY",
    "EVENT_ID",
    "KIND",
    "NAME",
    "OCCURRED_AT",
    "POSITION",
    "REASON",
    "RECORDED_AT",
    "ROLE",
    "SAMPLED_AT",
    "SEQUENCE",
    "SESSION",
    "TENANT",
    "About",
    "Add",
    "Append",
    "Const",
    "Drop",
    "Each",
    "Effect",
    "Fold",
    "Given",
    "Gone",
    "Happened",
    "Integer",
    "Item",
    "Log",
    "Projection",
    "Put",
    "Real",
    "Rollup",
    "Samples",
    "SmallInt",
    "Source",
    "Sql",
    "State",
    "Statistic",
    "Table",
]


class About(msgspec.Struct, frozen=True):
    """A value that stands around the event and not in it."""

    path: str


class Const(msgspec.Struct, frozen=True):
    """Always the same value."""

    value: Any


class Item(msgspec.Struct, frozen=True):
    """A field of the item, in `Each`; dots reach inwards."""

    path: str


class Given(msgspec.Struct, frozen=True):
    """A value made by a pure function of what happened: the way out for one column."""

    function: Callable[[Happened], Any]


Source: TypeAlias = str | About | Const | Item | Given
"""A text is a field of the event; dots reach inwards (`address.host`)."""

ENTITY: Final = About("entity")
TENANT: Final = About("tenant_id")
OCCURRED_AT: Final = About("occurred_at")
RECORDED_AT: Final = About("recorded_at")
SAMPLED_AT: Final = About("sampled_at")
SEQUENCE: Final = About("sequence")
EVENT_ID: Final = About("event_id")
ACTOR: Final = About("actor")
ROLE: Final = About("role")
SESSION: Final = About("session")
REASON: Final = About("reason")
CORRELATION: Final = About("correlation")
CAUSATION: Final = About("causation")
NAME: Final = About("name")
KIND: Final = About("kind")
BODY: Final = About("message")
POSITION: Final = About("position")
"""The place of the item in its list; only in `Each`."""

Predicate: TypeAlias = Callable[[Happened], bool]


@dataclass(frozen=True, init=False)
class _Setting:
    """An effect that fills columns of one table."""

    table: Table
    columns: Mapping[str, Source]
    when: Predicate | None

    def __init__(self, table: Table, /, *, when: Predicate | None = None, **columns: Source) -> None:
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "when", when)
        if unknown := columns.keys() - table.positions.keys():
            raise ContractBroken(f"Table {table.name} has no column {sorted(unknown)}")


class Put(_Setting):
    """Set columns of the row under the event's key.

    It makes the row if it names every required column; else it only changes one.
    """


class Append(_Setting):
    """Add one row to a Log or Samples."""


class Add(_Setting):
    """Count up: the row's numbers grow by the named amounts.

    It makes the row like `Put`, counting from the defaults.
    """


class Drop(_Setting):
    """Take the row under the event's key away; with `history` its versions stay."""


@dataclass(frozen=True, init=False)
class Each(_Setting):
    """One row per item of a list in the event.

    On a State they replace all rows of the entity; elsewhere they are appended.
    """

    items: str

    def __init__(self, table: Table, items: str, /, *, when: Predicate | None = None, **columns: Source) -> None:
        super().__init__(table, when=when, **columns)
        object.__setattr__(self, "items", items)


class Gone(msgspec.Struct, frozen=True):
    """What a Fold returns when a row of a State shall not be there any more."""

    row: type[msgspec.Struct]
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Fold:
    """The honest way out: a pure function of the row and what happened, giving rows.

    It sees the row of `state` under the event's entity (None where there is none, or no `state` is named) and returns
    rows of any table of the projection; the type of a row says which table. A State takes a whole row in place of the
    one with its key; `Gone` removes.
    """

    function: Callable[[Any, Happened], Iterable[msgspec.Struct]]
    state: State | None = None
    when: Predicate | None = None

    def __post_init__(self) -> None:
        if self.state is not None and self.state.key != ((self.state.entity,) if self.state.entity else ()):
            raise ContractBroken(
                f"A Fold over {self.state.name} needs one row per entity, and its key is {self.state.key}"
            )


Effect: TypeAlias = Put | Append | Add | Drop | Each | Fold
Trigger: TypeAlias = type[Message] | Kind
"""A message, or every message of a kind."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """One read model. `version` rises when its tables or their meaning change; the stream is a name of `contracts`.

    With `announce_rows` the notices carry the rows of State tables themselves, for pages that need every sample.
    """

    name: str
    version: int
    stream: str
    tables: tuple[Table, ...]
    on: Mapping[Trigger, Effect | tuple[Effect, ...]] = field(default_factory=dict)
    announce_rows: bool = False

    def __post_init__(self) -> None:
        names = [table.name for table in self.tables]
        rows = [table.row for table in self.tables]
        if len(set(names)) != len(names) or len(set(rows)) != len(rows):
            raise ContractBroken(f"Projection {self.name}: two tables share a name or a row type")
        for trigger in self.on:
            kind = trigger if isinstance(trigger, Kind) else trigger.kind
            if BY_KIND[kind].name != self.stream:
                raise ContractBroken(f"Projection {self.name} reads {self.stream}, which never holds {trigger}")
            for effect in self.effects(trigger):
                table = effect.state if isinstance(effect, Fold) else effect.table
                if table is not None and table not in self.tables:
                    raise ContractBroken(f"Projection {self.name} writes {table.name}, which it does not list")

    def effects(self, trigger: Trigger) -> tuple[Effect, ...]:
        """What is done for one trigger."""
        effects = self.on.get(trigger, ())
        return effects if isinstance(effects, tuple) else (effects,)
