"""CPU of one poll, from waking up to the acknowledged publish, beside librouteros' async client reading the same menus.

Real NATS and Valkey, simulated switches of 29 interfaces in a process of their own, TLS kept alive; only the CPU of
this process counts. The poller runs as it does in its own, with leases, rounds and publishing; librouteros only reads.
"""

import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import librouteros
import msgspec
import uvloop

from contracts.catalog import CODEC
from contracts.devices import Address, Credential, DeviceAdded
from contracts.language.envelope import Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.sealed import Sealed, tenant_key
from contracts.language.transport import Transport
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus, connect
from ops.connections.redis import open_cache
from ops.embedded.servers import Servers
from ops.embedded.site import Site, open_site
from ops.provision.nats import ACCOUNT
from ops.simulator import Fleet
from ops.simulator.router import Router
from ops.simulator.stock import ACCOUNT as USERNAME
from pollers import devices, health, interfaces, topology
from pollers.catalog import COLLECTORS, JUDGE
from pollers.engine.collector import Collector, Plan, Survey
from pollers.engine.poller import Poller

BOARD: Final = "crs328-7.19"
FLEET: Final = 1500
"""Routers simulated, so that there are some dozen of the board among them."""
DEVICES_MAX: Final = 20
INTERVAL_SECONDS: Final = 0.06
"""A third of a thousand polls a second, as many as 20,000 devices make at one a minute."""
REAL_INTERVAL_SECONDS: Final = 60.0
MEASURE_SECONDS: Final = 10.0
READ_ROUNDS: Final = 150
TENANT: Final = TenantId(uuid4())

EIGHT_MENUS: Final = tuple(
    msgspec.structs.replace(collector, period_seconds=0.0)
    for collector in (*health.COLLECTORS, *interfaces.COLLECTORS, *devices.COLLECTORS, *topology.COLLECTORS)
)
"""The collectors whose menus are eight together, all asked in every round."""


class Ready(msgspec.Struct, frozen=True):
    """The ports in the simulator's first line."""

    api: int
    tls: int


class _Opener:
    """A key service whose ciphertext is the password: opening happens once a session, and is measured elsewhere."""

    async def open(self, sealed: Sealed, context: str) -> str:
        """The text itself."""
        del context
        return sealed.text


async def measure() -> dict[str, float]:
    """Poll with eight menus in every round, poll as declared, read with librouteros: microseconds of CPU for each."""
    with tempfile.TemporaryDirectory() as folder:
        async with _servers(Path(folder) / "servers") as site, _simulator(Path(folder) / "fleet") as (routers, ports):
            await _add(site, routers, ports)
            theirs = [await _read(routers[0], ports)]
            ours = await _poll(site, EIGHT_MENUS, devices=len(routers))
            theirs.append(await _read(routers[0], ports))
            declared = await _poll(site, _at_this_pace(COLLECTORS), devices=len(routers))
            theirs.append(await _read(routers[0], ports))
    reading = statistics.median(theirs)
    return {
        "poll.menus": float(len(_everything().asks)),
        "poll.cpu_microseconds": round(ours, 1),
        "poll.cpu_microseconds_as_declared": round(declared, 1),
        "poll.librouteros_cpu_microseconds": round(reading, 1),
        "poll.cpu_ratio_to_librouteros": round(ours / reading, 4),
    }


def _at_this_pace(collectors: Sequence[Collector]) -> tuple[Collector, ...]:
    """The collectors with their periods shortened as much as the interval is."""
    pace = INTERVAL_SECONDS / REAL_INTERVAL_SECONDS
    return tuple(msgspec.structs.replace(one, period_seconds=one.period_seconds * pace) for one in collectors)


async def _add(site: Site, routers: Sequence[Router], ports: Ready) -> None:
    """Write the facts that make the poller look at these routers."""
    commands = await _bus(site, "commands")
    await commands.publish_many([CODEC.encode(_added(one, ports), TENANT, _envelope()) for one in routers])
    await commands.close()


