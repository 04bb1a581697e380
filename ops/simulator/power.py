"""Going away and coming back: reboot, and backup files that bring a whole configuration back (facts 7.9, 12, 16.9)."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING

from ops.simulator.files import FILES
from ops.simulator.moment import Value
from ops.simulator.schedule import SCHEDULER, next_run_text
from ops.simulator.traps import failure
from ops.simulator.tree import SINGLE, Row, Table

if TYPE_CHECKING:
    from ops.simulator.router import Router

UPDATE = "/system/package/update"
ROUTERBOARD = "/system/routerboard"
NTP_DELAY = 25.0  # seconds from boot until NTP has set the clock
_PLAIN = b"\x88\xac\xa1\xb1"
_ENCRYPTED = b"\xef\xa8\x91\x72"
_NEVER_SAVED = frozenset({FILES, "/interface"})


def reboot(router: Router, *, away_seconds: float | None = None) -> None:
    """Drop every connection, forget what memory holds, and come back with the clock of 1970."""
    fleet = router.fleet
    away = fleet.reboot_seconds if away_seconds is None else away_seconds
    if router.has_history and router.history.holder is not None:
        router.history.unroll(router.history.holder)
    for session in tuple(router.sessions or ()):
        if session.end is not None:
            session.end()
    router.sessions = None
    router.variables = None
    router.lines = None
    router.listeners = None
    _install_what_was_fetched(router)
    router.away_until = router.booted_at = fleet.now() + away
    router.ntp_at = router.booted_at + NTP_DELAY
    fleet.runner.stop(router)
    _forget_what_memory_held(router)
    router.scheduler.rest()
    fleet.clock.wake_at(router.booted_at, router.scheduler.rearm)
    fleet.clock.wake_at(router.ntp_at, router.scheduler.rearm)


def keep_rebooting(router: Router) -> None:
    """Reboot again and again for as long as the router misbehaves that way."""
    every = router.mishaps.reboot_every if router.mishaps is not None else 0.0
    if not every:
        return

    def again() -> None:
        if router.mishaps is not None and router.mishaps.reboot_every:
            reboot(router)
            keep_rebooting(router)

    router.fleet.clock.wake_at(max(router.booted_at, router.fleet.now()) + every, again)


def _install_what_was_fetched(router: Router) -> None:
    """Start the version that was downloaded and the bootloader that was flashed (facts 15.2, 15.3)."""
    for path, field in ((UPDATE, "~downloaded"), (ROUTERBOARD, "~staged")):
        if router.overlay is None or path not in router.overlay:
            continue
        wanted = router.overlay[path].rows[SINGLE].pop(field, None)
        if not isinstance(wanted, str):
            continue
        if path == ROUTERBOARD:
            router.overlay[path].change(SINGLE, {"current-firmware": wanted})
        elif router.mishaps is None or not router.mishaps.install_fails:
            router.become(wanted)


def _forget_what_memory_held(router: Router) -> None:
    for path in (SCHEDULER, "/system/script"):
        if router.overlay is not None and path in router.overlay:
            table = router.own(path)
            for key in table.rows:
                table.change(key, {"run-count": "0"})
    if router.stock.board.has_flash_folder and router.overlay is not None and FILES in router.overlay:
        files = router.own(FILES)
        for key, row in list(files.rows.items()):
            if not str(row["name"]).startswith("flash"):  # a RAM disk (facts 12.5)
                files.drop(key)


def save_backup(router: Router, password: str) -> str:
    """Return the content of a backup file, as Latin-1 text."""
    saved: dict[str, object] = {}
    for path, table in (router.overlay or {}).items():
        if path not in _NEVER_SAVED:
            rows = {str(key): _saved_row(row) for key, row in table.rows.items() if row.get("dynamic") != "true"}
            saved[path] = {"next": table.next_id, "rows": rows}
    body = zlib.compress(json.dumps({"model": router.stock.board.key, "menus": saved}).encode())
    if not password:
        return (_PLAIN + body).decode("latin-1")
    seal = hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest()
    return (_ENCRYPTED + seal + body).decode("latin-1")


def load_backup(router: Router, content: str, password: str) -> None:
    """Take over the configuration of a backup file and reboot."""
    raw = content.encode("latin-1")
    if raw.startswith(_ENCRYPTED):
        seal = hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest()
        if raw[4:36] != seal:
            raise failure("wrong password")
        raw = raw[36:]
    elif raw.startswith(_PLAIN):
        raw = raw[4:]
    else:
        raise failure("not a backup file")
    try:
        saved = json.loads(zlib.decompress(raw))
    except (zlib.error, ValueError):
        raise failure("backup file is damaged") from None
    if saved["model"] != router.stock.board.key:
        raise failure("backup is for another board")
    kept = router.table(FILES)
    router.overlay = {FILES: kept.copy()}
    for path, each in saved["menus"].items():
        if path in router.stock.menus:
            rows = {int(key): _restored(router, path, int(key), row) for key, row in each["rows"].items()}
            router.overlay[path] = Table(router.stock.menus[path], rows, each["next"])
    router.written("/interface", kept)
    reboot(router)


def _saved_row(row: Row) -> dict[str, str | None]:
    return {name: value if isinstance(value, str) else None for name, value in row.items()}


def _restored(router: Router, path: str, key: int, saved: dict[str, str | None]) -> Row:
    """Return a saved row; what drifts is not in a backup and starts anew."""
    factory: Row = router.stock.tables[path].rows.get(key, {})
    row: Row = {}
    for name, text in saved.items():
        value: Value | None = text if text is not None else factory.get(name)
        if value is not None:
            row[name] = value
    if path == SCHEDULER:
        row["next-run"] = next_run_text(router, row)
    return row
