"""How long it takes from a look at a device until its row can be read, and until a browser has heard of it.

Counted from the moment a poller woke for the device, which is the time that its observation carries. A row can be read
when the projector says so on the live subject, which it does after the commit; a browser follows the event stream.
"""

import asyncio
import bisect
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

import httpx
import msgspec

from contracts.language.identity import PLATFORM
from contracts.language.subject import live_subject
from ops.cli import api
from ops.cli.log import operator_bus
from ops.connections.nats import NatsBus

MODEL: Final = "polls"
STREAM: Final = "OBSERVATIONS"
SECONDS: Final = 20.0
Heard = list[tuple[int, float]]
"""Sequences, each with the time of day at which everything up to it was said to be visible; both only rise."""


class _Said(msgspec.Struct):
    """What both kinds of notice have."""

    sequence: int = 0


async def measure(data_dir: Path, *, seconds: float = SECONDS) -> dict[str, float]:
    """Milliseconds at the median and the 99th percentile, over the polls of some seconds of a running installation."""
    rows: Heard = []
    pages: Heard = []

    async def hear(_subject: str, data: bytes) -> None:
        _note(rows, data)

    bus = await operator_bus(data_dir)
    try:
        stop = await bus.listen(live_subject(PLATFORM, MODEL).replace(str(PLATFORM), "*"), hear)
        first = await bus.head(STREAM)
        following = asyncio.create_task(_follow(data_dir, pages))
        await asyncio.sleep(seconds)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await stop()
        seen = await _looks(bus, first)
    finally:
        await bus.close()
    return {**_figures("row", seen, rows), **_figures("page", seen, pages)}


async def _follow(data_dir: Path, heard: Heard) -> None:
    headers = {"Authorization": f"Bearer {await asyncio.to_thread(api.token, data_dir)}"}
    async with (
        httpx.AsyncClient(base_url=api.address(data_dir), headers=headers, timeout=None) as client,  # noqa: S113 - it never ends
        client.stream("GET", "/api/live", params={"models": MODEL}) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                _note(heard, line.removeprefix("data: ").encode())


def _note(heard: Heard, data: bytes) -> None:
    sequence = msgspec.json.decode(data, type=_Said).sequence
    if sequence > (heard[-1][0] if heard else 0):
        heard.append((sequence, time.time()))


async def _looks(bus: NatsBus, after: int) -> list[tuple[int, float]]:
    """The polls behind a place in the stream, each with the time at which it began."""
    polls = await bus.history(STREAM, "tod.*.obs.polls.>", after=after)
    return [(each.sequence, datetime.fromisoformat(each.headers["ce-time"]).timestamp()) for each in polls]


def _figures(name: str, looks: Sequence[tuple[int, float]], heard: Heard) -> dict[str, float]:
    sequences = [sequence for sequence, _at in heard]
    delays = sorted(
        (heard[place][1] - begun) * 1000
        for sequence, begun in looks
        if 0 < (place := bisect.bisect_left(sequences, sequence)) < len(heard)  # the first says where listening began
    )
    if len(delays) < 2:  # noqa: PLR2004 - fewer have no percentiles
        return {}
    cuts = quantiles(delays, n=100)
    return {f"delay.poll_to_{name}_ms_p50": cuts[49], f"delay.poll_to_{name}_ms_p99": cuts[98]}
