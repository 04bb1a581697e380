"""Rows of the interface menus: ports, bridge, VLANs, tunnels, and /interface as the view over all of them.

Internal facts of an item have names that start with `~` and are never shown: `~rx` and `~tx` (bytes a second in
ordinary traffic), `~down` (no link), `~rank` (which MAC address of the board it has).
"""

from collections.abc import Iterator, Mapping

from ops.simulator.boards.board import Board
from ops.simulator.moment import Live, Moment, Value
from ops.simulator.release import V7, Release
from ops.simulator.texts import duration
from ops.simulator.tree import Row, Table

Rows = dict[int, Row]

_PACKET = 700  # bytes in a packet of ordinary traffic
_LOOPBACK_SINCE = Release(7, 14)
_BASE_T_NAMES_SINCE = Release(7, 8)
_FAST_PATH_UNTIL = Release(6, 41)


def mac(rank: int) -> Live:
    """Return the MAC address of a board's n-th interface."""
    tail = f"{rank:02X}"
    return lambda m: m.router.mac + tail


def link_time(version: Release) -> Live:
    """Return when links came up: a few seconds after boot."""
    return lambda m: m.boot_stamp(version)


def _counter(rate: float, salt: int) -> Live:
    start = salt * 7919 % 100_000
    return lambda m: str(start + int(m.traffic * rate)) if m.uptime else "0"


def _scaled(board: Board, rank: int) -> tuple[float, float]:
    """Return received and sent bytes a second of a port: the first port is the uplink, the others share it."""
    size = {"core": 9e6, "switch": 4e6, "cpe": 6e5}.get(board.role, 1.6e6)
    if rank == 1:
        return size, size * 0.18
    share = size / (rank + 2)
    return share * 0.2, share


def _advertise(speed: int, version: Release) -> str:
    if version >= _BASE_T_NAMES_SINCE:
        names = {10: "10M-baseT", 100: "100M-baseT", 1000: "1G-baseT"}
        text = ",".join(f"{name}-half,{name}-full" for mbps, name in names.items() if mbps <= speed)
        return text if speed <= 1000 else "10G-baseSR-LR"  # noqa: PLR2004 - a gigabit port
    names = {10: "10M", 100: "100M", 1000: "1000M"}
    return ",".join(f"{name}-half,{name}-full" for mbps, name in names.items() if mbps <= speed)


def ethernet(board: Board) -> Rows:
    """Return a row per port, in the order of the front panel."""
    rows: Rows = {}
    for ports in board.ports:
        linked = ports.count if ports.linked is None else ports.linked
        for number in range(ports.first, ports.first + ports.count):
            rank = len(rows) + 1
            name = f"{ports.prefix}{number}"
            rx, tx = _scaled(board, rank)
            row: Row = {"name": name, "default-name": name, "mac-address": mac(rank), "orig-mac-address": mac(rank)}
            row |= {"advertise": _advertise(ports.speed_mbps, board.release), "~rank": str(rank)}
            row |= {"~max-l2mtu": str(ports.max_l2mtu), "~speed": str(ports.speed_mbps)}
            row |= {"~rx": str(int(rx)), "~tx": str(int(tx))}
            row |= {
                "rx-bytes": _counter(rx, 0),
                "tx-bytes": _counter(tx, 0),
                "rx-packet": _counter(rx / _PACKET, 0),
                "tx-packet": _counter(tx / _PACKET, 0),
                "rx-broadcast": _counter(rx / 9e4, 0),
                "tx-broadcast": _counter(tx / 9e4, 0),
                "rx-multicast": _counter(rx / 8e5, 0),
                "tx-multicast": _counter(tx / 8e5, 0),
            }
            if board.is_virtual:
                row["disable-running-check"] = "true"
            else:
                row["l2mtu"] = str(min(ports.max_l2mtu, 1598))
            if number - ports.first == linked - 1:
                row["~downs"] = "3"  # the last port with a link has lost it before
            if number - ports.first >= linked:
                row["~down"] = "yes"
            row["running"] = "false" if "~down" in row else "true"
            row["disabled"] = "false"
            rows[rank] = row
    return rows


def _link(name: str, rx: float, tx: float, rank: int, **fields: Value) -> Row:
    return {
        "name": name,
        **{key.replace("_", "-"): value for key, value in fields.items()},
        "running": "true",
        "disabled": "false",
        "~rx": str(int(rx)),
        "~tx": str(int(tx)),
        "~rank": str(rank),
    }


def bridge(board: Board) -> Rows:
    """Return the LAN bridge, where the role has one."""
    if board.role == "core":
        return {}
    rank = 0x20
    rx, tx = _scaled(board, 2)
    name = "bridge" if board.release >= V7 else "bridge-local"
    return {rank: _link(name, rx * 3, tx * 3, 2, actual_mtu="1500", l2mtu="1598", mac_address=mac(2))}


