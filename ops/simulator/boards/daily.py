"""Rows of what a router in daily use collects: accounts, queues, blocked addresses, caches, certificates."""

from collections.abc import Iterator

from ops.simulator.boards.board import Board
from ops.simulator.boards.network import client_mac, uplink
from ops.simulator.boards.ports import bridge, bridge_name, ethernet
from ops.simulator.moment import Live, Moment
from ops.simulator.release import V7, Release
from ops.simulator.texts import stamp
from ops.simulator.tree import Row

Rows = dict[int, Row]


def _since_boot(seconds: int, version: Release) -> Live:
    return lambda m: stamp(m.now - max(m.uptime - seconds, 0), version)


def _count(rate: float, start: int = 0) -> Live:
    return lambda m: str(start + int(m.traffic * rate))


def address_list(board: Board) -> Rows:
    """Return addresses that were blocked, one of them for a time only."""
    rows: Rows = {}
    for key in range(1, 4):
        row: Row = {
            "list": "blocked",
            "address": f"203.0.113.{10 * key}",
            "creation-time": _since_boot(600 * key, board.release),
        }
        rows[key] = row | {"dynamic": "false", "disabled": "false"}
    rows[3] |= {"timeout": "20h13m", "dynamic": "true"}
    return rows


def queues() -> Rows:
    """Return a customer's queue, with pairs of upload and download (facts 14.33)."""
    pair: Live = lambda m: f"{int(m.traffic * 9_000)}/{int(m.traffic * 81_000)}"  # noqa: E731 - a Live like its neighbours
    row: Row = {
        "name": "customer-17",
        "target": "10.17.0.0/24",
        "max-limit": "10000000/50000000",
        "comment": "contract 17",
    }
    row |= {"bytes": pair, "packets": lambda m: f"{int(m.traffic * 13)}/{int(m.traffic * 116)}", "limit-at": "0/0"}
    return {1: row | {"rate": lambda m: f"{int(72_000 * m.noise(71))}/{int(648_000 * m.noise(72))}"}}


def secrets(board: Board) -> Rows:
    """Return the accounts of the dial-in server."""
    rows: Rows = {}
    for key in range(1, 4):
        row: Row = {"name": f"customer{key}", "service": "pppoe", "password": f"secret-{key}", "profile": "default"}
        row |= {"local-address": "100.127.0.254", "last-caller-id": f"44:D9:E7:A0:9B:{key:02X}"}
        rows[key] = row | {"last-logged-out": _since_boot(90, board.release), "last-disconnect-reason": "hung-up"}
    return rows


def watches() -> Rows:
    """Return a host that is watched."""
    row: Row = {"host": "100.64.0.1", "status": "up", "comment": "provider"}
    return {1: row}


def dns() -> Rows:
    """Return the resolver's row."""
    row: Row = {"servers": "9.9.9.9,1.1.1.1", "dynamic-servers": lambda m: f"100.64.{m.router.index % 256}.1"}
    return {0: row | {"allow-remote-requests": "true", "cache-used": lambda m: str(60 + int(120 * m.noise(73)))}}


def tracking(board: Board) -> Rows:
    """Return the row of connection tracking, whose totals are its only cheap count."""
    row: Row = {"max-entries": "1048576", "total-entries": lambda m: str(40 + int(900 * m.noise(74)))}
    if board.release >= V7:
        row |= {
            "active-ipv4": "yes",
            "active-ipv6": "no",
            "total-ip4-entries": row["total-entries"],
            "total-ip6-entries": "0",
        }
    return {0: row}


def settings() -> Rows:
    """Return the row of /ip/settings, with what fast path did."""
    row: Row = {
        "ipv4-fast-path-active": "true",
        "ipv4-fast-path-packets": _count(900),
        "ipv4-fast-path-bytes": _count(630_000),
    }
    row |= {"ipv4-fasttrack-active": "false", "ipv4-fasttrack-packets": "0", "ipv4-fasttrack-bytes": "0"}
    return {0: row}


def _cloud_name(m: Moment) -> str:
    return f"{m.router.serial.lower()}.sn.mynetname.net"


def cloud() -> Rows:
    """Return the row of /ip/cloud on a router behind a provider's NAT."""
    row: Row = {"ddns-enabled": "true", "public-address": lambda m: f"198.51.100.{m.router.index % 250 + 1}"}
    row |= {"dns-name": _cloud_name, "status": "updated"}
    return {0: row | {"warning": "Router is behind a NAT. Remote connection might not work."}}


def bridge_hosts(board: Board) -> Rows:
    """Return the MAC addresses that the bridge has seen."""
    rows: Rows = {}
    ports = [str(row["name"]) for row in ethernet(board).values() if "~down" not in row][1:3]
    for key, number in enumerate(range(min(board.leases, 6))):
        port = ports[number % len(ports)] if ports else uplink(board)
        row: Row = {
            "mac-address": client_mac(number),
            "interface": port,
            "on-interface": port,
            "bridge": bridge_name(board),
        }
        row |= {"local": "false", "external": "false", "dynamic": "true", "invalid": "false", "disabled": "false"}
        rows[0x131 + key] = row | {"age": lambda m: f"{int(m.now) % 50}s"}
    return rows


def bridge_vlans(board: Board) -> Rows:
    """Return the VLANs of a switch."""
    if board.role != "switch":
        return {}
    tagged = f"{bridge_name(board)},sfp-sfpplus1"
    row: Row = {"bridge": bridge_name(board), "vlan-ids": "10,20-22", "tagged": tagged, "untagged": "ether2"}
    return {1: row | {"current-tagged": tagged, "current-untagged": "ether2", "comment": "offices"}}


def bridge_settings() -> Rows:
    """Return the row of /interface/bridge/settings."""
    row: Row = {
        "bridge-fast-path-active": "true",
        "bridge-fast-path-packets": _count(400),
        "bridge-fast-path-bytes": _count(280_000),
    }
    return {0: row | {"bridge-fast-forward-packets": "0", "bridge-fast-forward-bytes": "0"}}


def certificates(board: Board) -> Rows:
    """Return the certificate that api-ssl shows."""
    row: Row = {"name": "api-ssl", "common-name": "router", "key-size": "2048", "key-type": "rsa", "days-valid": "3650"}
    row |= {"key-usage": "tls-server", "digest-algorithm": "sha256", "invalid-before": _since_boot(0, board.release)}
    row |= {"fingerprint": lambda m: f"{m.router.seed:064x}", "serial-number": lambda m: f"{m.router.seed:016X}"}
    row |= {
        "akid": "",
        "skid": lambda m: f"{m.router.seed:040x}",
        "private-key": "true",
        "crl": "false",
        "trusted": "true",
    }
    row |= {"authority": "false", "smart-card-key": "false", "expires-after": "519w4d15h28m25s"}
    return {1: row | {"invalid-after": lambda m: stamp(m.now + 314_000_000, board.release)}}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/ip/dns", dns()
    yield "/ip/settings", settings()
    yield "/ip/cloud", cloud()
    yield "/ip/firewall/connection/tracking", tracking(board)
    yield "/certificate", certificates(board)
    yield "/tool/netwatch", watches()
    if bridge(board):
        yield "/interface/bridge/host", bridge_hosts(board)
        yield "/interface/bridge/vlan", bridge_vlans(board)
        yield "/interface/bridge/settings", bridge_settings()
    if board.role in {"router", "core"}:
        yield "/ip/firewall/address-list", address_list(board)
    if board.role == "core":
        yield "/ppp/secret", secrets(board)
        yield "/queue/simple", queues()
