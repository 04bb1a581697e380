"""What it costs that an acknowledged fact is on the disk, how sharing buys it back, and commands from asking to answer.

Real nats-server with `sync_interval: always`; `commands` runs in a process of its own, as `ops/up` starts it. One fsync
stands behind every awaited fact; appends made at once share one.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import msgspec

from contracts.catalog import CODEC
from contracts.devices import AddDevice, RenameDevice
from contracts.language.delivery import Answer, Expectation, Outgoing
from contracts.language.envelope import ANSWER_TO, Envelope
from contracts.language.errors import ContractBroken
from contracts.language.identity import DeviceId, TenantId
from contracts.language.message import Command
from contracts.language.sealed import Sealed, tenant_key
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus, connect
from ops.embedded.servers import Servers
from ops.embedded.site import Site, open_site

ALONE: Final = 400
TOGETHER: Final = 4000
IN_FLIGHT: Final = 512
COMMANDS: Final = 3000
COMMANDS_IN_FLIGHT: Final = 128
BODY: Final = b'{"title":"%s"}' % (b"x" * 500)
TENANT: Final = TenantId(uuid4())
ANSWERS: Final = "_INBOX_gateway.bench"


async def measure() -> dict[str, float]:
    """Facts, appends and commands per second, alone and together, on servers of their own."""
    with tempfile.TemporaryDirectory(prefix="tod-bench-") as folder:
        servers = Servers(open_site(Path(folder), takes_usual_ports=False), USERS)
        try:
            await asyncio.to_thread(servers.start)
            async with _bus(servers.site, "migrations") as bus:
                await provision(bus)
            async with _bus(servers.site, "commands") as bus:
                figures = await _appends(bus)
            async with _commands(servers.site), _bus(servers.site, "gateway") as bus:
                return figures | await _asked(bus)
        finally:
            await asyncio.to_thread(servers.stop)


async def _appends(bus: NatsBus) -> dict[str, float]:
    async def one() -> None:
        await bus.append(*_facts(uuid4(), 1))

    async def three() -> None:
        await bus.append(*_facts(uuid4(), 3))

    return {
        "publish.facts_per_s_awaited": await _rate(one, ALONE, at_once=1),
        "publish.facts_per_s_together": await _rate(one, TOGETHER, at_once=IN_FLIGHT),
        "publish.appends_of_three_per_s_awaited": await _rate(three, ALONE, at_once=1),
        "publish.appends_of_three_per_s_together": await _rate(three, TOGETHER, at_once=IN_FLIGHT),
    }


def _facts(entity: UUID, count: int) -> tuple[Sequence[Outgoing], Sequence[Expectation]]:
    stem = f"tod.{TENANT}.fact.bench.{entity}."
    messages = [Outgoing(f"{stem}said_{place}", {"Nats-Msg-Id": f"{entity}{place}"}, BODY) for place in range(count)]
    return messages, [Expectation(f"{stem}>", 0)]


async def _rate(work: Callable[[], Awaitable[None]], count: int, *, at_once: int) -> float:
    """How often a second something is done, when so many do it at once."""
    slots = asyncio.Semaphore(at_once)

    async def turn() -> None:
        async with slots:
            await work()

    begun = time.perf_counter()
    await asyncio.gather(*(turn() for _ in range(count)))
    return count / (time.perf_counter() - begun)


async def _asked(bus: NatsBus) -> dict[str, float]:
    """Commands as the gateway sends them, from the action's publish to the answer."""
    desk = _Desk(bus)
    await bus.listen(f"{ANSWERS}.*", desk.hear)
    adds = [_adding(number) for number in range(COMMANDS)]
    left: list[Command] = [*adds]
    await desk.ask(left.pop())
    begun = len(desk.seconds)
    added = await _rate(lambda: desk.ask(left.pop()), len(left), at_once=COMMANDS_IN_FLIGHT)
    waited = sorted(desk.seconds[begun:])
    left += [RenameDevice(device_id=add.device_id, title=f"{add.title} again") for add in adds]
    return {
        "publish.devices_added_per_s": added,
        "publish.devices_renamed_per_s": await _rate(
            lambda: desk.ask(left.pop()), len(left), at_once=COMMANDS_IN_FLIGHT
        ),
        "publish.answer_p50_ms": waited[len(waited) // 2] * 1000,
        "publish.answer_p99_ms": waited[len(waited) * 99 // 100] * 1000,
        "publish.answer_alone_ms": 1000 / await _alone(desk, adds),
    }


async def _alone(desk: "_Desk", adds: Sequence[AddDevice]) -> float:
    names = itertools.count()
    return await _rate(
        lambda: desk.ask(RenameDevice(device_id=adds[0].device_id, title=f"Name {next(names)}")), ALONE, at_once=1
    )


class _Desk:
    """The gateway's end: asks, waits for the answer, and notes how long it took."""

    def __init__(self, bus: NatsBus) -> None:
        self._bus = bus
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self.seconds: list[float] = []

    async def hear(self, subject: str, data: bytes) -> None:
        """Hand an answer to whoever waits for it."""
        waiting = self._waiting.pop(subject, None)
        if waiting is not None:
            waiting.set_result(msgspec.json.decode(data, type=Answer))

    async def ask(self, command: Command) -> None:
        """One command; raises ContractBroken when it was refused, since a bench asks only for what is right."""
        envelope = Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source="bench", actor="operator:bench")
        action = CODEC.encode(command, TENANT, envelope)
        action.headers[ANSWER_TO] = f"{ANSWERS}.{envelope.id}"
        answer = self._waiting[action.headers[ANSWER_TO]] = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        await self._bus.publish(action)
        told = await answer
        self.seconds.append(time.perf_counter() - begun)
        if told.code:
            raise ContractBroken(f"{command.name} was refused: {told.message}")


def _adding(number: int) -> AddDevice:
    return AddDevice(
        device_id=DeviceId(uuid4()),
        title=f"Router {number}",
        host=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        username="admin",
        password=Sealed(tenant_key(TENANT), "vault:v1:c2VhbGVk"),
    )


@asynccontextmanager
async def _bus(site: Site, user: str) -> AsyncIterator[NatsBus]:
    seed = site.secrets.seed_file(user).read_text()
    bus = await connect(site.nats_url, user=user, seed=seed, inbox=inbox(user))
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def _commands(site: Site) -> AsyncIterator[None]:
    """The deciding process, on the site's servers."""
    environment = site.environment("commands") | {"TOD_LOG_LEVEL": "error"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ops.processes.commands", env=environment)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
