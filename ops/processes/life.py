"""The life of a process: settings, logging, the loop, signals, metrics; then its body until somebody says stop."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeVar

import prometheus_client
import structlog
import uvloop

from contracts.language.errors import TodError
from contracts.language.streams import STREAMS
from migrations.streams import Administration, drift
from ops import log as logging_setup
from ops.connections.nats import NatsBus, connect
from ops.settings import ProcessSettings, load

log = structlog.get_logger(__name__)
Kind = TypeVar("Kind", bound=ProcessSettings)
STOP_SECONDS_MAX: Final = 10.0
LOOPBACK: Final = "127.0.0.1"


def live(name: str, kind: type[Kind], body: Callable[[Kind, asyncio.Event], Awaitable[None]]) -> NoReturn:
    """Run a process to its end. Its exit status is 0 when it was asked to stop, 1 when it could not go on."""
    logging_setup.configure(name)
    try:
        settings = load(kind)
        logging_setup.configure(name, level=settings.log_level)
        if settings.metrics_port:
            prometheus_client.start_http_server(settings.metrics_port, addr=LOOPBACK)
        uvloop.run(_until_stopped(settings, body))
    except TodError as error:
        log.error("process.failed", code=error.code, error=error.message)  # noqa: TRY400 - the message says it all
        sys.exit(1)
    sys.exit(0)


async def _until_stopped(settings: Kind, body: Callable[[Kind, asyncio.Event], Awaitable[None]]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    log.info("process.started")
    work = asyncio.ensure_future(body(settings, stopping))
    stop = asyncio.ensure_future(stopping.wait())
    await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        stop.cancel()
        work.result()
        log.info("process.ended")
        return
    log.info("process.stopping")
    done, _ = await asyncio.wait({work}, timeout=STOP_SECONDS_MAX)
    if not done:
        work.cancel()
        await asyncio.wait({work})
    if not work.cancelled() and (error := work.exception()) is not None:
        raise error


async def until(stopping: asyncio.Event, *loops: Awaitable[None]) -> None:
    """Run endless loops side by side until told to stop; if one fails, all end and its error is raised."""
    tasks = [asyncio.ensure_future(loop) for loop in (*loops, stopping.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def bus_of(settings: ProcessSettings, user: str, inbox: str) -> NatsBus:
    """Connect to NATS, and refuse to run on streams that are not what the contracts say."""
    bus = await connect(settings.nats_url, user=user, seed=settings.nats_seed(), inbox=inbox)
    await refuse_drift(bus)
    return bus


async def refuse_drift(server: Administration) -> None:
    """Raise ContractBroken, in words, when a guard of a stream is off."""
    if lines := await drift(server, STREAMS):
        raise StreamsDrifted("; ".join(lines))


class StreamsDrifted(TodError):
    """The streams on the server are not what this release declares."""

    code = "server.streams_drifted"
    title = "The streams on NATS are not what the contracts declare"
