"""Rows of the /system menus that tell what a board is and how it feels: resource, health, routerboard, packages, clock.

Which fields a board has, and in which dialect, follows facts 14.1-14.9.
"""

from collections.abc import Iterator

from ops.simulator.boards.board import Board, Sensor
from ops.simulator.moment import Live, Moment
from ops.simulator.release import ISO_DATES, V7
from ops.simulator.texts import MONTHS, clock, date, duration
from ops.simulator.tree import Row

Rows = dict[int, Row]

_MIB = 1024 * 1024
_MINIMUM_VERSION_SINCE = (7, 24)


def build_stamp(board: Board) -> str:
    """Write the build time as the version does: with a capital month before 7.10 (facts 8.3)."""
    if board.release >= ISO_DATES:
        return board.built
    day, time = board.built.split(" ")
    year, month, number = day.split("-")
    return f"{MONTHS[int(month) - 1].capitalize()}/{number}/{year} {time}"


def _load(board: Board) -> Live:
    busy = {"core": 14, "capsman": 18, "wifi-manager": 15, "router": 9}.get(board.role, 5)
    return lambda m: str(int(1 + busy * (m.noise(1) + 0.6 * m.noise(2, 900)) * (2.5 if m.uptime < 60 else 1)))  # noqa: PLR2004


