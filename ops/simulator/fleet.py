"""A fleet: many routers in one process, each an address of 127.0.0.0/8 behind the same listening sockets."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ops.simulator.api import ApiConnection
from ops.simulator.boards.board import Board
from ops.simulator.boards.catalog import BOARDS
from ops.simulator.clock import Clock
from ops.simulator.moment import chance
from ops.simulator.router import Router
from ops.simulator.runner import Runner
from ops.simulator.services import certificate_of
from ops.simulator.ssh import SshDoor
from ops.simulator.stock import ACCOUNT, Stock, stock_of
from ops.simulator.tls import TLS_KINDS, TlsConnection, Vault

DEVICES_MAX = 20_000
BACKLOG = 4096
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Ports(NamedTuple):
    """Where the fleet listens, on every one of its addresses."""

    api: int
    tls: int
    ssh: int


class Fleet:
    """Routers on consecutive loopback addresses; everything about them follows from the seed.

    Use it as `async with Fleet(devices=3) as fleet`. A port of 0 takes a free one.
    """

    def __init__(
        self,
        devices: int,
        *,
        seed: int = 1,
        ports: Ports = Ports(0, 0, 0),  # noqa: B008 - a tuple
        first: str = "127.1.0.1",
        data_dir: Path | None = None,
        boards: tuple[str, ...] = (),
        tls: str = "mixed",
        reboot_seconds: float = 30.0,
    ) -> None:
        if not 1 <= devices <= DEVICES_MAX:
            raise ValueError(f"a fleet has 1 to {DEVICES_MAX} devices, not {devices}")
        self.seed = seed
        self.clock = Clock()
        self.started_at = self.clock.now()
        self.runner = Runner()
        self.reboot_seconds = reboot_seconds
        self.newest_version: str | None = None  # what check-for-updates finds; None: the newest of the branch
        self.ports = ports
        self.data_dir = data_dir
        self._tls = tls
        self._first = int(ipaddress.IPv4Address(first))
        if ipaddress.IPv4Address(self._first + devices - 1) not in _LOOPBACK:
            raise ValueError(f"{devices} addresses from {first} on do not fit into 127.0.0.0/8")
        stocks = {board.key: self.stock(board, board.version) for board in BOARDS}
        order = [stocks[key] for key in boards] if boards else list(stocks.values())
        weighted = [stock for stock in order for _ in range(stock.board.weight)]
        self.vault = Vault(data_dir)
        self.routers: list[Router] = []
        for index in range(devices):
            stock = order[index % len(order)] if boards or index < len(order) else _pick(weighted, seed, index)
            self.routers.append(Router(self, index, str(ipaddress.IPv4Address(self._first + index)), stock))
        self._servers: list[asyncio.Server] = []
        self._ssh: SshDoor | None = None
        self.connections: set[ApiConnection] = set()

    def now(self) -> float:
        """Return the true time, as everybody but a confused router has it: seconds since 1970, UTC."""
        return self.clock.now()

    async def advance(self, seconds: float) -> None:
        """Push the fleet's time forward; whatever was to happen in between happens, in order."""
        await self.clock.advance(seconds)

    def router(self, address: str) -> Router | None:
        """Return the router at an address."""
        try:
            index = int(ipaddress.IPv4Address(address)) - self._first
        except ValueError:
            return None
        return self.routers[index] if 0 <= index < len(self.routers) else None

    def stock(self, board: Board, version: str) -> Stock:
        """Return what routers of a board with a version share."""
        flashed = board.current_firmware or board.version  # an upgrade leaves the bootloader as it was (facts 15.3)
        return stock_of(replace(board, version=version, current_firmware=flashed))

    def run_scheduled(self, router: Router, key: int) -> None:
        """Run a scheduler entry that is due."""
        self.runner.run_scheduled(router, key)

    def tls_kind(self, router: Router) -> str:
        """Return how the router's api-ssl proves itself: one of TLS_KINDS."""
        certificate = certificate_of(router)
        if certificate == "none":
            return "anonymous"
        if certificate is not None:
            return "self-signed"
        return TLS_KINDS[router.index % len(TLS_KINDS)] if self._tls == "mixed" else self._tls

    def describe(self) -> list[dict[str, str | int]]:
        """Return what a person who adds these routers to a manager has to know."""
        return [
            {
                "address": router.address,
                "identity": router.row("/system/identity")["name"],
                "board": router.stock.board.board_name,
                "version": router.stock.board.version,
                "tls": self.tls_kind(router),
                "username": ACCOUNT,
                "password": router.password,
                "api_port": self.ports.api,
                "tls_port": self.ports.tls,
                "ssh_port": self.ports.ssh,
            }
            for router in self.routers
        ]

    async def __aenter__(self) -> Self:
        """Open the ports."""
        loop = asyncio.get_running_loop()
        api, tls, ssh = (_listen(port) for port in self.ports)
        self._ssh = SshDoor(self, ssh)
        self._ssh.open(BACKLOG)
        self._servers = [
            await loop.create_server(lambda: ApiConnection(self), sock=api, backlog=BACKLOG),
            await loop.create_server(
                lambda: TlsConnection(self, ApiConnection(self, "api-ssl")), sock=tls, backlog=BACKLOG
            ),
        ]
        open_ports = [int(each.sockets[0].getsockname()[1]) for each in self._servers]
        self.ports = Ports(open_ports[0], open_ports[1], self._ssh.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the ports and every connection."""
        for server in self._servers:
            server.close()
        for connection in tuple(self.connections):
            connection.abort()
        if self._ssh is not None:
            await self._ssh.close()
        await self.runner.close()
        self.clock.stop()
        self.vault.close()


def _pick(order: list[Stock], seed: int, index: int) -> Stock:
    return order[int(chance(seed, index) * len(order))]


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setblocking(False)
    with contextlib.suppress(AttributeError, OSError):  # not Linux, or not allowed: the address is checked anyway
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    listening.bind(("", port))
    return listening
