"""The polling process: it alone touches devices, and it sees no database."""

import asyncio
import gc
import os
import secrets
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import prometheus_client

from contracts.language.errors import InvalidRequest
from migrations.grants import inbox
from ops.connections.openbao import open_keys
from ops.connections.redis import open_cache
from ops.processes.life import bus_of, live, until
from ops.settings import PollersSettings
from pollers.catalog import COLLECTORS, JOBS, JUDGE
from pollers.engine.poller import Poller
from pollers.engine.worker import run_jobs

GARBAGE_THRESHOLDS: Final = (50_000, 20, 100)
"""Replies make many small objects and hardly a cycle, and what is kept of a large fleet is long to look through."""

TALLIES: Final = {
    "observed": "Polls that brought something",
    "failed": "Polls that brought nothing",
    "unpublished": "Polls whose outcome could not be stored",
    "logins": "Logins at devices",
    "left_out": "Observations left out because they were too big for a message",
}


async def body(settings: PollersSettings, stopping: asyncio.Event) -> None:
    """Open the connections, poll and do jobs until told to stop."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    async with AsyncExitStack() as stack:
        bus = await bus_of(settings, "pollers", inbox("pollers"))
        stack.push_async_callback(bus.close)
        cache = await stack.enter_async_context(open_cache(settings.redis_url))
        keys = await stack.enter_async_context(open_keys(settings.openbao_url, settings.openbao_role()))
        authority_pem = _authority(settings)
        poller = Poller(
            bus=bus,
            cache=cache,
            opener=keys,
            collectors=COLLECTORS,
            judge=JUDGE,
            instance=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
            interval_seconds=settings.poll_interval,
            authority_pem=authority_pem,
            in_flight_max=settings.in_flight_max,
        )
        _measure(poller)
        await until(stopping, poller.run(), run_jobs(bus, keys, jobs=JOBS, authority_pem=authority_pem))


def _authority(settings: PollersSettings) -> str:
    """The authorities that certificates of devices may come from; nothing when there is none."""
    try:
        return Path(settings.authority_file).read_text(encoding="ascii") if settings.authority_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"TOD_AUTHORITY_FILE cannot be read as PEM: {error}") from error


def _measure(poller: Poller) -> None:
    """Show what the poller counts."""
    for name, words in TALLIES.items():
        gauge = prometheus_client.Gauge(f"tod_polls_{name}", f"{words} since the process started.")
        gauge.set_function(lambda name=name: getattr(poller.tally, name))  # type: ignore[misc]
    for name in ("devices_held", "visits_in_flight", "sessions_open"):
        gauge = prometheus_client.Gauge(f"tod_poller_{name}", name.replace("_", " ").capitalize())
        gauge.set_function(lambda name=name: getattr(poller, name))  # type: ignore[misc]


if __name__ == "__main__":
    live("pollers", PollersSettings, body)
