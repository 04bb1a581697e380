"""What all routers of one board share: its menus, and their items as they left the factory. Read-only once made."""

from collections.abc import Mapping
from functools import lru_cache

from ops.simulator.boards import chassis, daily, factory, network, ports, radios, routing
from ops.simulator.boards.board import Board
from ops.simulator.menus import MENUS
from ops.simulator.release import Release
from ops.simulator.schema import Menu, table
from ops.simulator.texts import stamp
from ops.simulator.tree import SINGLE, Row, Table

INTERFACES = "/interface"
LOOPBACK = table("/interface/lo", interface="loopback")  # has no menu of its own that could be printed
ACCOUNT = "tod"  # the account that every router of a fleet knows


class Stock:
    """One board's menus and factory items."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.release: Release = board.release
        self.menus: dict[str, Menu] = {menu.path: menu for menu in MENUS if menu.exists(board.release, board.features)}
        given: dict[str, dict[int, Row]] = {}
        for maker in (chassis, ports, network, radios, routing, daily, factory):
            given.update(maker.tables(board))
        self.tables: dict[str, Table] = {
            path: self._table(menu, given.get(path, {})) for path, menu in self.menus.items()
        }
        self._add_account()
        self.tables[INTERFACES] = interface_view(self.menus[INTERFACES], self.tables, self.release)
        self.prints: dict[bytes, tuple[str, bool]] = {
            f"{path}/{verb}".encode(): (path, verb == "print") for path in self.menus for verb in ("print", "getall")
        }
        """Command words of plain reads, to the menu they read."""

    def _table(self, menu: Menu, rows: Mapping[int, Row]) -> Table:
        known = {
            key: {
                name: value
                for name, value in row.items()
                if name.startswith("~") or menu.field_for(name, self.release) is not None
            }
            for key, row in rows.items()
        }
        if menu.single:
            return Table(menu, {SINGLE: _ordered(menu, known.get(SINGLE, {}), self.release)})
        if any(field.default is not None for field in menu.fields):
            known = {key: _ordered(menu, row, self.release) for key, row in known.items()}
        return Table(menu, known)

    def _add_account(self) -> None:
        users = self.tables["/user"]
        account: Row = {"name": ACCOUNT, "group": "full", "address": "", "~password": lambda m: m.router.password}
        account |= {"disabled": "false", "last-logged-in": lambda m: stamp(m.now - m.uptime + 3600, self.release)}
        if "expired" in users.rows[1]:
            account["expired"] = "false"
        users.insert(account)


@lru_cache(maxsize=64)
def stock_of(board: Board) -> Stock:
    """Return what routers of a board share; all fleets of a process share it too."""
    return Stock(board)


def _ordered(menu: Menu, row: Row, release: Release) -> Row:
    """Return a row in the menu's own order of fields, with the defaults of what it does not say."""
    whole: Row = {}
    for field in menu.fields:
        if field.name in row:
            whole[field.name] = row[field.name]
        elif field.default is not None and field.since <= release <= field.until:
            whole[field.name] = field.default
    whole.update({name: value for name, value in row.items() if name.startswith("~")})
    return whole


def interface_view(menu: Menu, tables: Mapping[str, Table], release: Release) -> Table:
    """Return /interface as the view over all menus whose items are interfaces."""
    slaves = frozenset(
        str(row.get("interface"))
        for row in tables["/interface/bridge/port"].rows.values()
        if row.get("disabled") != "true"
    )
    rows: dict[int, Row] = {}
    for each in tables.values():
        if each.menu.interface is not None:
            for key, row in each.rows.items():
                rows[key] = ports.view_row(each, key, row, slaves, release)
    for key, row in ports.loopback(release).items():
        rows[key] = ports.view_row(Table(LOOPBACK, {}), key, row, slaves, release)
    return Table(menu, dict(sorted(rows.items())))
