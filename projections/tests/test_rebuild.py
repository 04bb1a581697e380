"""Dropping and rebuilding on real servers: the log gives the same rows again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.catalog import CODEC
from contracts.health import HealthObserved
from contracts.language.envelope import Envelope
from contracts.tenants import TenantCreated, TenantRenamed
from ops.testing.plugin import ConnectBus, Database
from projections import health, tenants
from projections.engine import generation
from projections.engine.connection import open_connection
from projections.engine.digest import digests
from projections.engine.projection import Projection
from projections.engine.projector import run
from projections.engine.rebuild import rebuild

TENANT = UUID(int=7)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
(TENANTS,) = tenants.PROJECTIONS
(HEALTH,) = health.PROJECTIONS


async def tell(bus: Any) -> None:
    """Facts and observations of one device, hours apart."""
    facts = [
        TenantCreated(tenant_id=TENANT, title="Acme"),
        TenantRenamed(tenant_id=TENANT, title="Acme West", previous_title="Acme"),
    ]
    for number, fact in enumerate(facts):
        await bus[0].publish(CODEC.encode(fact, TENANT, Envelope(id=f"f{number}", occurred_at=NOON, source="t")))
    for number in range(200):
        seen = HealthObserved(uptime_seconds=number, cpu_load_percent=number % 100)
        envelope = Envelope(
            id=f"o{number}", occurred_at=NOON.replace(minute=number % 60, hour=number // 60), source="t"
        )
        await bus[1].publish(CODEC.encode(seen, TENANT, envelope, entity=UUID(int=1)))


@asynccontextmanager
async def projecting(bus: Any, database: Database) -> AsyncIterator[None]:
    connect = partial(open_connection, database.url("tod_projector"))
    task = asyncio.create_task(run(bus, connect, (TENANTS, HEALTH), CODEC))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def settled(connection: "asyncpg.Connection[Any]", bus: Any) -> None:
    """Wait until both models stand at the head of their streams."""
    async with asyncio.timeout(30):
        while True:
            rows = await connection.fetch("SELECT stream, sequence FROM tod.checkpoints")
            if len(rows) == 2 and all([row["sequence"] == await bus.head(row["stream"]) for row in rows]):
                return
            await asyncio.sleep(0.05)


async def held(connection: "asyncpg.Connection[Any]", projection: Projection) -> Any:
    found = await generation.current(connection, projection)
    return await digests(connection, found.schema_name, [projection.tables[0]])


async def drop_everything(owner: "asyncpg.Connection[Any]", connection: "asyncpg.Connection[Any]") -> None:
    for each in (TENANTS, HEALTH):
        found = await generation.current(connection, each)
        await owner.execute(f"DROP SCHEMA {found.schema_name} CASCADE")
    await owner.execute("DROP SCHEMA read CASCADE")


@pytest.mark.parametrize("projection", [TENANTS, HEALTH], ids=lambda each: each.name)
async def test_a_rebuild_beside_a_running_projector_equals_the_live_rows_and_takes_their_place(
    connect_bus: ConnectBus, database: Database, projection: Projection
) -> None:
    bus = await connect_bus("projections")
    await tell((await connect_bus("commands"), await connect_bus("pollers")))
    connect = partial(open_connection, database.url("tod_projector"))
    connection = await connect()
    try:
        async with projecting(bus, database):
            await settled(connection, bus)
            before = await held(connection, projection)
            built = await rebuild(bus, connect, projection, CODEC)
            assert built.differences == []
            assert built.is_swapped
            assert await held(connection, projection) == before
    finally:
        await connection.close()


async def test_dropping_the_schemas_and_starting_again_gives_the_same_rows(
    connect_bus: ConnectBus, database: Database
) -> None:
    bus = await connect_bus("projections")
    await tell((await connect_bus("commands"), await connect_bus("pollers")))
    connect = partial(open_connection, database.url("tod_projector"))
    connection = await connect()
    owner = await asyncpg.connect(database.url())
    try:
        async with projecting(bus, database):
            await settled(connection, bus)
        before = {each.name: await held(connection, each) for each in (TENANTS, HEALTH)}
        await drop_everything(owner, connection)
        fresh = await connect()
        async with projecting(bus, database), asyncio.timeout(30):
            views = "SELECT to_regclass('read.health') IS NOT NULL AND to_regclass('read.tenants') IS NOT NULL"
            while not await fresh.fetchval(views):  # noqa: ASYNC110  # the other side is a database
                await asyncio.sleep(0.05)
            await settled(fresh, bus)
        assert {each.name: await held(fresh, each) for each in (TENANTS, HEALTH)} == before
        await fresh.close()
    finally:
        await connection.close()
        await owner.close()


async def test_a_rebuild_of_what_was_dropped_brings_all_of_it_back(connect_bus: ConnectBus, database: Database) -> None:
    bus = await connect_bus("projections")
    await tell((await connect_bus("commands"), await connect_bus("pollers")))
    connect = partial(open_connection, database.url("tod_projector"))
    connection, owner = await connect(), await asyncpg.connect(database.url())
    try:
        async with projecting(bus, database):
            await settled(connection, bus)
        before = {each.name: await held(connection, each) for each in (TENANTS, HEALTH)}
        await drop_everything(owner, connection)
        for each in (TENANTS, HEALTH):
            built = await rebuild(bus, connect, each, CODEC)
            assert built.is_swapped
            assert built.messages > 0
        assert {each.name: await held(connection, each) for each in (TENANTS, HEALTH)} == before
    finally:
        await connection.close()
        await owner.close()


async def test_a_projector_notices_that_its_tables_were_dropped_though_nothing_happens(
    connect_bus: ConnectBus, database: Database
) -> None:
    bus = await connect_bus("projections")
    await tell((await connect_bus("commands"), await connect_bus("pollers")))
    connection, owner = await open_connection(database.url("tod_projector")), await asyncpg.connect(database.url())
    try:
        async with projecting(bus, database), asyncio.timeout(30):
            await settled(connection, bus)
            await drop_everything(owner, connection)
            shown = "SELECT to_regclass('read.health') IS NOT NULL AND to_regclass('read.tenants_history') IS NOT NULL"
            while not await owner.fetchval(shown):  # noqa: ASYNC110  # the other side is a database
                await asyncio.sleep(0.05)
            await settled(connection, bus)
            assert await owner.fetchval("SELECT count(*) FROM read.tenants_history") == 2
    finally:
        await connection.close()
        await owner.close()