async def _poll(site: Site, collectors: Sequence[Collector], *, devices: int) -> float:
    """Microseconds of CPU for one poll of a running poller, when every device has been logged in to."""
    async with AsyncExitStack() as stack:
        bus = await _bus(site, "pollers")
        stack.push_async_callback(bus.close)
        cache = await stack.enter_async_context(open_cache(site.redis_url))
        poller = Poller(
            bus=bus,
            cache=cache,
            opener=_Opener(),
            collectors=collectors,
            judge=JUDGE,
            instance=uuid4().hex,
            interval_seconds=INTERVAL_SECONDS,
        )
        task = asyncio.create_task(poller.run())
        try:
            while poller.tally.observed < 5 * devices:  # noqa: ASYNC110 - the poller has no event for this
                await asyncio.sleep(0.1)
            polls, cpu = poller.tally.observed, time.process_time()
            await asyncio.sleep(MEASURE_SECONDS)
            cpu, polls = time.process_time() - cpu, poller.tally.observed - polls
            assert poller.tally.failed == poller.tally.unpublished == 0, poller.tally
        finally:
            task.cancel()
            await asyncio.wait([task])
    return cpu / polls * 1_000_000


async def _read(router: Router, ports: Ready) -> float:
    """Microseconds of CPU for reading the same fields of the same eight menus with librouteros."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    api = await librouteros.async_connect(
        router.address, USERNAME, router.password, port=ports.tls, encoding="utf-8", ssl_wrapper=context
    )
    asks = _everything().asks
    begun = 0.0
    for number in range(READ_ROUNDS + 5):
        if number == 5:  # noqa: PLR2004 - the first rounds warm up
            begun = time.process_time()
        for ask in asks:
            async for _ in api.rawCmd(ask.command, f"=.proplist={','.join(ask.fields)}"):
                pass
    cpu = time.process_time() - begun
    await api.close()
    return cpu / READ_ROUNDS * 1_000_000


def _everything() -> Plan:
    """The round trip of the eight menus."""
    survey = Survey(EIGHT_MENUS, INTERVAL_SECONDS)
    return survey.plan(survey.turn(0, 0).due, 0)


def _added(router: Router, ports: Ready) -> DeviceAdded:
    return DeviceAdded(
        device_id=DeviceId(uuid4()),
        title=router.identity,
        address=Address(host=router.address, api_port=ports.api, tls_port=ports.tls, transport=Transport.TLS_PINNED),
        credential=Credential(username=USERNAME, password=Sealed(tenant_key(TENANT), router.password)),
    )


def _envelope() -> Envelope:
    return Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source="bench")


async def _bus(site: Site, user: str) -> NatsBus:
    seed = site.secrets.seed_file(user).read_text().strip()
    return await connect(site.nats_url, user=user, seed=seed, inbox=inbox(user))


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[Site]:
    """Servers of this measurement alone, with the streams on them."""
    site = open_site(folder, http_port=None, takes_usual_ports=False)
    running = Servers(site, USERS, accounts=(ACCOUNT,))
    try:
        running.start()
        administration = await _bus(site, "migrations")
        await provision(administration)
        await administration.close()
        yield site
    finally:
        running.stop()


@asynccontextmanager
async def _simulator(folder: Path) -> AsyncIterator[tuple[list[Router], Ready]]:
    """A fleet in a process of its own, and its switches that show a certificate of their own."""
    fleet = Fleet(devices=FLEET, data_dir=folder)
    routers = [one for one in fleet.routers if one.stock.board.key == BOARD and fleet.tls_kind(one) == "self-signed"]
    simulator = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops.simulator", "--devices", str(FLEET), "--seed", str(fleet.seed)),
        *("--first", fleet.routers[0].address, "--data-dir", str(folder)),
        *("--api-port", "0", "--tls-port", "0", "--ssh-port", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert simulator.stdout is not None
        ready = msgspec.json.decode(await simulator.stdout.readline(), type=Ready)
        yield routers[:DEVICES_MAX], ready
    finally:
        simulator.terminate()
        await simulator.wait()


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(uvloop.run(measure()))).decode() + "\n")
