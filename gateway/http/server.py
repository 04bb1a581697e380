"""The HTTP server: uvicorn, made to stop at once and to leave the signals to whoever runs the process.

By itself uvicorn waits for every open event stream before it exits. Here the streams are told first and end within one
turn of the loop; whatever else is under way has a grace period.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from contracts.language.errors import Unavailable

GRACE_SECONDS_MAX: Final = 5
CONNECTIONS_MAX: Final = 5_000
WAITING_CONNECTIONS_MAX: Final = 2_048
IDLE_SECONDS_MAX: Final = 75
HEAD_BYTES_MAX: Final = 32 * 1024
HEAD_SECONDS_MAX: Final = 15.0
"""How long a client may take over the head of a request, the first one counted from the connection."""


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Connection(H11Protocol):
    """One connection, hung up on when the head of a request does not arrive in time: uvicorn would wait for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on; the wait ends with the head."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        super().connection_lost(exc)
        self._rest()

    def _watch(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering or self.transport.is_closing():
            self._rest()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def listening(host: str, port: int) -> socket.socket:
    """A socket that waits for connections; port 0 takes a free one. Raises Unavailable when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=WAITING_CONNECTIONS_MAX)
    except OSError as error:
        raise Unavailable(f"HTTP cannot be served at {host} port {port}: {error.strerror}") from error


async def serve(
    app: ASGIApp,
    where: socket.socket,
    *,
    stopping: asyncio.Event,
    on_stop: Callable[[], None],
    trusted_proxies: str = "127.0.0.1",
) -> None:
    """Serve an application until `stopping` is set; `on_stop` is called then, before requests under way are waited for.

    `trusted_proxies` are the addresses whose X-Forwarded-For and -Proto are believed, separated by commas. The access
    log is the application's own: it has no query strings and no bodies.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        loop="none",
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
    server = Server(config)
    watching = asyncio.create_task(_stop_when(stopping, server, on_stop))
    try:
        await server.serve([where])
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _stop_when(stopping: asyncio.Event, server: Server, on_stop: Callable[[], None]) -> None:
    await stopping.wait()
    on_stop()
    server.should_exit = True
