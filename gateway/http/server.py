"""The HTTP server: uvicorn, made to stop at once.

By itself uvicorn waits for every open event stream before it exits. Here the streams are told at the signal and end
within one turn of the loop; whatever else is under way has a grace period. A second signal ends everything.
"""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from litestar.types import ASGIApp

GRACE_SECONDS_MAX: Final = 5
CONNECTIONS_MAX: Final = 5_000
WAITING_CONNECTIONS_MAX: Final = 2_048
IDLE_SECONDS_MAX: Final = 75
HEAD_BYTES_MAX: Final = 32 * 1024


class Server(uvicorn.Server):
    """Calls `on_stop` on the loop as soon as a signal to stop comes in."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the streams, and go on with uvicorn's own way of stopping."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._on_stop)
        super().handle_exit(sig, frame)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until stopped."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)


async def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    on_stop: Callable[[], None],
    sockets: list[socket.socket] | None = None,
    trusted_proxies: str = "127.0.0.1",
) -> None:
    """Serve an application until a signal. The access log is the application's own, without query strings and bodies.

    `trusted_proxies` are the addresses whose X-Forwarded-For and -Proto are believed, separated by commas.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS_MAX,
        timeout_keep_alive=IDLE_SECONDS_MAX,
        limit_concurrency=CONNECTIONS_MAX,
        backlog=WAITING_CONNECTIONS_MAX,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
    )
    await Server(config, on_stop).serve(sockets)
