"""A few figures of a running installation for the status line, from the processes' own metrics and the kernel."""

import re
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from ops.embedded.ports import LOOPBACK
from ops.embedded.site import Site

EVERY_SECONDS: Final = 2.0
READ_SECONDS: Final = 0.5
SAMPLE: Final = re.compile(r"^(\w+)(?:\{[^}]*\})? ([-+.\deE]+)$", re.MULTILINE)
MEBIBYTE: Final = 1024 * 1024


class Figures(msgspec.Struct, frozen=True):
    """What the line shows. A figure that nobody gave is missing."""

    devices: int | None = None
    polls_per_second: float | None = None
    failed_per_second: float | None = None
    memory_bytes: int = 0

    def __str__(self) -> str:
        parts = [
            "" if self.devices is None else f"{self.devices} devices",
            "" if self.polls_per_second is None else f"{self.polls_per_second:.1f} polls/s",
            f"{self.failed_per_second:.1f} failing/s" if self.failed_per_second else "",
            f"{self.memory_bytes / MEBIBYTE:.0f} MiB",
        ]
        return "  ".join(part for part in parts if part)


class Gauge:
    """Takes the figures at most every EVERY_SECONDS, and rates from one time to the next."""

    def __init__(self, site: Site) -> None:
        self._url = f"http://{LOOPBACK}:{site.ports['pollers-metrics']}/metrics"
        self._taken_at = float("-inf")
        self._sums: Mapping[str, float] = {}
        self._figures = Figures()

    def take(self, pids: Iterable[int], now: float) -> Figures:
        """Return the figures as of `now`, in seconds of a clock that never goes back, or of a moment before."""
        if now - self._taken_at >= EVERY_SECONDS:
            sums, seconds = read(self._url), now - self._taken_at
            devices = sums.get("tod_poller_devices_held")
            self._figures = Figures(
                devices=None if devices is None else int(devices),
                polls_per_second=self._rate("tod_polls_observed", sums, seconds),
                failed_per_second=self._rate("tod_polls_failed", sums, seconds),
                memory_bytes=sum(memory_bytes(pid) for pid in pids),
            )
            self._sums, self._taken_at = sums, now
        return self._figures

    def _rate(self, name: str, sums: Mapping[str, float], seconds: float) -> float | None:
        """Return the growth per second; none at first, and none after a restart has begun to count anew."""
        if name not in sums or name not in self._sums or sums[name] < self._sums[name]:
            return None
        return (sums[name] - self._sums[name]) / seconds


def read(url: str) -> dict[str, float]:
    """Read a Prometheus page and add up each metric over its labels; nothing when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=READ_SECONDS) as reply:  # noqa: S310 - our own http address
            text = reply.read().decode()
    except OSError:
        return {}
    sums: dict[str, float] = {}
    for name, value in SAMPLE.findall(text):
        sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def memory_bytes(pid: int) -> int:
    """Return what a process and its children take, shared pages counted once among all (proportional set size)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    return own + sum(memory_bytes(int(child)) for child in below)
