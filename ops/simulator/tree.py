"""The configuration of one menu: its items, what may be written to them, and what cannot.

A table may be shared by all routers of a board; whoever writes, writes to a copy. Knows nothing of other menus but
through `Surroundings`, and nothing of the wire.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from ops.simulator.kinds import BadValueError
from ops.simulator.moment import Value
from ops.simulator.release import Release
from ops.simulator.schema import Field, Menu
from ops.simulator.traps import (
    BAD_VALUE,
    MISSING,
    Trap,
    failure,
    missing_values,
    no_such_item,
    unknown_parameter,
)

Row = dict[str, Value]

ITEMS_MAX = 20_000
SINGLE = 0  # where the row of a single menu lies


class Surroundings(Protocol):
    """What a write must know of the router around it."""

    @property
    def release(self) -> Release:
        """The version that runs."""

    def has_item(self, menu: str, name: str) -> bool:
        """Tell whether a menu has an item of this name."""


class Table:
    """The items of one menu, by id and in order; `plans` holds prepared replies and lives as long as the items stay."""

    __slots__ = ("menu", "next_id", "plans", "rows")

    def __init__(self, menu: Menu, rows: Mapping[int, Row], next_id: int | None = None) -> None:
        self.menu = menu
        self.rows: dict[int, Row] = dict(rows)
        self.next_id = next_id if next_id is not None else max(self.rows, default=0) + 1
        self.plans: dict[object, object] = {}

    def copy(self) -> "Table":
        """Return a copy that may be written to while the original stays as it is."""
        return Table(self.menu, {key: dict(row) for key, row in self.rows.items()}, self.next_id)

    def find(self, reference: str) -> int:
        """Return the key of an item addressed by `*HEX` or by name."""
        if reference.startswith("*"):
            try:
                key = int(reference[1:], 16)
            except ValueError:
                raise no_such_item() from None
            if key in self.rows:
                return key
            raise no_such_item()
        if self.menu.named:
            for key, row in self.rows.items():
                if row.get("name") == reference:
                    return key
        raise no_such_item()

    def insert(self, row: Row, key: int | None = None) -> int:
        """Put a row in as it is, at the end; return its key."""
        if len(self.rows) >= ITEMS_MAX:
            raise failure("too many items")
        if key is None:
            key = self.next_id
        self.next_id = max(self.next_id, key + 1)
        self.rows[key] = row
        self.plans.clear()
        return key

    def change(self, key: int, changes: Mapping[str, Value | None]) -> None:
        """Write to a row as it is; None takes a field out."""
        row = self.rows[key]
        for name, value in changes.items():
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
        self.plans.clear()

    def drop(self, key: int) -> None:
        """Take an item out."""
        del self.rows[key]
        self.plans.clear()

    def move(self, keys: Iterable[int], before: int | None) -> None:
        """Put items in front of another one, or at the end."""
        moved = {key: self.rows.pop(key) for key in keys if key != before}
        order = list(self.rows.items())
        place = next((at for at, (key, _) in enumerate(order) if key == before), len(order))
        self.rows = dict(order[:place]) | moved | dict(order[place:])
        self.plans.clear()


def accepted(menu: Menu, given: Mapping[str, str], around: Surroundings) -> dict[str, str | None]:
    """Check attributes of an add or set; return them as they are kept. None stands for a field that is taken out."""
    changes: dict[str, str | None] = {}
    for asked, text in given.items():
        name = asked.removeprefix("!")
        field = menu.field_for(name, around.release)
        if field is None or field.runtime:
            raise unknown_parameter(name)
        if asked.startswith("!") or (text == "" and field.default is None and field.kind.word != "text"):
            changes[name] = field.default
        else:
            changes[name] = _read(field, text, around)
    return changes


def _read(field: Field, text: str, around: Surroundings) -> str:
    try:
        value = field.kind.read(text)
    except BadValueError as error:
        raise Trap(str(error).format(name=field.name), BAD_VALUE) from error
    menu = field.kind.refers
    if menu is None:
        return value
    for part in value.split(",") if field.kind.word.startswith("list") else (value,):
        bare = part.removeprefix("!")
        if bare and bare not in field.kind.also and not around.has_item(menu, bare):
            raise Trap(f"input does not match any value of {field.name}", BAD_VALUE)
    return value


def new_row(menu: Menu, given: Mapping[str, str | None], release: Release) -> Row:
    """Return the row of a new item: what was given, and the defaults for the rest."""
    lacking = [
        field.name
        for field in menu.fields
        if field.required and field.since <= release <= field.until and given.get(field.name) in {None, ""}
    ]
    if lacking:
        raise missing_values(*lacking)
    row: Row = {
        field.name: field.default
        for field in menu.fields
        if field.default is not None and field.since <= release <= field.until
    }
    row.update({name: value for name, value in given.items() if value is not None})
    return row


def check_unique(table: Table, row: Mapping[str, Value], but: int | None = None) -> None:
    """Refuse a row whose unique fields are those of another item."""
    unique = table.menu.unique
    if not unique:
        return
    wanted = tuple(row.get(name) for name in unique)
    for key, other in table.rows.items():
        if key != but and tuple(other.get(name) for name in unique) == wanted:
            raise failure(table.menu.taken)


def check_removable(table: Table, key: int) -> None:
    """Refuse to take out what is dynamic or built in."""
    row = table.rows[key]
    if row.get("dynamic") == "true":
        raise failure("can not remove dynamic item")
    if row.get("default") == "true" or row.get("~builtin") == "true":
        raise failure("can not remove default item")


def check_changeable(table: Table, key: int) -> None:
    """Refuse to write to what is dynamic."""
    if table.rows[key].get("dynamic") == "true":
        raise Trap("failure: can not change dynamic", MISSING)
