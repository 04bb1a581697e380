"""Replies prepared in advance: one print, with its field list and query, compiled once and run on every poll.

What never changes is framed when the plan is made; a run only frames what drifts. A plan is shared by every router that
shares the table.
"""

from dataclasses import dataclass
from typing import NamedTuple

from ops.simulator.moment import Live, Moment
from ops.simulator.query import Query
from ops.simulator.tree import Row, Table
from ops.simulator.wire import to_wire, wire_text

PLANS_MAX = 64  # per table


class Heads(dict[int, str]):
    """The framed beginning of `=name=value` for each length of the value, made when it is first needed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._start = f"={name}="

    def __missing__(self, size: int) -> str:
        """Frame a beginning."""
        whole = wire_text(self._start + "x" * size)
        head = self[size] = whole[: len(whole) - size]
        return head


Drift = tuple[str, Heads, Live]  # what stands before, the beginning of the word, and its value

_HEADS: dict[str, Heads] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A print as it was asked: which fields (None: all), which query words, and whether only the count is wanted."""

    fields: tuple[str, ...] | None = None
    query: tuple[str, ...] = ()
    count_only: bool = False


def item_id(key: int) -> str:
    """Write an id the way RouterOS does."""
    return f"*{key:X}"


def full_row(table: Table, key: int, row: Row) -> Row:
    """Return a row with its id, which single menus do not have."""
    return row if table.menu.single else {".id": item_id(key), **row}


class PlannedRow(NamedTuple):
    """One row: what drifts in it, what stands after the last of these, and whether it is there at all."""

    drifts: list[Drift]
    rest: str
    presence: Live | None
    whole: Row


class Plan:
    """One print of one table."""

    __slots__ = ("_ask", "_query", "_rows")

    def __init__(self, table: Table, ask: Ask) -> None:
        self._ask = ask
        self._query = Query(ask.query) if ask.query else None
        self._rows = [_planned(full_row(table, key, row), ask.fields) for key, row in table.rows.items()]

    def run(self, moment: Moment, tag: str) -> tuple[str, int]:
        """Return the `!re` sentences as wire text, each with the framed `tag`, and how many they are."""
        start, query = f"\x03!re{tag}", self._query
        parts: list[str] = []
        add = parts.append
        count = 0
        for drifts, rest, presence, whole in self._rows:
            if presence is not None and presence(moment) is None:
                continue
            if query is not None and not query(whole, moment):
                continue
            count += 1
            add(start)
            for before, heads, live in drifts:
                text = live(moment)
                if text is None:
                    add(before)
                else:
                    parts += (before, heads[len(text)], text)
            add(rest)
        return ("" if self._ask.count_only else "".join(parts)), count


def _planned(row: Row, fields: tuple[str, ...] | None) -> PlannedRow:
    drifts: list[Drift] = []
    static = ""
    for name in row if fields is None else fields:
        value = row.get(name)
        if value is None or name.startswith("~"):
            continue
        if isinstance(value, str):
            static += wire_text(to_wire(f"={name}={value}"))
            continue
        heads = _HEADS.get(name)
        if heads is None:
            heads = _HEADS[name] = Heads(name)
        drifts.append((static, heads, value))
        static = ""
    presence = row.get("~present")
    return PlannedRow(drifts, static + "\x00", presence if callable(presence) else None, row)


def plan_for(table: Table, ask: Ask) -> Plan:
    """Return the plan of a print, made on first use."""
    plan = table.plans.get(ask)
    if not isinstance(plan, Plan):
        if len(table.plans) >= PLANS_MAX:
            table.plans.clear()
        plan = table.plans[ask] = Plan(table, ask)
    return plan
