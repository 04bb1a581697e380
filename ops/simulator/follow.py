"""What a write to one menu brings about beyond the values given: networks, owners, passwords, references kept true.

Called before the write is made, with the row or the changes still open; a trap raised here refuses the write.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ops.simulator import files, schedule
from ops.simulator.plans import item_id
from ops.simulator.stock import INTERFACES
from ops.simulator.texts import clock, date, stamp
from ops.simulator.traps import Trap, failure
from ops.simulator.tree import Row, Table

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.schema import Menu
    from ops.simulator.users import Session

Changes = dict[str, str | None]
_EVERY_POLICY = "ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon"
_IDENTITY_MAX = 64  # characters


def added(router: Router, session: Session, menu: Menu, row: Row) -> None:
    """Complete the row of a new item."""
    complete = _ON_ADD.get(menu.path)
    if complete is not None:
        complete(router, session, row)
    if menu.interface is not None and "mac-address" in menu.by_name:
        rank = 0x80 + len(router.table(INTERFACES).rows)
        row.setdefault("mac-address", f"{router.mac}{rank & 0xFF:02X}")


def changed(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    """Complete the changes to an item, and carry a new name to wherever the old one stands."""
    complete = _ON_SET.get(table.menu.path)
    if complete is not None:
        complete(router, session, table, key, changes)
    old, new = table.rows[key].get("name"), changes.get("name")
    if isinstance(old, str) and new and new != old:
        if any(other != key and row.get("name") == new for other, row in table.rows.items()):
            raise failure(table.menu.taken)
        _rename(router, table.menu, old, new)


def removed(router: Router, session: Session, table: Table, key: int) -> None:
    """Leave dangling ids where the item was named, as RouterOS does."""
    if table.menu.path == "/user":
        _keep_an_administrator(router, session, table, key)
    name = table.rows[key].get("name")
    if isinstance(name, str):
        _rename(router, table.menu, name, item_id(key))


def _rename(router: Router, menu: Menu, old: str, new: str) -> None:
    for path, other in router.stock.menus.items():
        fields = [field for field in other.fields if _refers(field.kind.refers, menu)]
        if not fields or path == menu.path:
            continue
        for key, row in list(router.table(path).rows.items()):
            for field in fields:
                text = row.get(field.name)
                if isinstance(text, str) and old in text.split(","):
                    parts = [new if part == old else part for part in text.split(",")]
                    router.own(path).change(key, {field.name: ",".join(parts)})
    if menu.path == "/interface/bridge" or menu.interface is not None:
        _rename_actual(router, old, new)


def _rename_actual(router: Router, old: str, new: str) -> None:
    for key, row in list(router.table("/ip/address").rows.items()):
        if row.get("actual-interface") == old:
            router.own("/ip/address").change(key, {"actual-interface": new})


def _refers(target: str | None, menu: Menu) -> bool:
    return target == menu.path or (target == INTERFACES and menu.interface is not None)


def _address(router: Router, session: Session, row: Row) -> None:
    del router, session
    interface = ipaddress.ip_interface(str(row["address"]))
    row["address"] = str(interface)
    row.setdefault("network", str(interface.network.network_address))
    row["actual-interface"] = row["interface"]


def _address_changed(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    del router, session
    address = changes.get("address")
    if address and "network" not in changes:
        changes["network"] = str(ipaddress.ip_interface(address).network.network_address)
    if changes.get("interface"):
        changes["actual-interface"] = changes["interface"]
    del table, key


def _user(router: Router, session: Session, row: Row) -> None:
    del session
    row["~password"] = _good_password(router, str(row.pop("password", "")))


def _user_changed(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    if "password" in changes:
        changes["~password"] = _good_password(router, changes.pop("password") or "")
    if changes.get("disabled") == "true" or changes.get("group", "full") != "full":
        _keep_an_administrator(router, session, table, key)


def _good_password(router: Router, password: str) -> str:
    settings = router.stock.tables.get("/user/settings")
    if settings is not None:
        least = int(str(router.table("/user/settings").rows[0]["minimum-password-length"]))
        if len(password) < least:
            raise failure(f"password is too short, minimum length is {least}")
    return password


def _keep_an_administrator(router: Router, session: Session, table: Table, key: int) -> None:
    if table.rows[key].get("name") == session.user:
        raise failure("can not disable or remove own user")
    others = [
        row
        for other, row in table.rows.items()
        if other != key and row.get("group") == "full" and row.get("disabled") != "true"
    ]
    if table.rows[key].get("group") == "full" and not others:
        raise failure("can not remove last user with full access")
    del router


def _script(router: Router, session: Session, row: Row) -> None:
    _own(router, session, row)
    row.setdefault("dont-require-permissions", "false")


def _own(router: Router, session: Session, row: Row) -> None:
    del router
    row.setdefault("owner", session.user)
    row["policy"] = cut_policy(session, str(row.get("policy", _EVERY_POLICY)))


def cut_policy(session: Session, wanted: str) -> str:
    """Return the policies of a script: those asked for that its owner has too (facts 16.7)."""
    return ",".join(name for name in wanted.split(",") if name in session.policies)


def _scheduler(router: Router, session: Session, row: Row) -> None:
    _own(router, session, row)
    now = router.device_time()
    if row.get("start-time") != "startup":
        row.setdefault("start-date", date(now, router.release))
        row.setdefault("start-time", clock(now))
    row["~added"] = str(router.fleet.now())
    row["next-run"] = schedule.next_run_text(router, row)


def _scheduler_changed(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    if changes.get("policy"):
        changes["policy"] = cut_policy(session, str(changes["policy"]))
    if changes.get("disabled") == "false" or "interval" in changes or "start-time" in changes:
        changes["~added"] = str(router.fleet.now())
    del table, key


def _identity(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    del router, session, table, key
    if len(changes.get("name") or "") > _IDENTITY_MAX:
        raise Trap("value of name is too long, maximum length is 64")


def _clock(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    """Move the clock; the row itself goes on telling the time."""
    del session, table, key
    router.set_clock(changes.pop("date", None), changes.pop("time", None))


def _address_list(router: Router, session: Session, row: Row) -> None:
    del session
    row["creation-time"] = stamp(router.device_time(), router.release)
    if "timeout" in row:
        row["dynamic"] = "true"


def _file(router: Router, session: Session, row: Row) -> None:
    del session
    row.update(files.described(router, files.from_contents(str(row.get("contents", ""))), "file"))


def _file_changed(router: Router, session: Session, table: Table, key: int, changes: Changes) -> None:
    del session
    text = changes.pop("contents", None)
    if text is not None:
        kind = str(table.rows[key].get("type", "file"))
        changes.update(
            {name: str(value) for name, value in files.described(router, files.from_contents(text), kind).items()}
        )


_ON_ADD: Mapping[str, Callable[[Router, Session, Row], None]] = {
    "/ip/address": _address,
    "/user": _user,
    "/system/script": _script,
    "/system/scheduler": _scheduler,
    "/ip/firewall/address-list": _address_list,
    "/file": _file,
}
_ON_SET: Mapping[str, Callable[[Router, Session, Table, int, Changes], None]] = {
    "/ip/address": _address_changed,
    "/user": _user_changed,
    "/system/scheduler": _scheduler_changed,
    "/system/identity": _identity,
    "/system/clock": _clock,
    "/file": _file_changed,
}
