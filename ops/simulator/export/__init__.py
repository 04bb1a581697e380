"""`/export`: the configuration of a router as the script that would make it, in its version's dialect (facts 10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ops.simulator.export.sections import ORDER
from ops.simulator.export.text import assignments, line
from ops.simulator.moment import Moment, reading_of
from ops.simulator.plans import item_id
from ops.simulator.release import V7, Release
from ops.simulator.schema import Field, Menu
from ops.simulator.tree import SINGLE, Table

if TYPE_CHECKING:
    from ops.simulator.router import Router

_UNWRAPPED_SINCE = Release(7, 18)
_V6_LAST = Release(6, 99)
NEWLINE = "\r\n"


class Options(NamedTuple):
    """What was asked for; secrets are shown on v6 and hidden on v7 unless told otherwise (facts 10.3)."""

    verbose: bool = False
    terse: bool = False
    show_secrets: bool = False
    wrap: bool = True


def words_for(version: Release) -> frozenset[str]:
    """Return the options that a version knows (facts 10.1)."""
    words = {"compact", "file", "hide-sensitive", "terse", "verbose"}
    return frozenset(words if version <= _V6_LAST else words | {"show-sensitive"})


def options(router: Router, words: frozenset[str], policies: frozenset[str], *, to_file: bool) -> Options:
    """Read the options of a command."""
    shows = "hide-sensitive" not in words if router.release < V7 else "show-sensitive" in words
    return Options(
        verbose="verbose" in words,
        terse="terse" in words,
        show_secrets=shows and (router.release < V7 or "sensitive" in policies),
        wrap="terse" not in words and (to_file or router.release < _UNWRAPPED_SINCE),
    )


def export(router: Router, wanted: Options, under: str = "") -> str:
    """Return the export of a router, or of one menu and what is below it."""
    moment = router.moment()
    lines = list(_head(router, moment))
    for path in ORDER:
        menu = router.stock.menus.get(path)
        if menu is not None and menu.exported and (path == under or path.startswith(f"{under}/")):
            lines.extend(_section(router, menu, wanted, moment))
    mishaps = router.mishaps
    if mishaps is not None and mishaps.export_error == "error":
        middle = len(lines) // 2
        lines.insert(middle, _broken(router))
    text = NEWLINE.join(lines) + NEWLINE
    return text[: len(text) * 2 // 3] if mishaps is not None and mishaps.export_error == "cut" else text


def _broken(router: Router) -> str:
    if router.release < Release(7, 11):
        return "#error exporting /interface/bridge/calea"
    return '#error exporting "/interface/bridge/calea" (timeout)'


def _head(router: Router, moment: Moment) -> Iterator[str]:
    board = router.stock.board
    day, time = router.date_and_time
    when = f"{day} {time}"
    yield f"# {when} by RouterOS {router.release}"
    if board.model is None:
        yield "# software id = "
        yield "#"
        return
    yield f"# software id = {router.serial[:4]}-{router.serial[4:8]}"
    yield "#"
    yield f"# model = {board.model}"
    yield f"# serial number = {reading_of(router.table('/system/routerboard').rows[SINGLE], moment)['serial-number']}"


def _section(router: Router, menu: Menu, wanted: Options, moment: Moment) -> Iterator[str]:
    table = router.table(menu.path)
    head = "/" + menu.path[1:].replace("/", " ")
    first = True
    for key, row in table.rows.items():
        command = _command(router, table, key, wanted=wanted, moment=moment)
        if command is None:
            continue
        start, pieces = command
        if wanted.terse:
            yield from line(f"{head} {start}", pieces, wrap=False)
            continue
        if first:
            yield head
            first = False
        status = row.get("~status")
        if isinstance(status, str):
            yield f"# {status}"
        yield from line(start, pieces, wrap=wanted.wrap)


def _command(
    router: Router, table: Table, key: int, *, wanted: Options, moment: Moment
) -> tuple[str, list[str]] | None:
    """Return the command that makes one item what it is, or None when there is nothing to say."""
    menu, row = table.menu, table.rows[key]
    if row.get("dynamic") == "true":
        return None
    now = reading_of(row, moment)
    is_builtin = "~builtin" in row or row.get("default") == "true"
    is_there = menu.single or menu.fixed or is_builtin
    baseline = _baseline(router, menu, key, moment) if is_there else {}
    if not is_builtin or "~configured" in row:
        baseline = {**baseline, **_defaults(menu)}
    pairs = [
        (field.name, _told(now[field.name]))
        for field in menu.fields
        if field.name in now and _is_told(field, now[field.name], baseline, wanted, router.release)
    ]
    if not is_there:
        return "add", assignments(pairs)
    if not pairs:
        return None
    return _addressed(table, key, now), assignments(pairs)


def _is_told(field: Field, value: str, baseline: Mapping[str, str], wanted: Options, version: Release) -> bool:
    if field.runtime or not field.since <= version <= field.until:
        return False
    if field.secret and (not wanted.show_secrets or not value):
        return wanted.verbose and wanted.show_secrets
    return wanted.verbose or field.always or value != baseline.get(field.name)


def _defaults(menu: Menu) -> dict[str, str]:
    return {field.name: field.default for field in menu.fields if field.default is not None}


def _baseline(router: Router, menu: Menu, key: int, moment: Moment) -> Mapping[str, str]:
    """Return what an item that is always there holds from the factory."""
    factory = router.stock.tables[menu.path].rows.get(key)
    return reading_of(factory, moment) if factory is not None else {}


def _addressed(table: Table, key: int, now: Mapping[str, str]) -> str:
    menu = table.menu
    if menu.single:
        return "set"
    if menu.anchor == "name":
        return f"set {now['name']}"
    if menu.anchor is not None and menu.anchor in now:
        return f"set [ find {menu.anchor}={now[menu.anchor]} ]"
    if now.get("default") == "true" and sum(1 for row in table.rows.values() if row.get("default") == "true") == 1:
        return "set [ find default=yes ]"
    if "name" in now and menu.named:
        return f"set [ find name={now['name']} ]"
    place = list(table.rows).index(key)
    return f"set {place}" if key < len(table.rows) else f"set {item_id(key)}"


def _told(value: str) -> str:
    return {"true": "yes", "false": "no"}.get(value, value)