def resource(board: Board) -> Rows:
    """Return the one row of /system/resource."""
    memory, disk = board.memory_mib * _MIB, int(board.disk_mib * _MIB)
    sectors_at_boot = 40_000 + board.memory_mib
    row: Row = {
        "uptime": lambda m: duration(m.uptime),
        "version": f"{board.version} ({board.channel})",
        "build-time": build_stamp(board),
    }
    if board.factory_software:
        row["factory-software"] = board.factory_software
    row |= {
        "free-memory": lambda m: str(int(memory * (0.55 + 0.06 * m.noise(3))) // 4096 * 4096),
        "total-memory": str(memory),
        "cpu": board.cpu,
        "cpu-count": str(board.cpu_count),
    }
    if board.cpu_mhz:
        row["cpu-frequency"] = str(board.cpu_mhz)
    row |= {
        "cpu-load": _load(board),
        "free-hdd-space": lambda m: str(int(disk * (0.21 + 0.01 * m.noise(4, 86400))) // 4096 * 4096),
        "total-hdd-space": str(disk),
        "write-sect-since-reboot": lambda m: str(60 + m.uptime // 37),
        "write-sect-total": lambda m: str(sectors_at_boot + m.router.seed % 90_000 + m.uptime // 37),
    }
    if not board.is_virtual:
        row["bad-blocks"] = "0"
    row |= {"architecture-name": board.architecture, "board-name": board.board_name, "platform": "MikroTik"}
    return {0: row}


def cpu(board: Board) -> Rows:
    """Return a row per core."""

    def load(core: int) -> Live:
        return lambda m: str(int(12 * m.noise(50 + core)))

    return {core: {"cpu": f"cpu{core}", "load": load(core), "irq": "0", "disk": "0"} for core in range(board.cpu_count)}


def _reading(sensor: Sensor) -> str | Live:
    if sensor.text:
        return sensor.text
    middle, swing, decimals, salt = sensor.middle, sensor.swing, sensor.decimals, 100 + sensor.number
    if decimals:
        return lambda m: f"{middle + swing * (m.noise(salt, 120) - 0.5):.{decimals}f}"
    return lambda m: str(round(middle + swing * (m.noise(salt, 120) - 0.5)))


def health(board: Board) -> Rows:
    """Return the one row of v6, or a row per sensor on v7."""
    if board.release >= V7:
        return {
            sensor.number: {"name": sensor.name, "value": _reading(sensor), "type": sensor.unit}
            for sensor in board.sensors
        }
    return {0: {sensor.name: _reading(sensor) for sensor in board.sensors}}


def routerboard(board: Board) -> Rows:
    """Return the one row of /system/routerboard; virtual routers have nothing but `routerboard=false`."""
    if board.model is None:
        return {0: {"routerboard": "false"}}
    row: Row = {"routerboard": "true"}
    if board.release < V7 or board.architecture == "mipsbe":
        row["board-name"] = board.board_name
    row["model"] = board.model
    if board.revision:
        row["revision"] = board.revision
    row["serial-number"] = lambda m: m.router.serial
    row["firmware-type"] = board.firmware_type
    row["factory-firmware"] = board.factory_firmware
    row["current-firmware"] = board.current_firmware or board.version
    row["upgrade-firmware"] = board.version if board.release >= V7 else (board.current_firmware or board.version)
    return {0: row}


def packages(board: Board) -> Rows:
    """Return a row per installed package."""
    stamp = build_stamp(board)
    if board.release < V7:
        stamp = stamp.lower()
    return {
        key: {"name": name, "version": board.version, "build-time": stamp, "scheduled": "", "disabled": "false"}
        for key, name in enumerate(board.packages, 1)
    }


def update(board: Board) -> Rows:
    """Return the one row of /system/package/update as it is before a check."""
    return {0: {"channel": board.channel, "installed-version": board.version}}


def _software_id(m: Moment) -> str:
    return f"{m.router.serial[:4]}-{m.router.serial[4:8]}"


def license_row(board: Board) -> Rows:
    """Return the one row of /system/license."""
    if board.architecture == "x86_64":
        return {0: {"system-id": lambda m: m.router.serial[:11], "level": "p1"}}
    level = "6" if board.role == "core" else "4"
    return {0: {"software-id": _software_id, "nlevel": level, "features": ""}}


def clock_row(board: Board) -> Rows:
    """Return the one row of /system/clock."""
    version = board.release
    return {
        0: {
            "time": lambda m: clock(m.now),
            "date": lambda m: date(m.now, version),
            "time-zone-autodetect": "true",
            "time-zone-name": "Europe/Riga",
            "gmt-offset": "+02:00",
            "dst-active": "false",
        }
    }


def ntp_client(board: Board) -> Rows:
    """Return the one row of /system/ntp/client, in the shape of the version."""
    if board.release < V7:
        return {
            0: {
                "enabled": "true",
                "mode": "unicast",
                "primary-ntp": "193.0.0.229",
                "secondary-ntp": "194.58.200.20",
                "server-dns-names": "",
                "poll-interval": "16m",
                "active-server": "193.0.0.229",
                "last-update-from": "193.0.0.229",
                "last-update-before": lambda m: duration(int(m.now) % 960, 740),
                "last-adjustment": lambda m: f"-{int(29 * m.noise(9, 960))}ms481us",
            }
        }
    return {
        0: {
            "enabled": "true",
            "mode": "unicast",
            "servers": "193.0.0.229",
            "vrf": "main",
            "freq-drift": lambda m: f"{4 * m.noise(7, 3600):.3f}",
            "status": "synchronized",
            "synced-server": "193.0.0.229",
            "synced-stratum": "2",
            "system-offset": lambda m: f"{3 * m.noise(8, 600):.3f}",
        }
    }


_FEATURES_ON = [
    "scheduler",
    "socks",
    "fetch",
    "pptp",
    "l2tp",
    "bandwidth-test",
    "sniffer",
    "ipsec",
    "romon",
    "proxy",
    "hotspot",
    "smb",
    "email",
    "zerotier",
    "routerboard",
]
_FEATURES_OFF = ("traffic-gen", "container", "install-any-version", "partitions")


def device_mode(_board: Board) -> Rows:
    """Return the one row of /system/device-mode as of a device in advanced mode."""
    row: Row = {"mode": "advanced", "allowed-versions": "7.13+,6.49.8+", "flagged": "false", "flagging-enabled": "true"}
    row |= dict.fromkeys(_FEATURES_ON, "true") | dict.fromkeys(_FEATURES_OFF, "false") | {"attempt-count": "0"}
    return {0: row}


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    yield "/system/resource", resource(board)
    yield "/system/resource/cpu", cpu(board)
    yield "/system/health", health(board)
    yield "/system/routerboard", routerboard(board)
    yield "/system/package", packages(board)
    yield "/system/package/update", update(board)
    yield "/system/license", license_row(board)
    yield "/system/identity", {0: {"name": lambda m: m.router.identity}}
    yield "/system/clock", clock_row(board)
    yield "/system/ntp/client", ntp_client(board)
    yield "/system/device-mode", device_mode(board)
