"""One router: who it is, what its clock says, and its own configuration over that of its board.

A router that nobody has written to holds next to nothing; whatever it needs beyond that is made on first use.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ops.simulator.moment import Moment, reading_of
from ops.simulator.stock import INTERFACES, Stock, interface_view
from ops.simulator.texts import duration
from ops.simulator.traps import no_such_command
from ops.simulator.tree import Row, Table

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.release import Release

_ZONE = 7200  # seconds; every router of a fleet keeps Europe/Riga winter time
_EPOCH = 86400  # what the clock says at boot: jan/02/1970 00:00:00 (facts 16.5)
_NTP_DELAY = 25.0  # seconds from boot until NTP has set the clock
_UPTIMES = 40 * 86400
_SITE = 8  # routers of one site see each other as neighbours
_PLACES = ("riga", "cesis", "liepaja", "valmiera", "jelgava", "tukums", "ogre", "sigulda", "ventspils", "kuldiga")


class Router:
    """One simulated router."""

    __slots__ = (
        "address",
        "away_until",
        "booted_at",
        "clock_shift",
        "fleet",
        "index",
        "lan",
        "mac",
        "ntp_at",
        "overlay",
        "seed",
        "stock",
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
        return f"H{self.seed % 36**4:04X}{self.index:05X}"[:12].ljust(12, "0")

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
            return str(other.row("/system/identity")["name"])
        if field == "software-id":
            return f"{other.serial[:4]}-{other.serial[4:8]}"
        texts = {"address": other.address, "mac": other.mac + "01", "board": board.model or board.board_name}
        return texts.get(field) or f"{board.version} ({board.channel})"

    # time

    def device_time(self) -> float:
        """Return what the router's clock shows, as local seconds since 1970."""
        now = self.fleet.now()
        if now < self.ntp_at:
            return _EPOCH + now - self.booted_at
        return now + _ZONE + self.clock_shift

    def moment(self) -> Moment:
        """Return the router as it is now."""
        return Moment(self, self.device_time(), max(self.fleet.now() - self.booted_at, 0.0))

    @property
    def is_away(self) -> bool:
        """Whether it is booting."""
        return bool(self.away_until) and self.fleet.now() < self.away_until

    # configuration

    def table(self, path: str) -> Table:
        """Return the items of a menu, to be read; a menu that the router does not have is a trap."""
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

    def written(self, path: str) -> None:
        """Make what follows from a write follow: the view over all interfaces is made anew."""
        if path.startswith(INTERFACES) and self.overlay is not None:
            tables = {name: self.table(name) for name in self.stock.tables if name != INTERFACES}
            self.overlay[INTERFACES] = interface_view(self.stock.menus[INTERFACES], tables, self.release)

    def row(self, path: str) -> Row:
        """Return the row of a single menu as plain text at this moment."""
        return dict(reading_of(self.table(path).rows[0], self.moment()))

    def has_item(self, menu: str, name: str) -> bool:
        """Tell whether a menu has an item of this name; a menu that is not there has none."""
        try:
            rows = self.table(menu).rows
        except Exception:  # noqa: BLE001
            return False
        return any(row.get("name") == name for row in rows.values())

    @property
    def uptime_text(self) -> str:
        """How long it has been up."""
        return duration(int(self.fleet.now() - self.booted_at))
