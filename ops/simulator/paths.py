"""Where a command leads: RouterOS takes blanks and slashes between the words of a path alike."""

from __future__ import annotations

from functools import lru_cache

from ops.simulator.actions import ACTIONS
from ops.simulator.stock import Stock


@lru_cache(maxsize=64)
def directories(stock: Stock) -> frozenset[str]:
    """Return every menu and every part of a path on the way to one."""
    paths = {*stock.menus, *(action.rpartition("/")[0] for action in ACTIONS)}
    found = {""}
    for path in paths:
        parts = path.split("/")
        found.update("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(found)


def first_unknown(stock: Stock, path: str) -> str:
    """Return the first word of a path that the router does not know: it is the one its error names."""
    known, so_far = directories(stock), ""
    for part in path.split("/")[1:]:
        so_far = f"{so_far}/{part}"
        if so_far not in known:
            return part
    return so_far.rpartition("/")[2]


def resolve(
    stock: Stock, words: tuple[str, ...], here: str, *, is_absolute: bool
) -> tuple[str, str | None, tuple[str, ...]]:
    """Return the menu, the verb (None: only a menu was named) and the words after it."""
    known = directories(stock)
    path = "" if is_absolute else here
    parts = [part for word in words for part in _parts(word)]
    for place, part in enumerate(parts):
        if part == "..":
            path = path.rpartition("/")[0]
        elif f"{path}/{part}" in known and not _is_command(path, part, parts[place + 1 :]):
            path = f"{path}/{part}"
        else:
            return path, part, tuple(parts[place + 1 :])
    return path, None, ()


def _parts(word: str) -> list[str]:
    """Split `/ip/address` into its words; what looks like an address or a file stays whole."""
    if word.startswith("/") or (word.count("/") and not any(letter.isdigit() or letter == "." for letter in word)):
        return [part for part in word.split("/") if part]
    return [word]


def _is_command(path: str, part: str, rest: list[str]) -> bool:
    """Tell whether a word that is also a menu is meant as the command of that name."""
    return f"{path}/{part}" in ACTIONS and not rest
