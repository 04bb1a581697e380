"""What is done to tables behind the batches.

Hours of samples that are over are rolled up and packed, what is too old leaves.

It runs on a connection of its own, in one transaction per table, and measures time by the model's watermark, never by
a clock: so the same events end in the same rows. A row that comes late lies among the present ones until the next
round, and is folded in then.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from projections.engine import checkpoint
from projections.engine.ddl import guard
from projections.engine.generation import OWNER, has_timescale
from projections.engine.packing import pack, unpack
from projections.engine.projection import Projection
from projections.engine.rollups import EPOCH, roll, rollup_name
from projections.engine.table import Log, Rollup, Samples, Table

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

GRACE: Final = timedelta(minutes=2)
"""How long an hour is waited for after its end; what comes later is folded in."""
DAY: Final = timedelta(days=1)
COMPRESS_AFTER: Final = timedelta(hours=3)
"""How long a day of a hypertable stays in rows after its end, so that what comes late need not be packed once more."""
CLOSED: Final = "closed_samples"

log = structlog.get_logger(__name__)


def closed_until(watermark: datetime) -> datetime:
    """The end of the last hour that is over."""
    return (watermark.astimezone(UTC) - GRACE).replace(minute=0, second=0, microsecond=0)


async def tend(connection: "Connection", schema: str, projection: Projection) -> int:
    """Bring the tables of a generation to where its watermark allows; the number of samples that were packed."""
    watermark = (await checkpoint.read(connection, schema)).watermark
    if watermark is None:
        return 0
    packed = 0
    for table in projection.tables:
        if isinstance(table, Samples):
            packed += await _tend_samples(connection, schema, table, watermark)
        if isinstance(table, Log) and table.keep_days:
            await _forget(connection, f"{schema}.{table.name}", "at", watermark - timedelta(days=table.keep_days))
    return packed


def needs_tending(table: Table) -> bool:
    """Whether a table changes with time alone."""
    return isinstance(table, Samples) or (isinstance(table, Log) and bool(table.keep_days))


async def _tend_samples(connection: "Connection", schema: str, table: Samples, watermark: datetime) -> int:
    until = closed_until(watermark)
    offers_timescale = await has_timescale(connection)
    async with connection.transaction():
        count = await _take_closed(connection, schema, table, until)
        if count:
            await _roll_finest(connection, schema, table, offers_timescale=offers_timescale)
            if not offers_timescale:
                await _make_days(connection, schema, table)
            await connection.execute(pack(schema, table, CLOSED, has_timescale=offers_timescale))
        for finer, rollup in zip(table.rollups, table.rollups[1:], strict=False):
            await _roll_coarser(connection, schema, table, (finer, rollup), until)
        await connection.execute(f"DROP TABLE {CLOSED}")
    if offers_timescale:
        await _compress(connection, schema, table, watermark - COMPRESS_AFTER)
    await _retain(connection, schema, table, watermark, offers_timescale=offers_timescale)
    if count:
        log.info("samples.packed", schema=schema, table=table.name, rows=count, until=until.isoformat())
    return count


async def _take_closed(connection: "Connection", schema: str, table: Samples, until: datetime) -> int:
    """Take the rows whose hour is over out of the present, into a table of this transaction; how many there were."""
    names = ", ".join(column.name for column in table.all_columns)
    await connection.execute(
        f"CREATE TEMPORARY TABLE {CLOSED} (LIKE {schema}.{table.name}) WITH (toast_tuple_target = 8160) ON COMMIT DROP"
    )
    status = await connection.execute(
        f"WITH gone AS (DELETE FROM {schema}.{table.name} WHERE at < $1 RETURNING {names})"
        f" INSERT INTO {CLOSED} ({names}) SELECT {names} FROM gone",
        until,
    )
    return int(status.rpartition(" ")[2])


async def _roll_finest(connection: "Connection", schema: str, table: Samples, *, offers_timescale: bool) -> None:
    """Make the finest buckets of what was taken, together with what was packed before of the same keys and hours."""
    if not table.rollups:
        return
    key = ("tenant_id", *table.key)
    names = ", ".join(column.name for column in table.all_columns)
    hour = "date_trunc('hour', at, 'UTC')"
    earlier = (
        f"SELECT {', '.join(f'e.{column.name}' for column in table.all_columns)}"
        f" FROM ({unpack(schema, table, has_timescale=offers_timescale)}) AS e"
        f" INNER JOIN (SELECT DISTINCT {', '.join(key)}, {hour} AS hour FROM {CLOSED}) AS k"
        f" ON {' AND '.join(f'e.{name} = k.{name}' for name in (*key, 'hour'))}"
    )
    source = f"(SELECT {names} FROM {CLOSED} UNION ALL {earlier})"
    await connection.execute(roll(schema, table, table.rollups[0], source, of_samples=True))


async def _roll_coarser(
    connection: "Connection", schema: str, table: Samples, steps: tuple[Rollup, Rollup], until: datetime
) -> None:
    """Make the coarser buckets that ended since the last time, and again those that a late sample fell into."""
    finer, rollup = steps
    source, name = f"{schema}.{rollup_name(table, finer)}", rollup_name(table, rollup)
    length = timedelta(minutes=rollup.minutes)
    done = await connection.fetchval(
        "SELECT rolled_until FROM tod.rollup WHERE schema_name = $1 AND table_name = $2", schema, name
    )
    if done is None:
        done = await connection.fetchval(f"SELECT min(at) FROM {source}")
        if done is None:
            return
    done, target = _floor(done, length), _floor(until, length)
    bucket = f"date_bin(INTERVAL '{rollup.minutes} minutes', at, {EPOCH})"
    key = ", ".join(("tenant_id", *table.key))
    late = f"(SELECT {key}, {bucket} FROM {CLOSED} WHERE at < {_literal(done)})"
    chosen = f"({key}, {bucket}) IN {late} OR (at >= {_literal(done)} AND at < {_literal(target)})"
    await connection.execute(roll(schema, table, rollup, f"(SELECT * FROM {source} WHERE {chosen})", of_samples=False))
    await connection.execute(
        "INSERT INTO tod.rollup (schema_name, table_name, rolled_until) VALUES ($1, $2, $3)"
        " ON CONFLICT (schema_name, table_name) DO UPDATE SET rolled_until = excluded.rolled_until",
        schema,
        name,
        max(done, target),
    )


async def _make_days(connection: "Connection", schema: str, table: Samples) -> None:
    """The partitions for the days that are about to be packed into."""
    days = await connection.fetch(f"SELECT DISTINCT date_trunc('day', at, 'UTC') AS day FROM {CLOSED}")
    past = f"{schema}.{table.name}_past"
    for record in days:
        day = record["day"].astimezone(UTC)
        name = f"{table.name}_past_{day:%Y%m%d}"
        if await connection.fetchval("SELECT to_regclass($1) IS NULL", f"{schema}.{name}"):
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            await connection.execute(f"CREATE TABLE {schema}.{name} (LIKE {past} INCLUDING ALL)")
            for statement in guard(schema, name, reader=""):
                await connection.execute(statement)
            await connection.execute(  # attaching holds nobody up, as making the partition in place would
                f"ALTER TABLE {past} ATTACH PARTITION {schema}.{name}"
                f" FOR VALUES FROM ({_literal(day)}) TO ({_literal(day + DAY)})"
            )
            await connection.execute("RESET ROLE")


async def _compress(connection: "Connection", schema: str, table: Samples, until: datetime) -> None:
    """Move the days of a hypertable that ended before an instant into the columnstore, each in a transaction."""
    chunks = await connection.fetch(
        "SELECT format('%I.%I', chunk_schema, chunk_name) AS name FROM timescaledb_information.chunks"
        " WHERE hypertable_schema = $1 AND hypertable_name = $2 AND NOT is_compressed AND range_end <= $3"
        " ORDER BY range_end",
        schema,
        f"{table.name}_past",
        until,
    )
    for chunk in chunks:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '200ms'")
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            await connection.execute("SELECT public.compress_chunk($1::regclass)", chunk["name"])


async def _retain(
    connection: "Connection", schema: str, table: Samples, watermark: datetime, *, offers_timescale: bool
) -> None:
    """Let what is too old go: whole days of samples, single rows of rollups."""
    if table.keep_days:
        oldest = watermark - timedelta(days=table.keep_days)
        if offers_timescale:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '200ms'")
                await connection.execute(f"SET LOCAL ROLE {OWNER}")
                drop = "SELECT public.drop_chunks($1::regclass, older_than => $2::timestamptz)"
                await connection.execute(drop, f"{schema}.{table.name}_past", oldest)
        else:
            async for name in _days_before(connection, schema, table, oldest):
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '200ms'")
                    await connection.execute(f"SET LOCAL ROLE {OWNER}")
                    await connection.execute(f"DROP TABLE {schema}.{name}")
    for rollup in table.rollups:
        if rollup.keep_days:
            oldest = watermark - timedelta(days=rollup.keep_days)
            await _forget(connection, f"{schema}.{rollup_name(table, rollup)}", "at", oldest)


async def _days_before(connection: "Connection", schema: str, table: Samples, oldest: datetime) -> AsyncIterator[str]:
    names = await connection.fetch(
        "SELECT c.relname FROM pg_inherits AS i INNER JOIN pg_class AS c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass($1) ORDER BY 1",
        f"{schema}.{table.name}_past",
    )
    for record in names:
        day = datetime.strptime(record["relname"].rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
        if day + DAY <= oldest:
            yield record["relname"]


async def _forget(connection: "Connection", table: str, column: str, oldest: datetime) -> None:
    await connection.execute(f"DELETE FROM {table} WHERE {column} < $1", oldest)


def _floor(instant: datetime, length: timedelta) -> datetime:
    """The start of the bucket that an instant lies in, counted from 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant - epoch) // length * length


def _literal(instant: datetime) -> str:
    return f"TIMESTAMPTZ '{instant.astimezone(UTC).isoformat()}'"
