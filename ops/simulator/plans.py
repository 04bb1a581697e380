"""Replies prepared in advance: one print, with its field list and query, compiled once and run on every poll.

What never changes is framed when the plan is made; a run only frames what drifts. A plan is shared by every router that
shares the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.simulator.moment import Live, Moment
from ops.simulator.query import Test, compile_query, reading
from ops.simulator.tree import Row, Table
from ops.simulator.wire import to_wire, wire_text

PLANS_MAX = 64  # per table

Piece = str | tuple[tuple[str, ...], str, Live]

_HEADS: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A print as it was asked: which fields (None: all), which query words, and whether only the count is wanted."""

    fields: tuple[str, ...] | None = None
    query: tuple[str, ...] = ()
    count_only: bool = False


def _heads(name: str) -> tuple[str, ...]:
    """Return the framed beginning of `=name=value` for each short length of the value."""
    found = _HEADS.get(name)
    if found is None:
        start = f"={name}="
        found = _HEADS[name] = tuple(chr(len(start) + size) + start for size in range(0x80 - len(start)))
    return found


def item_id(key: int) -> str:
    """Write an id the way RouterOS does."""
    return f"*{key:X}"


def full_row(table: Table, key: int, row: Row) -> Row:
    """Return a row with its id, which single menus do not have."""
    return row if table.menu.single else {".id": item_id(key), **row}


class Plan:
    """One print of one table."""

    __slots__ = ("_ask", "_query", "_rows")

    def __init__(self, table: Table, ask: Ask) -> None:
        self._ask = ask
        self._query: Test | None = compile_query(ask.query) if ask.query else None
        self._rows: list[tuple[Row, list[Piece]]] = []
        for key, row in table.rows.items():
            whole = full_row(table, key, row)
            self._rows.append((whole, _pieces(whole, ask.fields)))

    def run(self, moment: Moment, tag: str) -> tuple[str, int]:
        """Return the `!re` sentences as wire text, each with the framed `tag`, and how many they are."""
        start = "\x03!re" + tag
        parts: list[str] = []
        count = 0
        for row, pieces in self._rows:
            if self._query is not None and not self._query(reading(row, moment)):
                continue
            count += 1
            parts.append(start)
            for piece in pieces:
                if isinstance(piece, str):
                    parts.append(piece)
                    continue
                heads, start_text, live = piece
                text = live(moment)
                if text is None:
                    continue
                size = len(text)
                parts.append(heads[size] + text if size < len(heads) else wire_text(start_text + text))
            parts.append("\x00")
        return ("" if self._ask.count_only else "".join(parts)), count


def _pieces(row: Mapping[str, str | Live], fields: tuple[str, ...] | None) -> list[Piece]:
    pieces: list[Piece] = []
    for name in row if fields is None else fields:
        value = row.get(name)
        if value is None or name.startswith("~"):
            continue
        if not isinstance(value, str):
            pieces.append((_heads(name), f"={name}=", value))
            continue
        framed = wire_text(to_wire(f"={name}={value}"))
        if pieces and isinstance(pieces[-1], str):
            pieces[-1] += framed
        else:
            pieces.append(framed)
    return pieces


def plan_for(table: Table, ask: Ask) -> Plan:
    """Return the plan of a print, made on first use."""
    plan = table.plans.get(ask)
    if not isinstance(plan, Plan):
        if len(table.plans) >= PLANS_MAX:
            table.plans.clear()
        plan = table.plans[ask] = Plan(table, ask)
    return plan
