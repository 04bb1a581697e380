"""Fixtures of the gateway's tests: its small world on real servers, and a server to speak to over a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.catalog import COMMANDS
from contracts.language.access import Permission
from contracts.language.identity import TenantId
from contracts.language.sealed import tenant_key
from gateway.app import build_app
from gateway.http import tenancy
from gateway.http.limits import Limit, RateClass
from gateway.http.live import LiveModel
from gateway.http.server import listening, serve
from gateway.tests.decider import Decider
from gateway.tests.world import VIEWS, Minter, World, lay_out, queries
from ops.testing.read_side import laid_out_template, read_side  # noqa: F401 - fixtures

LIVE = (
    LiveModel("devices", Permission.DEVICES_READ, "read.devices", "device_id"),
    LiveModel("health", Permission.METRICS_READ),
    LiveModel("audit", Permission.AUDIT_READ),
)
WIDE = {kind: Limit(100_000, 100_000) for kind in RateClass}
SESSION = {"search_path": "read, tod", "default_transaction_read_only": "on", "statement_timeout": "1000"}


@pytest.fixture
def rates():
    """Allowances that no test runs into unless it wants to."""
    return WIDE


@pytest.fixture
async def laid_out(database):
    """A database with the read models of this world."""
    await lay_out(database.url())
    return database


@pytest.fixture
def minter(tenant_token_key) -> Minter:
    """Who makes tokens."""
    return Minter(tenant_token_key)


@pytest.fixture
async def ports(connect_bus, connect_keys, cache, minter) -> dict[str, Any]:
    """What the gateway stands on, but for the database."""
    return {
        "bus": await connect_bus("gateway"),
        "cache": cache,
        "keys": await connect_keys("gateway"),
        "access_keys": minter.access_keys,
    }


@pytest.fixture
async def world(laid_out, connect_bus, connect_keys, ports, minter, rates) -> AsyncIterator[World]:  # noqa: PLR0917 - fixtures
    """The gateway over real servers, and one who decides."""
    tenants = TenantId(uuid4()), TenantId(uuid4())
    maker = await connect_keys("commands")
    for tenant in tenants:
        await maker.make_key(tenant_key(tenant))
    commands, announcer = await connect_bus("commands"), await connect_bus("projections")
    async with (
        asyncpg.create_pool(
            laid_out.url("tod_gateway"),
            min_size=1,
            max_size=4,
            init=tenancy.prepare,
            reset=tenancy.keep,
            server_settings=SESSION,
        ) as pool,
        asyncpg.create_pool(laid_out.url("tod_projector"), min_size=1, max_size=2) as projector,
    ):
        build = partial(
            build_app,
            **{**ports, "pool": pool, "rates": rates},
            cors_origins=("https://console.example",),
            commands=[spec for spec in COMMANDS if spec.answer in {view.query for view in VIEWS}],
            views=VIEWS,
            live=LIVE,
            queries=queries(),
        )
        gateway = build()
        decider = Decider(commands, announcer, projector)
        deciding = asyncio.create_task(decider.run())
        try:
            async with gateway.running():
                yield World(gateway, minter, *tenants, decider, projector, commands, announcer, build)
        finally:
            deciding.cancel()
            await asyncio.gather(deciding, return_exceptions=True)


@pytest.fixture
def serve_world(world):
    """Put the world behind a real server on a free port: `async with serve_world() as (host, port, stop)`."""

    @asynccontextmanager
    async def serving():
        where, stopping = listening("127.0.0.1", 0), asyncio.Event()
        running = asyncio.create_task(serve(world.gateway, where, stopping=stopping, on_stop=world.gateway.stop))

        async def stop() -> None:
            stopping.set()
            await running

        try:
            yield *where.getsockname(), stop
        finally:
            await stop()

    return serving


@pytest.fixture
async def served(serve_world) -> AsyncIterator[tuple[str, int]]:
    """The world behind a real server: host and port."""
    async with serve_world() as (host, port, _stop):
        yield host, port


@pytest.fixture
async def gone_cache(cache):
    """A cache whose server is not there."""
    client = type(cache._client).from_url("redis://127.0.0.1:1")
    yield type(cache)(client)
    await client.aclose()
