"""The whole system under load: how many devices it holds at one poll a minute, and what each costs.

Starts an installation of its own with `ops/up` on free ports, waits until every device has been polled, then watches
for some minutes: polls per second, lag of the read models, CPU and memory of every process, bytes written. Whatever
else runs on the machine is part of the measurement: the simulator, the servers and the watcher itself.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.language.errors import Unavailable
from ops.bench import delay
from ops.cli import api
from ops.cli.installation import running
from ops.cli.log import operator_bus

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = ("gateway", "commands", "pollers", "projections")
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
KIB: Final = 1024
BASE_KIB: Final = 400 * KIB
"""What the four processes may take before the first device."""
HELD_SHARE_MIN: Final = 0.98
"""Of the polls that were due: watching begins and ends in the middle of a round, so that a few are not counted."""
POLL_SECONDS: Final = 5.0
START_SECONDS_MAX: Final = 1200.0


Report = Callable[[str], None]


class Look(msgspec.Struct, frozen=True):
    """The installation at one moment."""

    at: float
    observations: int
    lag: int
    log_bytes: int
    cpu_seconds: Mapping[str, float]
    memory_bytes: Mapping[str, int]


def measure(
    *, devices: int, interval_seconds: float = 60.0, minutes: float = 3.0, report: Report = lambda _text: None
) -> dict[str, float]:
    """Figures of one fleet size; raises Unavailable when the installation does not come up.

    `report` is told in words how far it is.
    """
    with tempfile.TemporaryDirectory(prefix="tod-bench-") as folder:
        data_dir = Path(folder)
        begun = time.monotonic()
        report(f"starting an installation and adding {devices:,} routers")
        up(data_dir, "--devices", str(devices), "--poll-interval", f"{interval_seconds:g}", "--detach")
        try:
            started = time.monotonic() - begun
            wait_until_polled(data_dir, devices, report)
            looks = [look(data_dir)]
            while looks[-1].at - looks[0].at < minutes * 60:
                time.sleep(POLL_SECONDS)
                looks.append(look(data_dir))
                report(f"watching {devices:,} routers: {looks[-1].at - looks[0].at:.0f} of {minutes * 60:.0f} s")
            report(f"timing looks for {delay.SECONDS:g} s")
            delays = asyncio.run(delay.measure(data_dir))
            return {"fleet.start_seconds": started, **figures(looks, devices, interval_seconds), **delays}
        finally:
            up(data_dir, "--down")


def figures(looks: list[Look], devices: int, interval_seconds: float) -> dict[str, float]:
    """What the looks say. A fleet is held when it is polled as often as asked and the lag stays below one interval."""
    first, last = looks[0], looks[-1]
    seconds = last.at - first.at
    rate = (last.observations - first.observations) / seconds
    wanted = devices / interval_seconds
    worst_lag_seconds = max(each.lag for each in looks) / wanted
    is_held = rate >= HELD_SHARE_MIN * wanted and worst_lag_seconds < interval_seconds
    memory = sum(last.memory_bytes.get(name, 0) for name in OURS) / KIB
    result = {
        "fleet.devices": devices,
        "fleet.polls_per_s": rate,
        "fleet.wanted_polls_per_s": wanted,
        "fleet.lag_seconds_max": worst_lag_seconds,
        "fleet.is_held": float(is_held),
        f"fleet.largest_at_{interval_seconds:g}s": devices if is_held else 0,
        "memory.kib_per_device": max(0.0, memory - BASE_KIB) / devices,
        "memory.ours_kib": memory,
        "fleet.log_bytes_per_poll": (last.log_bytes - first.log_bytes) / max(last.observations - first.observations, 1),
    }
    for name, before in first.cpu_seconds.items():
        result[f"cpu.{name}_percent"] = 100 * (last.cpu_seconds.get(name, before) - before) / seconds
    for name, size in last.memory_bytes.items():
        result[f"memory.{name}_mib"] = size / KIB / KIB
    return result


def look(data_dir: Path) -> Look:
    """Look once."""
    observations, log_bytes = asyncio.run(_stream(data_dir))
    models = api.get(data_dir, "/projections")["items"]
    behind = [model["lag"] or 0 for model in models if model["stream"] == "OBSERVATIONS"]
    processes = running(data_dir)
    return Look(
        at=time.monotonic(),
        observations=observations,
        lag=max(behind, default=0),
        log_bytes=log_bytes,
        cpu_seconds={process.name: _cpu_seconds(process.pid) for process in processes},
        memory_bytes={process.name: process.memory_bytes for process in processes},
    )


async def _stream(data_dir: Path) -> tuple[int, int]:
    bus = await operator_bus(data_dir)
    try:
        info: dict[str, Any] = await bus.api("STREAM.INFO.OBSERVATIONS")
        return int(info["state"]["last_seq"]), _folder_bytes(data_dir / "nats")
    finally:
        await bus.close()


def _folder_bytes(folder: Path) -> int:
    """What a folder really takes on disk."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that ended included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    own = sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_SECOND
    return own + sum(_cpu_seconds(int(child)) for child in children)


def wait_until_polled(data_dir: Path, devices: int, report: Report = lambda _text: None) -> None:
    """Wait until every device was seen; raises Unavailable when that takes too long."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while (online := api.get(data_dir, "/fleet/summary")["online"]) < devices:
        if time.monotonic() > deadline:
            raise Unavailable(f"Only {online} of {devices} devices came online within {START_SECONDS_MAX:g} s")
        report(f"waiting for all to be polled: {online:,} of {devices:,} online")
        time.sleep(POLL_SECONDS)


def up(data_dir: Path, *arguments: str) -> None:
    """Run `ops/up`; raises Unavailable with what it said when it fails."""
    command = [sys.executable, "-m", "ops.embedded", "--data-dir", str(data_dir), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if ended.returncode:
        raise Unavailable(f"`{' '.join(command[2:])}` failed: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
