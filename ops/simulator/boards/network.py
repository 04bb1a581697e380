"""Rows of the /ip menus: addresses, DHCP with its clients, ARP, routes, neighbours, services, a sensible firewall.

Who is connected follows from the router's index, so that the same client is found in leases, ARP and registrations.
"""

from collections.abc import Iterator

from ops.simulator.boards.board import Board
from ops.simulator.boards.ports import bridge, bridge_name
from ops.simulator.moment import Live, Moment, chance
from ops.simulator.release import V7, Release
from ops.simulator.texts import duration
from ops.simulator.tree import Row

Rows = dict[int, Row]

_VENDORS = ("A4:83:E7", "F0:2F:74", "00:11:32", "DC:A6:32", "3C:22:FB", "B8:27:EB", "E8:9F:80", "74:83:C2")
_HOSTS = (
    "laptop",
    "printer",
    "Galaxy-S21",
    "nas",
    "iPhone",
    "tv-lounge",
    "camera",
    "till",
    "ESP_2B41",
    "desk-phone",
    "Müller-PC",
)
_LEASE_SECONDS = 1800
_MAX_SESSIONS_SINCE = Release(7, 16)
_DISCOVERED_SINCE = Release(7, 7)


def client_mac(number: int) -> Live:
    """Return the MAC address of the n-th client."""
    vendor, tail = _VENDORS[number % len(_VENDORS)], f":{number:02X}"
    return lambda m: f"{vendor}:{m.router.mac[9:14]}{tail}"


def client_host(number: int) -> str:
    """Return the host name of the n-th client."""
    name = _HOSTS[number % len(_HOSTS)]
    return name if number < len(_HOSTS) else f"{name}-{number // len(_HOSTS) + 1}"


