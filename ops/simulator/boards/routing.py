"""Rows of the routing menus of core routers: BGP peers and sessions, OSPF neighbours, and IPv6 (facts 14.19, 14.20)."""

from collections.abc import Iterator

from ops.simulator.boards.board import Board
from ops.simulator.boards.network import client_mac, uplink
from ops.simulator.moment import Live, Moment
from ops.simulator.release import V7, Release
from ops.simulator.texts import duration, stamp
from ops.simulator.tree import Row

Rows = dict[int, Row]

_PEERS = (("transit-a", "203.0.113.1", "64496"), ("transit-b", "203.0.113.5", "64511"))
_NAMED_INSTANCES_SINCE = Release(7, 20)
_AFI_SINCE = Release(7, 19)


def _up(delay: int) -> Live:
    return lambda m: duration(max(m.uptime - delay, 0), 720)


def _messages(rate: float) -> Live:
    return lambda m: str(int(m.uptime * rate) + 3)


def _last_started(version: Release) -> Live:
    return lambda m: stamp(m.now - max(m.uptime - 55, 0), version)


def connections(board: Board) -> Rows:
    """Return the configured BGP connections of v7."""
    rows: Rows = {}
    for key, (name, address, number) in enumerate(_PEERS, 1):
        row: Row = {"name": name, "remote.address": address, "remote.as": number, "as": "64500", "local.role": "ebgp"}
        row |= {"templates": "default", "router-id": "198.51.100.1", "routing-table": "main", "hold-time": "3m"}
        row |= {"output.network": "announced", "output.filter-chain": f"{name}-out", "input.filter": f"{name}-in"}
        row |= {"afi" if board.release >= _AFI_SINCE else "address-families": "ip"}
        rows[key] = row
    return rows


def sessions(board: Board) -> Rows:
    """Return the BGP sessions of v7: the second peer is up, the first never was on every third router."""
    rows: Rows = {}
    for key, (name, address, number) in enumerate(_PEERS):
        row: Row = {"name": f"{name}-1"}
        if board.release >= _NAMED_INSTANCES_SINCE:
            row["instance"] = "default"
        row |= {"remote.address": address, "remote.as": number, "remote.id": address}
        row |= {
            "remote.capabilities": "mp,rr,gr,as4",
            "remote.messages": _messages(0.031),
            "remote.bytes": _messages(0.9),
        }
        row |= {"remote.eor": "", "local.address": "203.0.113.2", "local.as": "64500", "local.id": "198.51.100.1"}
        row |= {
            "local.capabilities": "mp,rr,gr,as4",
            "local.messages": _messages(0.018),
            "local.bytes": _messages(0.34),
        }
        row |= {"local.eor": "", "output.procid": "20", "output.network": "announced", "input.procid": "20", "ebgp": ""}
        row |= {
            "hold-time": "3m",
            "keepalive-time": "1m",
            "uptime": _up(55 + key),
            "last-started": _last_started(board.release),
        }
        rows[0x2800001 + key] = row | {"prefix-count": _prefixes(key), "established": "true"}
    return rows


def _prefixes(key: int) -> Live:
    return lambda m: str(900 + 300 * key + int(20 * m.noise(800 + key, 300)))


def old_peers() -> Rows:
    """Return the BGP peers of v6; the second is idle and lacks what only a session has."""
    rows: Rows = {}
    for key, (name, address, number) in enumerate(_PEERS):
        row: Row = {"name": name, "remote-address": address, "remote-as": number, "in-filter": f"{name}-in"}
        row |= {
            "out-filter": f"{name}-out",
            "hold-time": "30s",
            "keepalive-time": "10s",
            "local-address": "203.0.113.2",
        }
        if key == 0:
            row |= {
                "remote-id": address,
                "uptime": lambda m: duration(max(m.uptime - 55, 0)),
                "prefix-count": _prefixes(0),
            }
            row |= {"updates-sent": "1", "updates-received": _messages(0.02), "withdrawn-sent": "0"}
            row |= {"withdrawn-received": _messages(0.004), "remote-hold-time": "3m", "used-hold-time": "30s"}
            row |= {"used-keepalive-time": "10s", "refresh-capability": "true", "as4-capability": "true"}
        rows[key] = (
            row | {"state": "established" if key == 0 else "active"} | ({"established": "true"} if key == 0 else {})
        )
    return rows


def neighbors(board: Board) -> Rows:
    """Return the OSPF neighbours; the last is still at its first words and has no adjacency."""
    rows: Rows = {}
    for key in range(3):
        is_full = key < 2  # noqa: PLR2004 - two of three
        address = f"10.254.0.{key + 1}"
        if board.release < V7:
            row: Row = {"instance": "default", "router-id": f"10.255.0.{key + 1}", "address": address}
            row |= {
                "interface": uplink(board),
                "priority": "1",
                "dr-address": "10.254.0.1",
                "backup-dr-address": "10.254.0.2",
            }
            row |= {"state": "Full" if is_full else "Init", "state-changes": "5", "ls-retransmits": "0"}
            row |= {"ls-requests": "0", "db-summaries": "0"}
        else:
            row = {"instance": "default", "area": "backbone", "address": address, "priority": "128"}
            row |= {"router-id": f"10.255.0.{key + 1}", "dr": "10.254.0.1", "bdr": "10.254.0.2"}
            row |= {
                "state": "Full" if is_full else "Init",
                "state-changes": "6",
                "timeout": lambda m: f"{30 + int(m.now) % 10}s",
            }
            row |= {"dynamic": "true"}
        rows[key + 1] = row | ({"adjacency": lambda m: duration(max(m.uptime - 41, 0))} if is_full else {})
    return rows


def _link_local(m: Moment) -> str:
    parts = [int(part, 16) for part in f"{m.router.mac}01".split(":")]
    parts[0] ^= 2
    return f"fe80::{parts[0]:x}{parts[1]:02x}:{parts[2]:x}ff:fe{parts[3]:02x}:{parts[4] << 8 | parts[5]:x}/64"


def ipv6_addresses(board: Board) -> Rows:
    """Return the link-local address of the uplink."""
    row: Row = {"address": _link_local, "from-pool": "", "interface": uplink(board), "actual-interface": uplink(board)}
    row |= {"eui-64": "false", "advertise": "false", "invalid": "false", "dynamic": "true", "link-local": "true"}
    return {1: row | {"disabled": "false"}}


def ipv6_neighbors(board: Board) -> Rows:
    """Return who was heard over IPv6; a failed entry has no MAC address."""
    row: Row = {"address": "fe80::1", "interface": uplink(board), "mac-address": client_mac(250), "router": "true"}
    failed: Row = {"address": "fe80::dead:beef", "interface": uplink(board), "status": "failed"}
    return {0x13: row | {"status": "stale"}, 0x1C: failed}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/ipv6/address", ipv6_addresses(board)
    yield "/ipv6/neighbor", ipv6_neighbors(board)
    if "ospf" in board.features:
        yield "/routing/ospf/neighbor", neighbors(board)
    if "bgp" in board.features and board.release < V7:
        yield "/routing/bgp/peer", old_peers()
        yield "/routing/bgp/instance", {0: {"name": "default", "as": "64500", "default": "true"}}
    elif "bgp" in board.features:
        yield "/routing/bgp/connection", connections(board)
        yield "/routing/bgp/session", sessions(board)
