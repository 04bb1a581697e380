"""Bytes that one device leaves behind in a day: in the log, and in the tables once its hours are packed.

Real pollers' code, simulated routers, real streams, real tables; only time is driven: the clocks of fleet and poller
run 1,200 times as fast, so that a day and two hours pass in some two minutes. Rows that are replaced in place (what a
device is now) are counted as well: they are what is left after the day.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import msgspec

from contracts.catalog import CODEC
from contracts.devices import Address, Credential, DeviceAdded
from contracts.language.envelope import Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.sealed import Sealed, tenant_key
from contracts.language.transport import Transport
from migrations.apply import migrate
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus, connect
from ops.connections.redis import open_cache
from ops.embedded.servers import Servers
from ops.embedded.site import Site, open_site
from ops.provision.nats import ACCOUNT
from ops.provision.postgres import OWNER, ROLES
from ops.simulator import Fleet
from ops.simulator.stock import ACCOUNT as USERNAME
from pollers.catalog import COLLECTORS, JUDGE
from pollers.engine.poller import Poller
from projections.catalog import PROJECTIONS
from projections.engine.connection import open_connection
from projections.engine.projector import run

BOARDS: Final = ("hap-ax2-7.14", "rb5009-7.9", "chr-7.20", "ccr2004-7.16")
DEVICES: Final = 8
PACE: Final = 1200.0
INTERVAL_SECONDS: Final = 60.0
HOURS: Final = 26.0
DAY_SECONDS: Final = 86_400.0
TENANT: Final = TenantId(uuid4())
TOKEN_KEY: Final = ("bench", "00" * 32)
SETTLE_SECONDS: Final = 5.0
BEHIND: Final = "SELECT count(*) FROM tod.checkpoints WHERE stream = 'OBSERVATIONS' AND sequence < $1"


class Hurry:
    """A clock that runs PACE times as fast as the real one, from a full hour long ago: the future is not believed."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=4 * HOURS)

    def now(self) -> datetime:
        """The time that it shows."""
        return self._at + timedelta(seconds=(time.monotonic() - self._begun) * PACE)


class _Opener:
    """A key service whose ciphertext is the password: what it costs is measured elsewhere."""

    async def open(self, sealed: Sealed, context: str) -> str:
        """The text itself."""
        del context
        return sealed.text


