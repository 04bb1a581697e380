"""Hours that are over: packed, or moved to the columnstore where TimescaleDB is, and the same to look at."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from contracts.health import HealthObserved
from contracts.language.identity import repeatable_id
from ops.testing.telling import ACME, NOON, ROUTER, Telling
from projections.engine import generation
from projections.engine.generation import has_timescale
from projections.engine.tending import tend
from projections.health import PROJECTIONS

HEALTH = PROJECTIONS[0]
OTHER = repeatable_id("tenant", "other")
DAYS = 3


def told(tenant: UUID, device: UUID, *, before: Telling | None = None, days: int = DAYS) -> Telling:
    telling = Telling(tenant)
    if before is not None:
        telling.continue_after(before)
    for minute in range(0, days * 1440, 10):
        telling.look(HealthObserved(uptime_seconds=60.0 * minute, cpu_load_percent=minute % 97), device_id=device)
        telling.wait(minutes=10)
    return telling


async def samples(connection) -> list[tuple[object, ...]]:
    rows = await connection.fetch("SELECT device_id, at, cpu_load_percent FROM read.health_samples ORDER BY 1, 2")
    return [tuple(row) for row in rows]


@pytest.fixture
async def filled(read_side):
    """Three days of two tenants, not tended yet; the schema of the live generation with it."""
    acme = told(ACME, ROUTER)
    await read_side.take(acme)
    await read_side.take(told(OTHER, repeatable_id("device", "other"), before=acme))
    live = await generation.current(read_side.projector, HEALTH)
    return read_side, live.schema_name


async def seen_by(side, tenant: UUID | None):
    async with side.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_token', $1, true)", side.tenant_token(tenant))
        return await samples(connection)


async def test_what_is_over_is_kept_apart_and_looks_the_same(filled):
    side, schema = filled
    before = await seen_by(side, None)
    assert await tend(side.projector, schema, HEALTH) > DAYS * 100
    assert await side.projector.fetchval(f"SELECT count(*) FROM {schema}.health_samples") < 20, "only the last hours"
    assert await seen_by(side, None) == before
    assert await tend(side.projector, schema, HEALTH) == 0, "nothing is done twice"
    hours = await side.projector.fetchval(f"SELECT count(*) FROM {schema}.health_samples_1h")
    assert hours >= 2 * 24 * (DAYS - 1)


async def test_a_tenant_sees_its_own_of_the_past_and_nobody_passes_the_view(filled):
    side, schema = filled
    await tend(side.projector, schema, HEALTH)
    assert {row[0] for row in await seen_by(side, ACME)} == {ROUTER}
    assert await seen_by(side, repeatable_id("tenant", "stranger")) == []
    relations = await side.projector.fetch(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
        " AND (c.relname LIKE 'health_samples_past%' OR c.relname ~ '^_hyper_|^compress_hyper_')"
    )
    assert relations
    async with side.pool.acquire() as connection:
        for relation in relations:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT FROM {relation['name']}")


async def test_what_is_too_old_leaves_by_days(read_side):
    acme = told(ACME, ROUTER, days=1)
    await read_side.take(acme)
    schema = (await generation.current(read_side.projector, HEALTH)).schema_name
    await tend(read_side.projector, schema, HEALTH)
    later = Telling(ACME, NOON + timedelta(days=12))
    later.continue_after(acme)
    later.look(HealthObserved(uptime_seconds=1.0), tick=10_000)
    await read_side.take(later)
    await tend(read_side.projector, schema, HEALTH)
    assert [row[1] for row in await seen_by(read_side, ACME)] == [NOON + timedelta(days=12)]


async def test_days_that_ended_lie_in_the_columnstore_and_an_index_finds_them(filled):
    side, schema = filled
    if not await has_timescale(side.projector):
        pytest.skip("this PostgreSQL does not offer TimescaleDB: see TOD_POSTGRES_HOME in the handbook")
    await tend(side.projector, schema, HEALTH)
    chunks = await side.projector.fetch(
        "SELECT is_compressed, range_end FROM timescaledb_information.chunks WHERE hypertable_schema = $1", schema
    )
    ended = [chunk["is_compressed"] for chunk in chunks if chunk["range_end"] < NOON + timedelta(days=DAYS - 1)]
    assert len(ended) >= DAYS - 1
    assert all(ended)
    async with side.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_token', $1, true)", side.tenant_token(ACME))
        plan = await connection.fetch(
            "EXPLAIN SELECT * FROM read.health_samples WHERE device_id = $1 AND at < $2", ROUTER, NOON
        )
    text = "\n".join(row[0] for row in plan)
    assert "Index" in text
    assert "(tenant_id = (InitPlan 1).col1)" in text, "asked once a statement, and of every row"
