"""Who may touch which table, asked of the database itself: nothing that was made may be open by oversight."""

import asyncpg
import pytest

from projections.catalog import PROJECTIONS
from projections.engine.table import Samples

TABLES = """
    SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_walled,
        array(
            SELECT DISTINCT g.grantee::regrole::text FROM aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner
        ) AS readers,
        EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS is_of_tenants
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema|_?timescaledb)'
"""
GRANTED = """
    SELECT n.nspname || '.' || c.relname AS name, g.privilege_type AS privilege
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) AS g
    WHERE g.grantee = $1::regrole
"""
PASTS = {f"{table.name}_past" for each in PROJECTIONS for table in each.tables if isinstance(table, Samples)}


async def test_every_table_has_forced_row_security_or_nobody_who_reads_it(read_side):
    tables = await read_side.projector.fetch(TABLES)
    assert len(tables) > 30
    for table in tables:
        if not table["is_of_tenants"] and "tod_gateway" not in table["readers"]:
            continue  # the projector's own books
        if not table["is_walled"]:  # a hypertable cannot have both; it is reached through its barrier view alone
            assert table["name"].rpartition(".")[2] in PASTS, f"{table['name']} has no forced row security"
            assert set(table["readers"]) <= {"tod_projector"}, f"{table['name']} is open to {table['readers']}"


async def test_a_table_that_somebody_forgets_to_wall_is_found(read_side):
    async with read_side.projector.transaction():
        await read_side.projector.execute("SET LOCAL ROLE tod_owner")
        await read_side.projector.execute("CREATE SCHEMA forgotten CREATE TABLE open (tenant_id uuid)")
        open_ones = [row["name"] for row in await read_side.projector.fetch(TABLES) if not row["is_walled"]]
        assert "forgotten.open" in open_ones
        await read_side.projector.execute("DROP SCHEMA forgotten CASCADE")


async def test_the_gateway_may_read_and_nothing_else(read_side):
    grants = await read_side.projector.fetch(GRANTED, "tod_gateway")
    assert grants
    assert {grant["privilege"] for grant in grants} == {"SELECT"}
    assert not [grant["name"] for grant in grants if grant["name"].rpartition(".")[2] in PASTS]
    async with read_side.pool.acquire() as connection:
        for attempt in (
            "SET default_transaction_read_only = off; DELETE FROM read.devices",
            "SET ROLE tod_projector",
            "SET ROLE tod_owner",
            "SELECT * FROM tod.tenant_token_key",
            "CREATE TABLE public.mine (x int)",
            "CREATE TABLE read.mine (x int)",
        ):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
                await connection.execute(attempt)
            await connection.execute("RESET default_transaction_read_only")


async def test_every_view_asks_whose_the_rows_are(read_side):
    views = await read_side.projector.fetch(
        "SELECT c.relname AS name, coalesce(c.reloptions::text, '') AS options, pg_get_viewdef(c.oid) AS text"
        " FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'read'::regnamespace"
    )
    assert len(views) > 20
    for view in views:
        asks = "security_invoker=true" in view["options"]
        bars = "security_barrier=true" in view["options"] and "current_tenant()" in view["text"]
        assert asks or bars, f"read.{view['name']} would show every tenant's rows"
