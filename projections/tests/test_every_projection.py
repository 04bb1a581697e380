"""What holds for every read model, by being declared.

However its events come, its rows are the same, and walled off by tenant.
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.language.delivery import Delivery
from ops.testing.plugin import Database
from projections.catalog import PROJECTIONS
from projections.engine.connection import open_connection
from projections.engine.projection import Projection
from projections.engine.table import Samples, State
from projections.tests.events import BASE, ENTITIES, TENANTS, histories
from projections.tests.workbench import Workbench, tenant_token

EXAMPLES = settings(
    max_examples=5,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking asks the database too often
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HISTORIES = [p for p in PROJECTIONS if any(isinstance(table, State) and table.history for table in p.tables)]


def named(projection: Projection) -> str:
    return projection.name


@pytest.fixture
async def connection(database: Database) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await open_connection(database.url("tod_projector"))
    yield connection
    await connection.close()


@pytest.fixture
async def bench(request: pytest.FixtureRequest, connection: "asyncpg.Connection[Any]") -> Workbench:
    bench = Workbench(connection, request.param)
    await bench.open()
    return bench


EVERY = pytest.mark.parametrize("bench", PROJECTIONS, ids=named, indirect=True)


@EVERY
@EXAMPLES
@given(data=st.data())
async def test_any_split_into_batches_gives_the_same_rows(bench: Workbench, data: st.DataObject) -> None:
    await bench.empty()
    told = data.draw(histories(bench.projection))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(told)), max_size=4)))
    await bench.take(bench.live, told)
    parked = sorted(bench.parked)
    bench.parked.clear()
    for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True):
        await bench.take(bench.other, told[start:end])
    assert await bench.digests(bench.live) == await bench.digests(bench.other)
    assert sorted(bench.parked) == parked


@EVERY
@EXAMPLES
@given(data=st.data())
async def test_what_comes_again_changes_nothing(bench: Workbench, data: st.DataObject) -> None:
    await bench.empty()
    told = data.draw(histories(bench.projection))
    await bench.take(bench.live, told)
    before = await bench.digests(bench.live)
    start = data.draw(st.integers(0, len(told)))
    await bench.take(bench.live, told[start:])
    assert await bench.digests(bench.live) == before


@EVERY
async def test_an_unknown_event_leaves_the_rows_alone_and_moves_the_checkpoint(bench: Workbench) -> None:
    before = await bench.digests(bench.live)
    headers = {
        "ce-id": "event-5",
        "ce-type": "tod.weather.observed.v7",
        "ce-time": BASE.isoformat(),
        "ce-source": "test",
    }
    subject = f"tod.{TENANTS[0]}.obs.weather.{ENTITIES[0]}.observed"
    await bench.take(bench.live, [Delivery(subject, headers, b"{}", bench.projection.stream, 5, BASE)])
    assert (await bench.line(bench.live)).sequence == 5
    assert await bench.digests(bench.live) == before


@pytest.mark.parametrize("bench", HISTORIES, ids=named, indirect=True)
@EXAMPLES
@given(data=st.data())
async def test_asking_as_of_a_time_equals_the_state_after_replaying_up_to_it(
    bench: Workbench, data: st.DataObject
) -> None:
    await bench.empty()
    told = data.draw(histories(bench.projection))
    end = data.draw(st.integers(0, len(told)))
    await bench.take(bench.other, told[:end])
    line = await bench.line(bench.other)
    await bench.take(bench.live, told)
    recorded_at = told[end - 1].stored_at if end else None
    if end < len(told) and told[end].stored_at == recorded_at:
        return  # two events of one instant are not told apart by a time
    for table in bench.projection.tables:
        if not (isinstance(table, State) and table.history):
            continue
        columns = ", ".join(column.name for column in table.all_columns)
        replayed = await bench.connection.fetch(
            f"SELECT {columns} FROM {bench.other.schema_name}.{table.name} WHERE recorded_to IS NULL"
        )
        if recorded_at is not None:
            known = await bench.connection.fetch(f"SELECT {columns} FROM read.{table.name}_known_at($1)", recorded_at)
            assert sorted(map(repr, known)) == sorted(map(repr, replayed))
        whole = await bench.line(bench.live)
        if line.watermark < whole.watermark and end:
            await _as_of_event_time(bench, table, columns, told, line.watermark)


async def _as_of_event_time(bench: Workbench, table: State, columns: str, told: Any, watermark: Any) -> None:
    """Everything up to the first event after an instant, replayed alone."""
    await bench.connection.execute(
        "UPDATE tod.checkpoint SET sequence = 0, watermark = NULL WHERE schema_name = $1", bench.other.schema_name
    )
    async with bench.connection.transaction():
        await bench.connection.execute("SET LOCAL ROLE tod_owner")
        for each in bench.projection.tables:
            await bench.connection.execute(f"TRUNCATE {bench.other.schema_name}.{each.name}")
    for delivery in told:
        await bench.take(bench.other, [delivery])
        if (await bench.line(bench.other)).watermark > watermark:
            break
    seen = await bench.connection.fetch(f"SELECT {columns} FROM read.{table.name}_at($1)", watermark)
    rows = await bench.connection.fetch(
        f"SELECT {columns} FROM {bench.other.schema_name}.{table.name}"
        " WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)",
        watermark,
    )
    assert sorted(map(repr, seen)) == sorted(map(repr, rows))


@EVERY
@settings(EXAMPLES, max_examples=3)
@given(data=st.data())
async def test_another_tenants_token_sees_nothing_and_a_forged_one_is_an_error(
    bench: Workbench, data: st.DataObject, database: Database, tenant_token_key: tuple[str, str]
) -> None:
    await bench.empty()
    await bench.take(bench.live, data.draw(histories(bench.projection)))
    await bench.digests(bench.live)
    gateway = await asyncpg.connect(database.url("tod_gateway"))
    try:
        views = [f"read.{table.name}" for table in bench.projection.tables]
        for view in views:
            assert await gateway.fetchval(f"SELECT count(*) FROM {view}") == 0
        for tenant in TENANTS:
            await gateway.execute(
                "SELECT set_config('app.tenant_token', $1, false)", tenant_token(tenant_token_key, tenant)
            )
            for view in views:
                found = {row["tenant_id"] for row in await gateway.fetch(f"SELECT tenant_id FROM {view}")}
                assert found <= {tenant}
        everybody = tenant_token(tenant_token_key, "*")
        await gateway.execute("SELECT set_config('app.tenant_token', $1, false)", everybody)
        filled = [view for view in views if await gateway.fetchval(f"SELECT count(*) FROM {view}")]
        stranger = tenant_token(tenant_token_key, ENTITIES[0])
        await gateway.execute("SELECT set_config('app.tenant_token', $1, false)", stranger)
        for view in views:
            assert await gateway.fetchval(f"SELECT count(*) FROM {view}") == 0
        for bad in (
            stranger[:-1] + ("0" if stranger[-1] != "0" else "1"),
            tenant_token(tenant_token_key, TENANTS[0], seconds=-1),
        ):
            await gateway.execute("SELECT set_config('app.tenant_token', $1, false)", bad)
            for view in filled:  # the token is looked at when there is a row to show
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await gateway.fetchval(f"SELECT count(*) FROM {view}")
        for table in bench.projection.tables:
            if isinstance(table, Samples):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await gateway.fetch(f"SELECT FROM {bench.live.schema_name}.{table.name}_past")
    finally:
        await gateway.close()