def bridge_name(board: Board) -> str:
    """Return the interface that the LAN is on."""
    names = [row["name"] for row in bridge(board).values()]
    return str(names[0]) if names else f"{board.ports[0].prefix}{board.ports[0].first}"


def extras(board: Board) -> Iterator[tuple[str, int, Row]]:
    """Return the board's VLANs and tunnels as (menu, id, row)."""
    first_port = f"{board.ports[0].prefix}{board.ports[0].first}"
    for place, text in enumerate(board.extra_interfaces):
        kind, name, *more = text.split(":")
        key = 0x30 + place
        if kind == "vlan":
            row = _link(name, 400_000, 90_000, 1, vlan_id=more[0], interface=first_port, l2mtu="1594")
            yield "/interface/vlan", key, row | {"mac-address": mac(1), "loop-protect-status": "off"}
        elif kind == "wg":
            row = _link(name, 52_000, 61_000, key)
            row |= {"private-key": lambda m: wireguard_key(m, 1), "public-key": lambda m: wireguard_key(m, 2)}
            yield "/interface/wireguard", key, row
        elif kind == "pppoe":
            row = _link(name, 1_500_000, 260_000, key, interface=first_port, user="line", add_default_route="true")
            yield "/interface/pppoe-client", key, row | {"password": "let-me-in"}
        elif kind == "pppoe-in":
            for number in range(1, int(more[0]) + 1):
                row = _link(f"<pppoe-{name}{number}>", 90_000, 700_000, key, dynamic="true", user=f"{name}{number}")
                yield "/interface/pppoe-server", 0xF00000 + number, row | {"service": "isp", "mtu": "1480"}
    if "lte" in board.features:
        yield "/interface/lte", 0x40, _link("lte1", 310_000, 48_000, 60, default_name="lte1")


