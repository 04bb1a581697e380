"""The projecting process: it alone writes tables."""

import asyncio
import gc
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from contracts.catalog import CODEC
from migrations.grants import inbox
from ops.processes.life import bus_of, live, until
from ops.settings import ProjectionsSettings
from projections.catalog import PROJECTIONS
from projections.engine.connection import open_connection
from projections.engine.projector import run

GARBAGE_THRESHOLDS: Final = (100_000, 50, 1000)
"""Batches make many small objects and no cycles: looking for those as often as usual costs a third of decoding."""


async def body(settings: ProjectionsSettings, stopping: asyncio.Event) -> None:
    """Open the connections and project until told to stop."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    async with AsyncExitStack() as stack:
        bus = await bus_of(settings, "projections", inbox("projections"))
        stack.push_async_callback(bus.close)
        connections = partial(open_connection, settings.postgres_url)
        await until(stopping, run(bus, connections, PROJECTIONS, CODEC))


if __name__ == "__main__":
    live("projections", ProjectionsSettings, body)
