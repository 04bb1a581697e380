"""How a console prints the rows of a menu: terse lines, details, single rows as a list, or a table with flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ops.simulator.release import V7, Release

if TYPE_CHECKING:
    from ops.simulator.schema import Menu

COLUMNS_MAX = 6
_LETTERS = {
    "disabled": "X",
    "invalid": "I",
    "dynamic": "D",
    "running": "R",
    "slave": "S",
    "active": "A",
    "connect": "C",
}
_HIDDEN = frozenset({".id", ".nextid"})


def yes_no(value: str) -> str:
    """Write a flag as a console does."""
    return {"true": "yes", "false": "no"}.get(value, value)


def told(value: str) -> str:
    """Write a value as a console does: yes and no, quotes around blanks."""
    text = yes_no(value)
    return f'"{text}"' if " " in text or text == "" else text


def _flags(row: Mapping[str, str]) -> str:
    return "".join(letter for name, letter in _LETTERS.items() if row.get(name) == "true")


def _values(row: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in row.items() if name not in _HIDDEN and name not in _LETTERS]


def rows_as_text(
    menu: Menu | None, rows: Sequence[Mapping[str, str]], version: Release, words: frozenset[str]
) -> list[str]:
    """Return the lines of a printout."""
    if menu is None or menu.single:
        width = max((len(name) for row in rows for name in row), default=0) + 2
        return [
            f"{name:>{width}}: {yes_no(value)}" for row in rows for name, value in row.items() if name != ".section"
        ]
    if "terse" in words:
        return [
            f"{place} {_flags(row):<3} " + " ".join(f"{n}={yes_no(v)}" for n, v in _values(row))
            for place, row in enumerate(rows)
        ]
    used = [
        f"{letter} - {name.upper() if version >= V7 else name}"
        for name, letter in _LETTERS.items()
        if name in menu.by_name
    ]
    lines = [f"Flags: {', '.join(used)}"] if used else []
    if "detail" in words or "value-list" in words:
        for place, row in enumerate(rows):
            if "comment" in row:
                lines.append(f"{place:>2} {_flags(row):<4};;; {row['comment']}")
            body = " ".join(f"{name}={told(value)}" for name, value in _values(row) if name != "comment")
            lines.append(f"{place:>2} {_flags(row):<4}{body}")
        return lines
    return lines + _table(menu, rows)


def _table(menu: Menu, rows: Sequence[Mapping[str, str]]) -> list[str]:
    names = [each.name for each in menu.fields if each.name not in _LETTERS and any(each.name in row for row in rows)]
    names = [name for name in names if name != "comment"][:COLUMNS_MAX]
    widths = {name: max(len(name), *(len(row.get(name, "")) for row in rows)) for name in names} if rows else {}
    lines = [f"{'#':>2} {'':<4}" + "  ".join(f"{name.upper():<{widths[name]}}" for name in names)] if rows else []
    for place, row in enumerate(rows):
        if "comment" in row:
            lines.append(f";;; {row['comment']}")
        body = "  ".join(f"{row.get(name, ''):<{widths[name]}}" for name in names)
        lines.append(f"{place:>2} {_flags(row):<4}{body}".rstrip())
    return lines