def ppp_sessions(board: Board) -> Rows:
    """Return who has dialled in, in /ppp/active."""
    rows: Rows = {}
    for menu, key, row in extras(board):
        if menu == "/interface/pppoe-server":
            number = key & 0xFF
            session: Row = {"name": row["user"], "service": "pppoe", "caller-id": f"44:D9:E7:A0:9B:{number:02X}"}
            session |= {"address": f"100.127.0.{number}", "uptime": lambda m: duration(m.uptime // 2), "encoding": ""}
            session |= {"session-id": f"0x81C0{number:04X}", "limit-bytes-in": "0", "limit-bytes-out": "0"}
            rows[0x80000000 + number] = session | {"radius": "false"}
    return rows


def wireguard_key(m: Moment, which: int) -> str:
    """Return 43 characters and an equals sign that look like a key and follow from the router."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    state = m.router.seed * 2654435761 + which * 40503 + m.router.index
    letters = []
    for _ in range(42):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        letters.append(alphabet[state >> 58])
    return "".join(letters) + "A="


def view_row(menu: Table, key: int, row: Mapping[str, Value], slaves: frozenset[str], version: Release) -> Row:
    """Return what /interface shows of one interface (facts 14.10): the row of its own menu, and what the link does."""
    shown = _identity(menu, row)
    down = "~down" in row or row.get("disabled") == "true"
    if not down or version >= V7:
        if "~downs" in row:
            shown["last-link-down-time"] = link_time(version)
        shown["last-link-up-time"] = link_time(version)
    shown["link-downs"] = str(row.get("~downs", "0"))
    rx, tx = float(str(row.get("~rx", "0"))), float(str(row.get("~tx", "0")))
    if "~down" in row:
        rx = tx = 0.0
    shown |= _counters(rx, tx, key, fast=version >= V7 or menu.menu.interface == "ether")
    if version <= _FAST_PATH_UNTIL:
        shown["fast-path"] = "true"
    shown["running"] = "false" if down else "true"
    if row.get("name") in slaves:
        shown["slave"] = "true"
    for name in ("dynamic", "comment"):
        if name in row:
            shown[name] = row[name]
    shown["disabled"] = row.get("disabled", "false")
    return shown


def _identity(menu: Table, row: Mapping[str, Value]) -> Row:
    shown: Row = {"name": row["name"]}
    if "default-name" in row:
        shown["default-name"] = row["default-name"]
    shown["type"] = menu.menu.interface or "ether"
    mtu = row.get("mtu", "1500")
    shown["mtu"] = mtu
    shown["actual-mtu"] = row.get("actual-mtu", "1500" if mtu == "auto" else mtu)
    for name, source in (("l2mtu", "l2mtu"), ("max-l2mtu", "~max-l2mtu"), ("mac-address", "mac-address")):
        if source in row:
            shown[name] = row[source]
    return shown


def _counters(rx: float, tx: float, key: int, *, fast: bool) -> Row:
    part = 0.97 if fast else 0.0
    return {
        "rx-byte": _counter(rx, key),
        "tx-byte": _counter(tx, key + 1),
        "rx-packet": _counter(rx / _PACKET, 0),
        "tx-packet": _counter(tx / _PACKET, 0),
        "rx-drop": "0",
        "tx-drop": "0",
        "tx-queue-drop": _counter(tx / 9e7, 0),
        "rx-error": "0",
        "tx-error": "0",
        "fp-rx-byte": _counter(rx * part, 0),
        "fp-tx-byte": _counter(tx * part, 0),
        "fp-rx-packet": _counter(rx * part / _PACKET, 0),
        "fp-tx-packet": _counter(tx * part / _PACKET, 0),
    }


def bridge_ports(board: Board) -> Rows:
    """Return the LAN ports: all but the first, and the radios."""
    if not bridge(board):
        return {}
    names = [str(row["name"]) for row in ethernet(board).values()]
    members = names if board.role in {"ap", "switch"} else names[1:]
    if board.role == "cpe":
        members = names
    members += [radio.name for radio in board.radios if radio.name[-1:].isdigit()]
    return {key: _bridge_port(board, key, name) for key, name in enumerate(members)}


def _bridge_port(board: Board, key: int, name: str) -> Row:
    """Return one port of the LAN bridge; v7 tells much of what its spanning tree thinks (facts 14.34)."""
    row: Row = {"interface": name, "bridge": bridge_name(board), "status": "in-bridge", "role": "designated-port"}
    if board.release < V7:
        return row
    own = lambda m: f"0x8000.{m.router.mac}02"  # noqa: E731 - a Live like its neighbours
    row |= {"designated-bridge": own, "designated-bridge-id": own, "designated-cost": "0", "root-path-cost": "0"}
    row |= {
        "designated-port-id": f"0x80.{key + 1}",
        "designated-port-number": str(key + 1),
        "port-number": str(key + 1),
    }
    row |= {
        "port-id": f"0x80.{key + 1}",
        "edge-port": "true",
        "edge-port-discovery": "true",
        "point-to-point-port": "true",
    }
    row |= {"external-fdb-status": "false", "sending-rstp": "true", "learning": "true", "forwarding": "true"}
    row |= {"forward-transitions": "1", "topology-changes": "0", "rx-bpdu": "0", "rx-tc": "0", "tx-tc": "0"}
    row |= {"tx-bpdu": lambda m: str(m.uptime // 2), "hw-offload": "true" if "switch" in board.features else "false"}
    return row | {"debug-info": f" prio 0x80 num {key + 1}\nrole:Desg learn 1 forward 1 edge 1\nmigration:SENSING\n"}


def peers(board: Board) -> Rows:
    """Return the peers of the first WireGuard interface."""
    name = next((text.split(":")[1] for text in board.extra_interfaces if text.startswith("wg:")), None)
    if name is None:
        return {}
    rows: Rows = {}
    for number in range(1, 4):
        row: Row = {"interface": name}
        if board.release >= Release(7, 15):
            row |= {"name": f"peer{number}", "private-key": ""}

        def key(m: Moment, which: int = 10 + number) -> str:
            return wireguard_key(m, which)

        row |= {"public-key": key, "endpoint-address": "", "endpoint-port": "0"}
        row |= {"current-endpoint-address": f"198.51.100.{10 + number}", "current-endpoint-port": str(50_000 + number)}
        row |= {"allowed-address": f"10.255.0.{number}/32", "preshared-key": "", "client-endpoint": ""}
        row |= {"rx": _counter(9_000 / number, number), "tx": _counter(11_000 / number, number)}
        row |= {"last-handshake": _handshake(number), "dynamic": "false", "disabled": "false"}
        if board.release < Release(7, 15):
            del row["client-endpoint"]
        rows[number] = row
    return rows


def _handshake(number: int) -> Live:
    return lambda m: f"{1 + (m.uptime + 37 * number) % 120 // 60}m{(m.uptime + 37 * number) % 60}s"


def loopback(version: Release) -> Rows:
    """Return `lo`, which exists from 7.14 on."""
    if version < _LOOPBACK_SINCE:
        return {}
    return {0x7F: {"name": "lo", "mtu": "65536", "mac-address": "00:00:00:00:00:00", "disabled": "false", "~rank": "0"}}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/interface/ethernet", ethernet(board)
    yield "/interface/bridge", bridge(board)
    yield "/interface/bridge/port", bridge_ports(board)
    by_menu: dict[str, Rows] = {}
    for menu, key, row in extras(board):
        by_menu.setdefault(menu, {})[key] = row
    yield from by_menu.items()
    yield "/interface/wireguard/peers", peers(board)
    yield "/ppp/active", ppp_sessions(board)
