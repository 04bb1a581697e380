"""What a menu is made of: its fields, how its items are named, and when it exists. Declarations only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ops.simulator.kinds import DURATION, FLAG, TEXT, Kind, number
from ops.simulator.release import EARLIEST, LATEST, Release
from ops.simulator.texts import seconds_in

_HUGE = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the items of a menu."""

    name: str
    kind: Kind = TEXT
    default: str | None = None  # what an item gets when nothing is said; None: the field is then absent
    required: bool = False
    runtime: bool = False  # the router's own; nobody may set it, and no export shows it
    secret: bool = False
    always: bool = False  # exports tell it even when it is the default
    since: Release = EARLIEST
    until: Release = LATEST


@dataclass(frozen=True)
class Menu:
    """One menu. A `single` one is one row without an id; a `fixed` one takes neither add nor remove."""

    path: str
    fields: tuple[Field, ...]
    single: bool = False
    fixed: bool = False
    ordered: bool = False
    readonly: bool = False
    unique: tuple[str, ...] = ()
    taken: str = "already have such entry"
    interface: str | None = None  # its items are interfaces of this type
    anchor: str | None = None  # how an export addresses an item that it cannot add: a field's name, or "number"
    exported: bool = True
    needs: frozenset[str] = frozenset()  # features of the board, any of which brings the menu
    since: Release = EARLIEST
    until: Release = LATEST
    policy: frozenset[str] = field(default_factory=frozenset)  # needed beside read or write

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by name."""
        return {each.name: each for each in self.fields}

    @cached_property
    def named(self) -> bool:
        """Whether its items may be addressed by name in place of an id."""
        return "name" in self.by_name

    def field_for(self, name: str, release: Release) -> Field | None:
        """Return the field if this release has it."""
        found = self.by_name.get(name)
        return found if found is not None and found.since <= release <= found.until else None

    def exists(self, release: Release, features: frozenset[str]) -> bool:
        """Tell whether a board of this release with these features has the menu."""
        return self.since <= release <= self.until and (not self.needs or bool(self.needs & features))


def runtime(names: str) -> tuple[Field, ...]:
    """Declare fields that only the router writes, their names separated by blanks."""
    return tuple(Field(name, runtime=True) for name in names.split())


def flags(names: str) -> tuple[Field, ...]:
    """Declare run-time flags that every item has and that start as false."""
    return tuple(Field(name, FLAG, "false", runtime=True) for name in names.split())


def optional(names: str, kind: Kind = TEXT) -> tuple[Field, ...]:
    """Declare fields that are absent until somebody sets them."""
    return tuple(Field(name, kind) for name in names.split())


def required(names: str, kind: Kind = TEXT) -> tuple[Field, ...]:
    """Declare fields without which there is no item."""
    return tuple(Field(name, kind, required=True) for name in names.split())


def defaults(values: Mapping[str, str]) -> tuple[Field, ...]:
    """Declare fields by what they hold when nothing is said; flags, numbers and durations are told by their look."""
    return tuple(Field(name, _kind_like(value), value) for name, value in values.items())


def _kind_like(value: str) -> Kind:
    if value in {"true", "false"}:
        return FLAG
    if value.isdigit():
        return number(0, _HUGE)
    return DURATION if seconds_in(value) is not None else TEXT


COMMENT = Field("comment")
DISABLED = Field("disabled", FLAG, "false")


def table(path: str, *fields: Field | Iterable[Field], **traits: object) -> Menu:
    """Declare a menu; groups of fields are flattened."""
    flat: list[Field] = []
    for each in fields:
        flat.extend((each,) if isinstance(each, Field) else each)
    return Menu(path, tuple(flat), **traits)  # type: ignore[arg-type] # the traits are Menu's own keywords


def row(path: str, *fields: Field | Iterable[Field], **traits: object) -> Menu:
    """Declare a menu of one row."""
    return table(path, *fields, single=True, fixed=True, **traits)