async def measure() -> dict[str, float]:
    """Bytes per device and day; the log's are those on disk after compression."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tod-bench-")))
        site = await stack.enter_async_context(_servers(folder / "servers"))
        fleet = await stack.enter_async_context(
            Fleet(DEVICES, boards=BOARDS, data_dir=folder / "fleet", tls="self-signed")
        )
        await _add(site, fleet)
        bus = await _bus(site, "projections")
        stack.push_async_callback(bus.close)
        url = site.postgres_url("tod_projector")
        projecting = asyncio.create_task(run(bus, lambda: open_connection(url), PROJECTIONS, CODEC))
        stack.callback(projecting.cancel)
        polls = await _poll(site, fleet)
        await _caught_up(bus, url)
        await _give_back(site.postgres_url(OWNER))
        log_bytes = float((await bus.api("STREAM.INFO.OBSERVATIONS"))["state"]["bytes"])
        disk_bytes = _folder_bytes(folder / "servers" / "nats", "OBSERVATIONS")
        tables = await _table_bytes(url)
        days = polls * INTERVAL_SECONDS / DAY_SECONDS
        figures = {f"storage.{name}_bytes_per_device_day": size / days for name, size in tables.items()}
        return {
            "storage.bytes_per_device_day": (disk_bytes + sum(tables.values())) / days,
            "storage.log_bytes_per_device_day": disk_bytes / days,
            "storage.log_bytes_per_device_day_uncompressed": log_bytes / days,
            "storage.table_bytes_per_device_day": sum(tables.values()) / days,
            "storage.polls": polls,
            **figures,
        }


async def _poll(site: Site, fleet: Fleet) -> float:
    """Poll for HOURS of the hurried clock and return how many polls there were."""
    bus = await _bus(site, "pollers")
    collectors = tuple(msgspec.structs.replace(one, period_seconds=one.period_seconds / PACE) for one in COLLECTORS)
    async with open_cache(site.redis_url) as cache:
        poller = Poller(
            bus=bus,
            cache=cache,
            opener=_Opener(),
            collectors=collectors,
            judge=JUDGE,
            instance=uuid4().hex,
            interval_seconds=INTERVAL_SECONDS / PACE,
            clock=Hurry().now,
        )
        task = asyncio.create_task(poller.run())
        wanted = HOURS * 3600 / INTERVAL_SECONDS * DEVICES
        begun = time.monotonic()
        try:
            while poller.tally.observed < wanted:
                await asyncio.sleep(INTERVAL_SECONDS / PACE)
                gone, begun = time.monotonic() - begun, time.monotonic()
                await fleet.advance(gone * (PACE - 1))
            return float(poller.tally.observed)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await bus.close()


async def _caught_up(bus: NatsBus, url: str) -> None:
    """Wait until the tables have everything, the hours that are over are packed, and what was deleted is given back.

    At this pace autovacuum has no time to; at the real one it does.
    """
    connection = await asyncpg.connect(url)
    head = await bus.head("OBSERVATIONS")
    try:
        while await connection.fetchval(BEHIND, head):  # noqa: ASYNC110 - the database says nothing
            await asyncio.sleep(0.2)
        before = -1.0
        while (now := sum((await _table_bytes(url)).values())) != before:
            before = now
            await asyncio.sleep(SETTLE_SECONDS)
    finally:
        await connection.close()


async def _give_back(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM FULL")
    finally:
        await connection.close()


async def _table_bytes(url: str) -> dict[str, float]:
    """The size of each read model's tables with their indexes, after what was deleted has been given back."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT g.projection, sum(pg_total_relation_size(c.oid))::float8 AS size"
            " FROM tod.generation AS g JOIN pg_namespace AS n ON n.nspname = g.schema_name"
            " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relkind = 'r'"
            " WHERE g.stream = 'OBSERVATIONS' AND g.state = 'live' GROUP BY 1"
        )
        return {row["projection"]: row["size"] for row in rows}
    finally:
        await connection.close()


def _folder_bytes(folder: Path, name: str) -> float:
    return float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and name in path.parts))


async def _add(site: Site, fleet: Fleet) -> None:
    """Write the facts that make the poller look at these routers."""
    bus = await _bus(site, "commands")
    for router in fleet.routers:
        fact = DeviceAdded(
            device_id=DeviceId(uuid4()),
            title=router.identity,
            address=Address(
                host=router.address, api_port=fleet.ports.api, tls_port=fleet.ports.tls, transport=Transport.PLAIN
            ),
            credential=Credential(username=USERNAME, password=Sealed(tenant_key(TENANT), router.password)),
        )
        envelope = Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source="bench")
        await bus.publish(CODEC.encode(fact, TENANT, envelope))
    await bus.close()


async def _bus(site: Site, user: str) -> NatsBus:
    seed = site.secrets.seed_file(user).read_text(encoding="ascii").strip()
    return await connect(site.nats_url, user=user, seed=seed, inbox=inbox(user))


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[Site]:
    """Servers of this measurement alone, with streams and schema on them."""
    site = open_site(folder, http_port=None, takes_usual_ports=False)
    servers = Servers(site, USERS, accounts=(ACCOUNT,))
    try:
        await asyncio.to_thread(servers.start)
        bus = await _bus(site, "migrations")
        await provision(bus)
        await bus.close()
        passwords = {role: site.secrets.password(f"postgres-{role}") for role in ROLES.values() if role != OWNER}
        await migrate(site.postgres_url(OWNER), tenant_token_key=TOKEN_KEY, role_passwords=passwords)
        yield site
    finally:
        await asyncio.to_thread(servers.stop)
