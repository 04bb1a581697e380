"""Rows of the menus that every router has from the factory: users and groups, lists, logging, profiles, files."""

from collections.abc import Iterator

from ops.simulator.boards.board import Board
from ops.simulator.boards.network import uplink
from ops.simulator.boards.ports import bridge, bridge_name
from ops.simulator.release import V7
from ops.simulator.tree import Row

Rows = dict[int, Row]

ALL_POLICIES = [
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "rest-api",
]
_READ = {
    "local",
    "telnet",
    "ssh",
    "reboot",
    "read",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
}
_V6_ONLY = ["dude", "tikapp"]


def policies(board: Board) -> list[str]:
    """Return every policy that the version knows, in its own order."""
    if board.release >= V7:
        return ALL_POLICIES
    return [*(name for name in ALL_POLICIES if name != "rest-api"), *_V6_ONLY]


def policy_text(board: Board, granted: set[str]) -> str:
    """Write a group's policy: everything is listed, what is denied with a `!` (facts 17.2)."""
    return ",".join(name if name in granted else f"!{name}" for name in policies(board))


def groups(board: Board) -> Rows:
    """Return the three built-in groups."""
    every = set(policies(board))
    read = (_READ | {"rest-api"}) & every if board.release >= V7 else _READ - {"rest-api"}
    write = every - {"ftp", "policy", "dude"}
    granted = {"read": read, "write": write, "full": every - {"dude"}}
    return {
        key: {"name": name, "policy": policy_text(board, each), "skin": "default", "~builtin": "true"}
        for key, (name, each) in enumerate(granted.items(), 1)
    }


def lists(board: Board) -> Rows:
    """Return the interface lists."""
    rows: Rows = {}
    for key, name in {0x2000000: "all", 0x2000001: "none", 0x2000002: "dynamic"}.items():
        note = "contains all interfaces" if name == "all" else f"contains {'no' if name == 'none' else name} interfaces"
        rows[key] = {"name": name, "include": "", "exclude": "", "builtin": "true", "dynamic": "false", "comment": note}
        rows[key]["~builtin"] = "true"
    if board.release >= V7:
        rows[0x2000003] = {"name": "static", "include": "", "exclude": "", "builtin": "true", "dynamic": "false"}
        rows[0x2000003] |= {"comment": "contains static interfaces", "~builtin": "true"}
    for key, name in ((0x2000010, "WAN"), (0x2000011, "LAN")):
        rows[key] = {
            "name": name,
            "include": "",
            "exclude": "",
            "builtin": "false",
            "dynamic": "false",
            "comment": "defconf",
        }
    return rows


def list_members(board: Board) -> Rows:
    """Return who is WAN and who is LAN."""
    rows: Rows = {
        1: {"list": "WAN", "interface": uplink(board), "dynamic": "false", "disabled": "false", "comment": "defconf"}
    }
    if bridge(board):
        rows[2] = {
            "list": "LAN",
            "interface": bridge_name(board),
            "dynamic": "false",
            "disabled": "false",
            "comment": "defconf",
        }
    return rows


def logging() -> Rows:
    """Return the rules that decide where log lines go."""
    topics = {"info": "memory", "error": "memory", "warning": "memory", "critical": "echo"}
    return {
        key: {
            "topics": topic,
            "prefix": "",
            "action": action,
            "invalid": "false",
            "default": "true",
            "disabled": "false",
        }
        for key, (topic, action) in enumerate(topics.items())
    }


def logging_actions() -> Rows:
    """Return the places that log lines can go to."""
    rows: Rows = {0: {"name": "memory", "target": "memory", "memory-lines": "1000", "memory-stop-on-full": "false"}}
    rows[1] = {
        "name": "disk",
        "target": "disk",
        "disk-file-name": "log",
        "disk-lines-per-file": "1000",
        "disk-file-count": "2",
    }
    rows[2] = {"name": "echo", "target": "echo", "remember": "true"}
    rows[3] = {"name": "remote", "target": "remote", "remote": "0.0.0.0", "remote-port": "514"}  # noqa: S104 - a text
    for row in rows.values():
        row["default"] = "true"
    return rows


def profiles() -> Rows:
    """Return the two built-in PPP profiles."""
    common: Row = {"use-compression": "default", "only-one": "default", "change-tcp-mss": "true", "use-mpls": "default"}
    common |= {"use-upnp": "default", "address-list": "", "on-up": "", "on-down": "", "default": "true"}
    return {
        0x1: {"name": "default", "use-encryption": "default", **common},
        0x2: {"name": "default-encryption", "use-encryption": "true", **common},
    }


def snmp_communities() -> Rows:
    """Return the community that is always there."""
    row: Row = {
        "name": "public",
        "addresses": "::/0",
        "security": "none",
        "read-access": "true",
        "write-access": "false",
    }
    row |= {"authentication-protocol": "MD5", "encryption-protocol": "DES", "authentication-password": ""}
    return {0: row | {"encryption-password": "", "default": "true", "disabled": "false"}}


def files(board: Board) -> Rows:
    """Return the file list of a device that nobody has used yet (facts 12.5)."""
    root = "flash/" if board.has_flash_folder else ""
    rows: Rows = {}
    if root:
        rows[0x1000000] = {"name": "flash", "type": "disk", "~born": "0"}
    rows[0x1000001] = {"name": f"{root}skins", "type": "directory", "~born": "0"}
    rows[0x1000002] = {"name": f"{root}pub", "type": "directory", "~born": "0"}
    return rows


def users() -> Rows:
    """Return the built-in administrator; a fleet adds the account that it was told to."""
    row: Row = {"name": "admin", "group": "full", "address": "", "password": "", "disabled": "true", "expired": "false"}
    return {1: row | {"comment": "system default user"}}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/user/group", groups(board)
    yield "/user", users()
    yield "/interface/list", lists(board)
    yield "/interface/list/member", list_members(board)
    yield "/system/logging", logging()
    yield "/system/logging/action", logging_actions()
    yield "/ppp/profile", profiles()
    yield "/snmp/community", snmp_communities()
    yield "/file", files(board)
    yield "/routing/table", {0: {"name": "main", "fib": "", "dynamic": "true", "invalid": "false", "disabled": "false"}}
