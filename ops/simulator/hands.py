"""What happens to a router from outside its configuration: plugs pulled, lines that drop and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.simulator.traps import no_such_item

if TYPE_CHECKING:
    from ops.simulator.router import Router


def plug(router: Router, name: str, *, linked: bool) -> None:
    """Pull the cable of an interface, or put it back; the log and the number of link-downs tell of it."""
    path, key = home(router, name)
    before = router.table(path).copy()
    table = router.own(path)
    row = table.rows[key]
    if linked == ("~down" not in row):
        return
    downs = str(int(str(row.get("~downs", "0"))) + (not linked))
    table.change(key, {"~down": None if linked else "yes", "~downs": downs, "running": "true" if linked else "false"})
    router.log("interface,info", f"{name} link {'up (speed 1G, full duplex)' if linked else 'down'}")
    router.written(path, before)


def reappear(router: Router, path: str, name: str) -> str:
    """Let an item vanish and come back as dynamic ones do: with the same name under a new id, which is returned."""
    before = router.table(path).copy()
    table = router.own(path)
    key = table.find(name)
    row = table.rows[key]
    table.drop(key)
    fresh = table.insert(row)
    router.written(path, before)
    return f"*{fresh:X}"


def home(router: Router, name: str) -> tuple[str, int]:
    """Return the menu that an interface belongs to, and its id there."""
    for path, menu in router.stock.menus.items():
        if menu.interface is not None:
            for key, row in router.table(path).rows.items():
                if row.get("name") == name:
                    return path, key
    raise no_such_item()
