"""CPU of reading a device: our session beside librouteros' async client as it is, same simulator, same run.

The CPU of this process alone counts (the simulator is another), for 8 menus of a switch with more than 24 interfaces,
on connections that are kept. Both ask for the same fields of the same menus; ours ends with the declared fields picked,
theirs with the rows it makes. `python -m ops.bench.device` prints the figures as JSON.
"""

import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import librouteros
import msgspec
import uvloop

from contracts.language.transport import Transport
from ops.simulator import Fleet
from ops.simulator.stock import ACCOUNT
from pollers.device.ask import Ask
from pollers.device.security import Trust
from pollers.device.session import DeviceSession, Target, connect

BOARD: Final = "crs328-7.19"
ASKS: Final = (
    Ask("/system/resource", ("uptime", "version", "cpu-load", "free-memory", "total-memory", "board-name")),
    Ask("/system/identity", ("name",)),
    Ask("/system/routerboard", ("model", "serial-number", "current-firmware", "upgrade-firmware")),
    Ask("/system/health", ("name", "value", "type")),
    Ask(
        "/interface",
        (
            *(
                "name",
                "default-name",
                "type",
                "actual-mtu",
                "mac-address",
                "link-downs",
                "running",
                "disabled",
                "comment",
            ),
            *("rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "rx-error", "tx-error"),
        ),
    ),
    Ask("/ip/neighbor", ("interface", "address", "mac-address", "identity", "platform", "version", "board")),
    Ask("/ip/dhcp-server/lease", ("address", "mac-address", "host-name", "status", "expires-after", "last-seen")),
    Ask("/ip/arp", ("address", "mac-address", "interface", "dynamic", "complete")),
)
DEVICES: Final = 200
BLOCKS: Final = 9
ROUNDS: Final = 40


class Reading(msgspec.Struct, frozen=True):
    """Microseconds of CPU for one round, the median of all blocks, on one kind of connection."""

    transport: str
    rows: int
    ours_microseconds: float
    librouteros_microseconds: float
    ratio: float


class Ready(msgspec.Struct, frozen=True):
    """The ports in the simulator's first line."""

    api: int
    tls: int


async def measure(transport: Transport, target: Target) -> Reading:
    """Let both clients read the same device in turns."""
    trust = Trust(transport=transport)
    session = await connect(msgspec.structs.replace(target, trust=trust))
    is_plain = transport is Transport.PLAIN
    api = await librouteros.async_connect(
        target.host,
        target.username,
        target.password,
        port=target.api_port if is_plain else target.tls_port,
        encoding="utf-8",
        ssl_wrapper=None if is_plain else _unverified(),
    )
    rows = await _ours(session)
    assert await _theirs(api) == rows, "both clients see the same rows"
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(BLOCKS):
        ours.append(await _cpu(lambda: _ours(session)))
        theirs.append(await _cpu(lambda: _theirs(api)))
    session.close()
    await api.close()
    mine, its = statistics.median(ours), statistics.median(theirs)
    return Reading(transport.value, rows, round(mine, 1), round(its, 1), round(mine / its, 4))


async def _ours(session: DeviceSession) -> int:
    replies = await session.ask(ASKS)
    return sum(len(ask.pick(reply)) for ask, reply in zip(ASKS, replies, strict=True))


async def _theirs(api: librouteros.AsyncApi) -> int:
    rows = 0
    for ask in ASKS:
        async for _ in api.rawCmd(ask.command, f"=.proplist={','.join(ask.fields)}"):
            rows += 1
    return rows


async def _cpu(read: Callable[[], Awaitable[int]]) -> float:
    started = time.process_time()
    for _ in range(ROUNDS):
        await read()
    return (time.process_time() - started) / ROUNDS * 1_000_000


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def run() -> list[Reading]:
    """Start a simulator as a process of its own, measure plain and TLS, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(devices=DEVICES, data_dir=Path(folder))
        router = next(
            one for one in fleet.routers if one.stock.board.key == BOARD and fleet.tls_kind(one) == "self-signed"
        )
        simulator = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops.simulator", "--devices", str(DEVICES), "--seed", str(fleet.seed)),
            *("--first", fleet.routers[0].address, "--data-dir", folder),
            *("--api-port", "0", "--tls-port", "0", "--ssh-port", "0"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert simulator.stdout is not None
            ready = msgspec.json.decode(await simulator.stdout.readline(), type=Ready)
            target = Target(
                host=router.address,
                username=ACCOUNT,
                password=router.password,
                api_port=ready.api,
                tls_port=ready.tls,
            )
            return [await measure(transport, target) for transport in (Transport.PLAIN, Transport.TLS_PINNED)]
        finally:
            simulator.terminate()
            await simulator.wait()


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(uvloop.run(run()))).decode() + "\n")
