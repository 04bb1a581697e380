"""What a router looks like at one instant: the few numbers that every drifting value is a pure function of.

A value that drifts is a `Live`: a function of the moment, computed only when somebody reads it. It gives ASCII text, or
None while the field is absent. Everything else a row holds is plain text.
"""

import math
from collections.abc import Callable, Mapping
from typing import Protocol

from ops.simulator.release import Release
from ops.simulator.texts import stamp

_DAY = 86400.0
_SPELL = 3571.0  # a second, faster rhythm, so that neighbouring minutes differ
_LINK_DELAY = 7  # seconds from boot to links
_MASK = 0xFFFFFFFF


class Personality(Protocol):
    """What distinguishes one router of a board from another; all of it follows from seed and index."""

    seed: int
    index: int
    address: str
    mac: str
    lan: str

    @property
    def identity(self) -> str:
        """The name it goes by."""

    @property
    def serial(self) -> str:
        """The serial number."""

    @property
    def password(self) -> str:
        """The password of the fleet's account."""

    @property
    def certificate(self) -> str:
        """The certificate of api-ssl."""

    def beside(self, field: str) -> str:
        """Return one thing that its neighbour tells."""


class Moment:
    """One router at one instant of its own clock."""

    __slots__ = ("_boot_stamp", "now", "router", "traffic", "uptime")

    def __init__(self, router: Personality, now: float, uptime: float) -> None:
        self.router = router
        self.now = now
        """Device-local seconds since 1970, as the router's clock shows them."""
        self.uptime = int(uptime)
        """Seconds since boot."""
        self._boot_stamp = ""
        self.traffic = _traffic(router.seed, now, uptime)
        """Seconds of ordinary traffic passed since boot: rises for ever, faster by day than by night."""

    def boot_stamp(self, version: Release) -> str:
        """Return when the links came up after the last boot, as this version writes it."""
        if not self._boot_stamp:
            self._boot_stamp = stamp(self.now - self.uptime + _LINK_DELAY, version)
        return self._boot_stamp

    def noise(self, salt: int, every: int = 60) -> float:
        """Return a number in [0, 1) that stays for `every` seconds and then jumps."""
        return chance(self.router.seed + salt, int(self.now) // every)


Live = Callable[[Moment], str | None]
Value = str | Live


def chance(seed: int, step: int = 0) -> float:
    """Mix two numbers into one in [0, 1): repeatable, cheap, and good enough for weather."""
    mixed = (seed * 0x9E3779B1 + step * 0x85EBCA77) & _MASK
    mixed ^= mixed >> 15
    mixed = mixed * 0x2C1B3C6D & _MASK
    mixed ^= mixed >> 12
    mixed = mixed * 0x297A2D39 & _MASK
    mixed ^= mixed >> 15
    return mixed / 4294967296.0


def _traffic(seed: int, now: float, uptime: float) -> float:
    intensity = 0.05 + 1.2 * (seed % 1009) / 1009
    phase = (seed % 86400) / _DAY * math.tau
    day, spell = math.tau / _DAY, math.tau / _SPELL
    boot = now - uptime
    waves = 0.6 / day * (math.cos(day * boot + phase) - math.cos(day * now + phase))
    waves += 0.3 / spell * (math.cos(spell * boot + phase) - math.cos(spell * now + phase))
    return intensity * max(uptime + waves, 0.0)


def shown(value: Value, moment: Moment) -> str | None:
    """Return the text that a value has at this moment; None when the field is absent."""
    return value if isinstance(value, str) else value(moment)


def reading_of(row: Mapping[str, Value], moment: Moment) -> dict[str, str]:
    """Return a row as plain text at one moment, without what is absent; internal names are kept."""
    texts: dict[str, str] = {}
    for name, value in row.items():
        text = value if isinstance(value, str) else value(moment)
        if text is not None:
            texts[name] = text
    return texts
