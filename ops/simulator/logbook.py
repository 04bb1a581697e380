"""The log that a router keeps in memory: what happened to it, and the background murmur of an ordinary device.

The murmur is a pure function of seed and time, so that a router nobody talks to holds no line of it. Ids rise in order
of time and start again at boot (facts 14.27).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ops.simulator.moment import chance
from ops.simulator.texts import log_stamp

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.tree import Row

LINES_MAX = 1000  # what RouterOS keeps by default
_MURMUR_EVERY = 5400.0  # seconds
_MURMUR_SHOWN_MAX = 8


class Line(NamedTuple):
    """One line: `at` in true time tells the order, `device_at` is what the clock said; `number` counts own lines."""

    at: float
    device_at: float
    topics: str
    message: str
    number: int = 0


_MURMURS = (
    ("dhcp,info", "defconf assigned {lan}{host} for A4:83:E7:{tail}:{host:02X}"),
    ("dhcp,info", "defconf deassigned {lan}{host} for A4:83:E7:{tail}:{host:02X}"),
    ("interface,info", "ether3 link down"),
    ("interface,info", "ether3 link up (speed 1G, full duplex)"),
    ("wireless,info", "A4:83:E7:{tail}:{host:02X}@wlan1: connected, signal strength -{host}"),
    (
        "firewall,info",
        "input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.{host}:40{host}->100.64.0.2:23, len 60",
    ),
)
_AT_BOOT = (
    ("system,info", "router rebooted"),
    ("interface,info", "ether1 link up (speed 1G, full duplex)"),
    ("interface,info", "ether2 link up (speed 1G, full duplex)"),
    ("dhcp,info", "dhcp-client on ether1 got IP address 100.64.0.2"),
    ("system,info", "ntp change time"),
)


def _murmur(router: Router, number: int) -> tuple[str, str]:
    topics, text = _MURMURS[int(chance(router.seed, number) * len(_MURMURS))]
    host = 30 + int(chance(router.seed + 1, number) * 60)
    return topics, text.format(lan=router.lan, host=host, tail=router.mac[9:14])


def _background_before(router: Router, at: float) -> int:
    """Count the background lines since boot that are older than an instant."""
    since = at - router.booted_at
    return sum(1 for number in range(len(_AT_BOOT)) if _boot_delay(number) < since) + max(int(since / _MURMUR_EVERY), 0)


def _boot_delay(number: int) -> float:
    return 2.0 + 4 * number


def _background(router: Router, now: float) -> list[tuple[int, Line]]:
    """Return the boot lines and the newest murmurs, each with its number among the background lines since boot."""
    shift = router.device_time() - now
    lines: list[tuple[int, Line]] = []
    for number, (topics, message) in enumerate(_AT_BOOT):
        at = router.booted_at + _boot_delay(number)
        if at <= now:
            lines.append((number, Line(at, at + shift, topics, message)))
    newest = int((now - router.booted_at) / _MURMUR_EVERY)
    for number in range(max(1, newest - _MURMUR_SHOWN_MAX + 1), newest + 1):
        at = router.booted_at + number * _MURMUR_EVERY
        lines.append((len(_AT_BOOT) + number - 1, Line(at, at + shift, *_murmur(router, number))))
    return lines


def log_rows(router: Router) -> dict[int, Row]:
    """Return /log as it stands: oldest first, ids in order of time."""
    own = router.lines or ()
    merged: list[tuple[int, Line]] = []
    for number, line in _background(router, router.fleet.now()):
        merged.append((1 + number + sum(1 for each in own if each.at <= line.at), line))
    merged.extend((1 + line.number + _background_before(router, line.at), line) for line in own)
    merged.sort(key=lambda pair: pair[0])
    device_now = router.device_time()
    return {
        key: {
            "time": log_stamp(line.device_at, device_now, router.release),
            "topics": line.topics,
            "message": line.message,
        }
        for key, line in merged
    }