def client_present(number: int) -> Live:
    """Return whether the n-th client is here now (text) or not (None); some come and go by the quarter hour."""
    return lambda m: "" if chance(m.router.seed + number, int(m.now) // 900) < 0.9 else None  # noqa: PLR2004


def lan(tail: str) -> Live:
    """Return an address in the router's LAN."""
    return lambda m: m.router.lan + tail


def _wan(tail: str) -> Live:
    return lambda m: f"100.{64 + m.router.index // 256 % 64}.{m.router.index % 256}.{tail}"


def _management(tail: str) -> Live:
    return lambda m: m.router.address + tail


def uplink(board: Board) -> str:
    """Return the interface that leads out."""
    return f"{board.ports[0].prefix}{board.ports[0].first}"


def addresses(board: Board) -> Rows:
    """Return the LAN address, the one that a manager uses, and what the uplink was given."""
    rows: Rows = {}

    def add(address: Live, network: Live, interface: str, *, dynamic: bool = False, comment: str = "") -> None:
        row: Row = {"address": address, "network": network, "interface": interface, "actual-interface": interface}
        row |= {"invalid": "false", "dynamic": "true" if dynamic else "false", "disabled": "false"}
        rows[len(rows) + 1] = row | ({"comment": comment} if comment else {})

    if bridge(board) and board.leases:
        add(lan("1/24"), lan("0"), bridge_name(board), comment="defconf")
    add(_management("/8"), lambda _: "127.0.0.0", bridge_name(board), comment="management")
    add(_wan("2/24"), _wan("0"), uplink(board), dynamic=True)
    return rows


def pools(board: Board) -> Rows:
    """Return the pool of the DHCP server."""
    ranges: Live = lambda m: f"{m.router.lan}10-{m.router.lan}254"  # noqa: E731 - a Live like its neighbours
    return {1: {"name": "default-dhcp", "ranges": ranges}} if board.leases else {}


def dhcp_server(board: Board) -> Rows:
    """Return the DHCP server."""
    if not board.leases:
        return {}
    row: Row = {"name": "defconf", "interface": bridge_name(board), "lease-time": "30m", "address-pool": "default-dhcp"}
    return {1: row | {"authoritative": "true", "dynamic": "false", "invalid": "false", "disabled": "false"}}


def dhcp_network(board: Board) -> Rows:
    """Return the network that the DHCP server hands out."""
    if not board.leases:
        return {}
    row: Row = {
        "address": lan("0/24"),
        "gateway": lan("1"),
        "dns-server": lan("1"),
        "wins-server": "",
        "ntp-server": "",
    }
    return {1: row | {"dhcp-option": "", "dynamic": "false", "comment": "defconf"}}


def _left(number: int) -> Live:
    return lambda m: duration(_LEASE_SECONDS - (int(m.now) + 311 * number) % (_LEASE_SECONDS // 2))


def _seen(number: int) -> Live:
    return lambda m: duration((int(m.now) + 311 * number) % (_LEASE_SECONDS // 2))


def _client_id(number: int) -> Live:
    plain = client_mac(number)
    return lambda m: "1:" + ":".join(part.lstrip("0") or "0" for part in str(plain(m)).lower().split(":"))


def leases(board: Board) -> Rows:
    """Return the leases: dynamic ones, of which some come and go, and a static one that nobody uses."""
    rows: Rows = {}
    for number in range(board.leases):
        address = lan(str(254 - number))
        row: Row = {"address": address, "mac-address": client_mac(number), "client-id": _client_id(number)}
        row |= {"address-lists": "", "server": "defconf", "dhcp-option": "", "status": "bound"}
        row |= {"expires-after": _left(number), "last-seen": _seen(number)}
        if board.release >= Release(7, 2):
            row["age"] = lambda m: duration(m.uptime // 3)
        row |= {
            "active-address": address,
            "active-mac-address": client_mac(number),
            "active-client-id": _client_id(number),
        }
        row |= {"active-server": "defconf", "host-name": client_host(number), "radius": "false", "dynamic": "true"}
        rows[0x100 + number] = row | {"blocked": "false", "disabled": "false", "~present": client_present(number)}
    if board.leases:
        row = {"address": lan("9"), "mac-address": client_mac(200), "address-lists": "", "server": "defconf"}
        row |= {"dhcp-option": "", "status": "waiting", "last-seen": "never", "radius": "false", "dynamic": "false"}
        rows[1] = row | {"blocked": "false", "disabled": "false", "comment": "reserved for the printer"}
    return dict(sorted(rows.items()))


def arp(board: Board) -> Rows:
    """Return the ARP table: the gateway, and every client that has a lease."""
    v7 = board.release >= V7

    def row(address: Live, mac_address: Live, interface: str, *, dhcp: bool) -> Row:
        entry: Row = {"address": address, "mac-address": mac_address, "interface": interface, "published": "false"}
        entry |= {"invalid": "false", "DHCP": "true" if dhcp else "false", "dynamic": "true", "complete": "true"}
        return entry | {"disabled": "false"} | ({"status": "reachable"} if v7 else {})

    rows: Rows = {1: row(_wan("1"), client_mac(250), uplink(board), dhcp=False)}
    for number in range(board.leases):
        entry = row(lan(str(254 - number)), client_mac(number), bridge_name(board), dhcp=False)
        rows[0x10 + number] = entry | {"~present": client_present(number)}
    stale: Row = {"address": lan("77"), "interface": bridge_name(board), "published": "false", "invalid": "false"}
    stale |= {"DHCP": "false", "dynamic": "true", "complete": "false", "disabled": "false"}
    rows[0x0F] = stale | ({"status": "failed"} if v7 else {})
    return rows


def dhcp_client(board: Board) -> Rows:
    """Return the DHCP client of the uplink."""
    row: Row = {"interface": uplink(board), "add-default-route": "yes", "default-route-distance": "1"}
    row |= {"use-peer-dns": "true", "use-peer-ntp": "true", "dhcp-options": "hostname,clientid", "status": "bound"}
    row |= {"address": _wan("2/24"), "gateway": _wan("1"), "dhcp-server": _wan("1"), "primary-dns": _wan("1")}
    row |= {"expires-after": _left(3), "invalid": "false", "dynamic": "false", "disabled": "false"}
    return {1: row | {"comment": "defconf"}}


def routes(board: Board) -> Rows:
    """Return the default route and the connected ones, in the dialect of the version (facts 14.18)."""
    out, inside = uplink(board), bridge_name(board)
    if board.release < V7:
        reach: Live = lambda m: f"{_wan('1')(m)} reachable via  {out}"  # noqa: E731 - a Live like its neighbours
        first: Row = {"dst-address": "0.0.0.0/0", "gateway": _wan("1"), "gateway-status": reach, "distance": "1"}
        first |= {"scope": "30", "target-scope": "10", "active": "true", "dynamic": "true", "static": "true"}
        rows: Rows = {1: first | {"disabled": "false"}}
        pairs = [(_wan("0/24"), _wan("2"), out)] + ([(lan("0/24"), lan("1"), inside)] if board.leases else [])
        for place, (network, source, interface) in enumerate(pairs):
            row: Row = {
                "dst-address": network,
                "pref-src": source,
                "gateway": interface,
                "distance": "0",
                "scope": "10",
            }
            row |= {"gateway-status": f"{interface} reachable", "active": "true", "dynamic": "true", "connect": "true"}
            rows[0x400 + place] = row | {"disabled": "false"}
        return rows
    gateway: Live = lambda m: f"{_wan('1')(m)}%{out}"  # noqa: E731 - a Live like its neighbours
    default: Row = {"dst-address": "0.0.0.0/0", "routing-table": "main", "gateway": _wan("1"), "immediate-gw": gateway}
    default |= {"distance": "1", "scope": "30", "target-scope": "10", "suppress-hw-offload": "false", "dynamic": "true"}
    rows = {0x40000001: default | {"active": "true", "dhcp": "true", "inactive": "false", "disabled": "false"}}
    networks = [(_wan("0/24"), _wan("2"), out)] + ([(lan("0/24"), lan("1"), inside)] if board.leases else [])
    for place, (network, source, interface) in enumerate(networks):
        local = _local(source, interface)
        row = {"dst-address": network, "routing-table": "main", "gateway": interface, "immediate-gw": interface}
        row |= {
            "distance": "0",
            "scope": "10",
            "suppress-hw-offload": "false",
            "local-address": local,
            "dynamic": "true",
        }
        rows[0x40000010 + place] = row | {"active": "true", "connect": "true", "inactive": "false", "disabled": "false"}
    return rows


def _local(source: Live, interface: str) -> Live:
    return lambda m: f"{source(m)}%{interface}"


def neighbors(board: Board) -> Rows:
    """Return the next router of the same site, and a phone that speaks only LLDP."""
    port = uplink(board)

    def beside(m: Moment, field: str) -> str:
        return m.router.beside(field)

    def read(field: str) -> Live:
        return lambda m: beside(m, field)

    version: Live = lambda m: f"{beside(m, 'version')}"  # noqa: E731 - a Live like its neighbours
    described: Live = lambda m: f"MikroTik RouterOS {beside(m, 'version')} {beside(m, 'board')}"  # noqa: E731 - as above
    row: Row = {"interface": port, "address": read("address"), "address4": read("address"), "mac-address": read("mac")}
    row |= {"identity": read("identity"), "platform": "MikroTik", "version": version, "unpack": "none"}
    row |= {"age": lambda m: duration(int(m.now) % 60), "uptime": lambda m: duration(m.uptime + 7200)}
    row |= {"software-id": read("software-id"), "board": read("board"), "interface-name": "ether1"}
    row |= {"system-description": described, "system-caps": "bridge,router", "system-caps-enabled": "bridge,router"}
    phone: Row = {"interface": f"{port},{bridge_name(board)}" if bridge(board) else port}
    phone |= {"address": _wan("9"), "address4": _wan("9"), "mac-address": client_mac(240), "identity": "desk phone 9e4"}
    phone |= {"platform": "", "version": "", "unpack": "none", "age": lambda m: duration(int(m.now + 17) % 60)}
    phone |= {"system-description": "SIP phone 3.2.1", "system-caps": "telephone", "system-caps-enabled": "telephone"}
    if board.release >= _DISCOVERED_SINCE:
        row["discovered-by"], phone["discovered-by"] = "mndp,lldp", "lldp"
    return {1: row, 2: phone}


_SERVICES = (
    ("telnet", "23"),
    ("ftp", "21"),
    ("www", "80"),
    ("ssh", "22"),
    ("www-ssl", "443"),
    ("api", "8728"),
    ("winbox", "8291"),
    ("api-ssl", "8729"),
)
_CLOSED = {"telnet", "ftp", "www-ssl"}


def services(board: Board) -> Rows:
    """Return the services; which certificate api-ssl has is the router's own affair."""
    rows: Rows = {}
    for key, (name, port) in enumerate(_SERVICES):
        row: Row = {"name": name, "port": port, "address": ""}
        if name.endswith("-ssl"):
            row["certificate"] = (lambda m: m.router.certificate) if name == "api-ssl" else "none"
            if board.release >= Release(6, 45):
                row["tls-version"] = "any"
        if board.release >= V7:
            row["vrf"] = "main"
        if board.release >= _MAX_SESSIONS_SINCE:
            row["max-sessions"] = "20"
        rows[key] = row | {"invalid": "false", "disabled": "true" if name in _CLOSED else "false"}
    return rows


def firewall(board: Board) -> Rows:
    """Return the input and forward chains of a home or branch router."""
    if board.role not in {"router", "capsman", "wifi-manager"}:
        return {}
    rules: tuple[dict[str, str], ...] = (
        {"chain": "input", "action": "accept", "connection-state": "established,related,untracked"},
        {"chain": "input", "action": "drop", "connection-state": "invalid"},
        {"chain": "input", "action": "accept", "protocol": "icmp"},
        {"chain": "input", "action": "drop", "in-interface-list": "!LAN", "disabled": "true"},
        {"chain": "forward", "action": "accept", "connection-state": "established,related,untracked"},
        {"chain": "forward", "action": "drop", "connection-state": "invalid"},
    )
    rows: Rows = {}
    for key, rule in enumerate(rules, 1):
        note = (
            f"defconf: {rule['action']} {rule.get('connection-state', rule.get('protocol', 'all not coming from LAN'))}"
        )
        row: Row = {"chain": rule["chain"], "action": rule["action"]}
        row |= {name: value for name, value in rule.items() if name not in {"chain", "action", "disabled"}}
        row |= {"bytes": _hits(190_000 / key), "packets": _hits(270 / key), "log": "false", "log-prefix": ""}
        row |= {"invalid": "false", "dynamic": "false", "comment": note, "disabled": rule.get("disabled", "false")}
        rows[key] = row
    return rows


def _hits(rate: float) -> Live:
    return lambda m: str(int(m.traffic * rate))


def nat(board: Board) -> Rows:
    """Return the masquerade rule."""
    if board.role not in {"router", "capsman", "wifi-manager"}:
        return {}
    row: Row = {
        "chain": "srcnat",
        "action": "masquerade",
        "out-interface-list": "WAN",
        "bytes": _hits(900),
        "packets": _hits(4),
    }
    row |= {"log": "false", "log-prefix": "", "invalid": "false", "dynamic": "false", "comment": "defconf: masquerade"}
    return {1: row | {"disabled": "false"}}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/ip/address", addresses(board)
    yield "/ip/arp", arp(board)
    yield "/ip/pool", pools(board)
    yield "/ip/dhcp-server", dhcp_server(board)
    yield "/ip/dhcp-server/network", dhcp_network(board)
    yield "/ip/dhcp-server/lease", leases(board)
    yield "/ip/dhcp-client", dhcp_client(board)
    yield "/ip/route", routes(board)
    yield "/ip/neighbor", neighbors(board)
    yield "/ip/service", services(board)
    yield "/ip/firewall/filter", firewall(board)
    yield "/ip/firewall/nat", nat(board)
