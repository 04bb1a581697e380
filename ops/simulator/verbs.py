"""What every menu can do with its items: print, get, add, set, remove, enable, disable, comment, unset, move.

Checks come first and a failed command leaves nothing behind; what follows in other menus is `follow`'s affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ops.simulator import follow
from ops.simulator.plans import full_row, item_id
from ops.simulator.query import Query, reading
from ops.simulator.stock import INTERFACES
from ops.simulator.traps import failure, missing_values, no_such_item, no_such_verb, unknown_parameter
from ops.simulator.tree import (
    SINGLE,
    Table,
    accepted,
    check_changeable,
    check_removable,
    check_unique,
    new_row,
)

if TYPE_CHECKING:
    from ops.simulator.call import Call

_ADDRESSING = frozenset({".id", "numbers"})


def read_rows(call: Call) -> list[dict[str, str]]:
    """Return the rows that a print, get or find asks for, as plain text."""
    table, moment = call.router.table(call.path), call.router.moment()
    wanted = Query(call.ask.query) if call.ask.query else None
    rows: list[dict[str, str]] = []
    for key, row in table.rows.items():
        presence = row.get("~present")
        if callable(presence) and presence(moment) is None:
            continue
        text = reading(full_row(table, key, row), moment)
        if wanted is None or wanted.holds(text):
            rows.append(
                text if call.ask.fields is None else {name: text[name] for name in call.ask.fields if name in text}
            )
    return rows


def print_(call: Call) -> str | None:
    """Emit every row; with `count-only` return their number."""
    rows = read_rows(call)
    if call.ask.count_only:
        return str(len(rows))
    for row in rows:
        call.emit(row)
    return None


def get(call: Call) -> str:
    """Return one value of one item."""
    name = call.args.get("value-name")
    table = call.router.table(call.path)
    key = SINGLE if table.menu.single else _one(call, table)
    row = reading(full_row(table, key, table.rows[key]), call.router.moment())
    if name is None:
        return ";".join(f"{field}={value}" for field, value in row.items())
    return row.get(name, "")


def add(call: Call) -> str:
    """Make an item and return its id."""
    table = call.router.own(call.path)
    menu = table.menu
    if menu.fixed:
        raise no_such_verb()
    given = dict(call.args)
    place = given.pop("place-before", None)
    source = given.pop("copy-from", None)
    if source is not None:
        copied = reading(table.rows[table.find(source)], call.router.moment())
        given = {name: text for name, text in copied.items() if not menu.by_name[name].runtime} | given
    row = new_row(menu, accepted(menu, given, call.router), call.router.release)
    follow.added(call.router, call.session, menu, row)
    check_unique(table, row)
    key = table.insert(row, None if menu.interface is None else _interface_key(call))
    if place is not None:
        table.move([key], table.find(place))
    return item_id(key)


def _interface_key(call: Call) -> int:
    """Return a number that no interface of any kind has: all kinds count together."""
    return max(call.router.table(INTERFACES).rows, default=0) + 1


def set_(call: Call) -> None:
    """Change the items that are addressed."""
    given = {name: text for name, text in call.args.items() if name not in _ADDRESSING}
    table = call.router.own(call.path)
    changes = accepted(table.menu, given, call.router)
    for key in [SINGLE] if table.menu.single else _many(call, table):
        check_changeable(table, key)
        follow.changed(call.router, call.session, table, key, changes)
        table.change(key, changes)
        check_unique(table, table.rows[key], but=key)


def remove(call: Call) -> None:
    """Take items out."""
    table = call.router.own(call.path)
    if table.menu.fixed or table.menu.single:
        raise no_such_verb()
    for key in _many(call, table):
        check_removable(table, key)
        follow.removed(call.router, call.session, table, key)
        table.drop(key)


def enable(call: Call) -> None:
    """Clear the disabled flag."""
    _switch(call, "false")


def disable(call: Call) -> None:
    """Set the disabled flag."""
    _switch(call, "true")


def _switch(call: Call, disabled: str) -> None:
    if "disabled" not in call.router.table(call.path).menu.by_name:
        raise no_such_verb()
    for name in call.args:
        if name not in _ADDRESSING:
            raise unknown_parameter(name)
    call.args["disabled"] = disabled
    set_(call)


def comment(call: Call) -> None:
    """Write a comment."""
    if "comment" not in call.args:
        raise missing_values("comment")
    set_(call)


def unset(call: Call) -> None:
    """Empty a property."""
    name = call.args.pop("value-name", None)
    if name is None:
        raise missing_values("value-name")
    call.args[f"!{name}"] = ""
    set_(call)


def move(call: Call) -> None:
    """Put items in front of another one, or at the end."""
    table = call.router.own(call.path)
    if not table.menu.ordered:
        raise no_such_verb()
    destination = call.args.pop("destination", None)
    before = table.find(destination) if destination is not None else None
    table.move(_many(call, table), before)


def find(call: Call) -> str:
    """Return the ids of the items that match, as a console does."""
    return ";".join(row[".id"] for row in read_rows(call) if ".id" in row)


def _many(call: Call, table: Table) -> list[int]:
    reference = call.args.get(".id", call.args.get("numbers"))
    if reference is None:
        raise missing_values("numbers")
    return [table.find(part) for part in reference.split(",") if part]


def _one(call: Call, table: Table) -> int:
    found = _many(call, table)
    if not found:
        raise no_such_item()
    return found[0]


def check_writable(call: Call) -> None:
    """Refuse a write to what nobody may write to."""
    menu = call.router.stock.menus[call.path]
    if menu.readonly:
        raise no_such_verb()
    call.needs("write", *menu.policy)
    if call.path == "/system/scheduler" and not call.router.device_mode("scheduler"):
        raise failure("not allowed by device-mode")


READS: dict[str, Callable[[Call], str | None]] = {"print": print_, "getall": print_, "get": get, "find": find}
WRITES: dict[str, Callable[[Call], str | None]] = {
    "add": add,
    "set": set_,
    "remove": remove,
    "enable": enable,
    "disable": disable,
    "comment": comment,
    "unset": unset,
    "move": move,
}
