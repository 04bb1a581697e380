"""One router: who it is, what its clock says, and its own configuration over that of its board.

A router that nobody has written to holds next to nothing; whatever it needs beyond that is made on first use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.simulator.history import History
from ops.simulator.logbook import LINES_MAX, Line, log_rows
from ops.simulator.mishaps import Mishaps
from ops.simulator.moment import Moment, reading_of
from ops.simulator.power import keep_rebooting
from ops.simulator.schedule import SCHEDULER, Scheduler
from ops.simulator.stock import INTERFACES, Stock, interface_view
from ops.simulator.texts import at, clock, date, day_in, seconds_in, stamp
from ops.simulator.traps import no_such_command
from ops.simulator.tree import SINGLE, Row, Table

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.release import Release
    from ops.simulator.users import Session

_ZONE = 7200.0  # seconds; every router of a fleet keeps Europe/Riga winter time
_EPOCH = 86400.0  # what the clock says at boot: jan/02/1970 00:00:00 (facts 16.5)
_UPTIMES = 40 * 86400
_SITE = 8  # routers of one site see each other as neighbours
_PLACES = ("riga", "cesis", "liepaja", "valmiera", "jelgava", "tukums", "ogre", "sigulda", "ventspils", "kuldiga")

UPDATE = "/system/package/update"

Listener = Callable[[str, Table, Table], None]  # menu, before, after


class Router:
    """One simulated router."""

    __slots__ = (
        "_history",
        "_scheduler",
        "address",
        "away_until",
        "booted_at",
        "clock_shift",
        "fleet",
        "index",
        "lan",
        "lines",
        "listeners",
        "mac",
        "mishaps",
        "ntp_at",
        "overlay",
        "seed",
        "sessions",
        "stock",
        "variables",
    )

    def __init__(self, fleet: Fleet, index: int, address: str, stock: Stock) -> None:
        self.fleet = fleet
        self.index = index
        self.address = address
        self.stock = stock
        self.seed = int.from_bytes(hashlib.blake2b(f"{fleet.seed}:{index}".encode(), digest_size=6).digest(), "big")
        self.mac = f"48:A9:8A:{index >> 8 & 0xFF:02X}:{index & 0xFF:02X}:"
        self.lan = f"10.{index >> 8 & 0xFF}.{index & 0xFF}."
        self.booted_at = fleet.started_at - 3600 - self.seed % _UPTIMES
        self.ntp_at = 0.0
        self.away_until = 0.0
        self.clock_shift = 0.0
        self.overlay: dict[str, Table] | None = None
        self.lines: list[Line] | None = None
        self.sessions: list[Session] | None = None
        self.listeners: list[Listener] | None = None
        self.variables: dict[str, object] | None = None  # the globals of scripts
        self.mishaps: Mishaps | None = None
        self._history: History | None = None
        self._scheduler: Scheduler | None = None

    # who it is

    @property
    def release(self) -> Release:
        """The version that runs."""
        return self.stock.release

    @property
    def identity(self) -> str:
        """The name from the factory of this fleet; what the configuration says may differ."""
        place = _PLACES[self.index // _SITE % len(_PLACES)]
        return f"{place}-{self.index // _SITE + 1}-{self.stock.board.role}-{self.index % _SITE + 1}"

    @property
    def serial(self) -> str:
        """Twelve characters that no other router of the fleet has."""
        return f"H{self.seed % 16**6:06X}{self.index:05X}"

    @property
    def password(self) -> str:
        """The password of the fleet's account."""
        return f"tod-{self.seed % 16**8:08x}"

    @property
    def certificate(self) -> str:
        """The name of the certificate that api-ssl has, or none."""
        return "none" if self.fleet.tls_kind(self) == "anonymous" else "api-ssl"

    def beside(self, field: str) -> str:
        """Return one thing that the next router of the site says of itself to its neighbours."""
        first = self.index // _SITE * _SITE
        last = min(first + _SITE, len(self.fleet.routers))
        other = self.fleet.routers[first + (self.index - first + 1) % (last - first)]
        board = other.stock.board
        if field == "identity":
            return other.row("/system/identity")["name"]
        if field == "software-id":
            return f"{other.serial[:4]}-{other.serial[4:8]}"
        texts = {"address": other.address, "mac": other.mac + "01", "board": board.model or board.board_name}
        return texts.get(field) or f"{board.version} ({board.channel})"

    # time

    def device_time(self) -> float:
        """Return what the router's clock shows, as local seconds since 1970."""
        now = self.fleet.now()
        if now < self.ntp_at:
            return _EPOCH + now - self.booted_at + self.clock_shift
        return now + _ZONE + self.clock_shift

    def moment(self) -> Moment:
        """Return the router as it is now."""
        return Moment(self, self.device_time(), max(self.fleet.now() - self.booted_at, 0.0))

    def stamp(self, device_at: float) -> str:
        """Write a device-local instant as this version does."""
        return stamp(device_at, self.release)

    def set_clock(self, day: str | None, time: str | None) -> None:
        """Set the device's clock by hand."""
        now = self.device_time()
        seconds = seconds_in(time or "") if time else now % 86400
        midnight = (day_in(day or "") or at(now).replace(hour=0, minute=0, second=0)).timestamp()
        self.jump_clock(midnight + (seconds or 0.0) - now)

    def jump_clock(self, seconds: float) -> None:
        """Let the device's clock jump; the scheduler looks at it anew."""
        self.clock_shift += seconds
        if self._scheduler is not None:
            self._scheduler.rearm()

    @property
    def date_and_time(self) -> tuple[str, str]:
        """What /system/clock shows."""
        now = self.device_time()
        return date(now, self.release), clock(now)

    @property
    def is_away(self) -> bool:
        """Whether it is booting."""
        return bool(self.away_until) and self.fleet.now() < self.away_until

    # configuration

    def table(self, path: str) -> Table:
        """Return the items of a menu, to be read; a menu that the router does not have is a trap."""
        made = MADE.get(path)
        if made is not None and path in self.stock.menus:
            return Table(self.stock.menus[path], made(self))
        if self.overlay is not None:
            own = self.overlay.get(path)
            if own is not None:
                return own
        shared = self.stock.tables.get(path)
        if shared is None:
            raise no_such_command(path, self.release)
        return shared

    def own(self, path: str) -> Table:
        """Return the items of a menu, to be written to: a copy of the board's, made on the first write."""
        if self.overlay is None:
            self.overlay = {}
        own = self.overlay.get(path)
        if own is None:
            own = self.overlay[path] = self.table(path).copy()
        return own

    def put(self, path: str, table: Table) -> None:
        """Put back what a menu held before."""
        before = self.table(path)
        if self.overlay is None:
            self.overlay = {}
        self.overlay[path] = table.copy()
        self.written(path, before)

    def written(self, path: str, before: Table) -> None:
        """Make what follows from a write follow: the view over all interfaces, the scheduler, and who listens."""
        after = self.table(path)
        if path.startswith(INTERFACES) and self.overlay is not None:
            tables = {name: self.table(name) for name in self.stock.tables if name != INTERFACES}
            self.overlay[INTERFACES] = interface_view(self.stock.menus[INTERFACES], tables, self.release)
        if path == SCHEDULER:
            self.scheduler.rearm()
        for listener in tuple(self.listeners or ()):
            listener(path, before, after)

    def row(self, path: str) -> dict[str, str]:
        """Return the row of a single menu as plain text at this moment."""
        return reading_of(self.table(path).rows[SINGLE], self.moment())

    def has_item(self, menu: str, name: str) -> bool:
        """Tell whether a menu has an item of this name; a menu that is not there has none."""
        if menu not in self.stock.menus:
            return False
        return any(row.get("name") == name for row in self.table(menu).rows.values())

    def device_mode(self, feature: str) -> bool:
        """Tell whether device-mode allows a feature (facts 16.8, 18.2)."""
        if "/system/device-mode" not in self.stock.menus:
            return True
        return self.row("/system/device-mode").get(feature) != "false"

    def become(self, version: str) -> None:
        """Run another version from now on; menus that it does not have are gone."""
        self.stock = self.fleet.stock(self.stock.board, version)
        for path in [path for path in self.overlay or () if path not in self.stock.menus or path == INTERFACES]:
            del (self.overlay or {})[path]
        if self.overlay is not None and UPDATE in self.overlay:
            fresh = {"installed-version": version, "latest-version": None, "status": None}
            self.overlay[UPDATE].change(SINGLE, fresh)

    def misbehave(self, **ways: object) -> None:
        """Switch failure modes on or off, by the names of `Mishaps`."""
        self.mishaps = replace(self.mishaps or Mishaps(), **ways)  # type: ignore[arg-type] # checked by the dataclass
        if "reboot_every" in ways:
            keep_rebooting(self)

    def behave(self) -> None:
        """Switch every failure mode off."""
        self.mishaps = None

    # memory

    @property
    def history(self) -> History:
        """What was changed."""
        if self._history is None:
            self._history = History(self)
        return self._history

    @property
    def has_history(self) -> bool:
        """Whether anything was ever changed."""
        return self._history is not None

    @property
    def scheduler(self) -> Scheduler:
        """What wakes the router."""
        if self._scheduler is None:
            self._scheduler = Scheduler(self, lambda key: self.fleet.run_scheduled(self, key))
        return self._scheduler

    def log(self, topics: str, message: str) -> None:
        """Write a line into the memory log."""
        if self.lines is None:
            self.lines = []
        number = self.lines[-1].number + 1 if self.lines else 0
        self.lines.append(Line(self.fleet.now(), self.device_time(), topics, message, number))
        del self.lines[:-LINES_MAX]
        if "critical" in topics:  # facts 13.4
            for session in self.sessions or ():
                if session.echo is not None:
                    session.echo(f"{clock(self.device_time())} echo: {topics} {message}")


def _active(router: Router) -> dict[int, Row]:
    return {
        key: {
            "when": router.stamp(session.since),
            "name": session.user,
            "address": session.address,
            "via": session.via,
            "group": session.group,
            "radius": "false",
        }
        for key, session in enumerate(router.sessions or (), 1)
    }


def _variables(router: Router) -> dict[int, Row]:
    known = router.variables or {}
    return {
        key: {"name": name, "user": "*sys", "value": str(value)} for key, (name, value) in enumerate(known.items(), 1)
    }


MADE: dict[str, Callable[[Router], dict[int, Row]]] = {
    "/log": log_rows,
    "/user/active": _active,
    "/system/history": lambda router: router.history.rows(),
    "/system/script/environment": _variables,
}
"""Menus whose items are made when somebody looks."""
