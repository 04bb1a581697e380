"""How samples are kept once their hour is over.

One row per key and hour with an array per column, or a hypertable. SQL text only.

A row of its own costs its header, tenant, key and index entry for every poll; packed, they are paid once an hour and
what is left compresses. Where TimescaleDB is installed its columnstore does that better, and the past is a hypertable
of plain rows. No policy of TimescaleDB's looks after it: those go by the clock and want an owner who can log in, so
`tending` moves a chunk to the columnstore and drops one, by the watermark, as it does with everything else.
"""

from collections.abc import Iterator
from typing import Final

from projections.engine.columns import Column
from projections.engine.table import Samples

_HOUR: Final = "date_trunc('hour', at, 'UTC')"


def past_ddl(schema: str, table: Samples, *, has_timescale: bool) -> Iterator[str]:
    """The table of what is over. Its partitions of a day are made when the first hour of one is packed."""
    past = f"{schema}.{table.name}_past"
    if has_timescale:
        columns = ", ".join(column.ddl for column in table.all_columns)
        yield f"CREATE TABLE {past} ({columns})"
        chunks = "public.by_range('at', INTERVAL '1 day')"
        yield f"SELECT public.create_hypertable('{past}', {chunks}, create_default_indexes => false)"
        yield f"CREATE INDEX ON {past} ({', '.join(table.key)}, at)"
        yield (
            f"ALTER TABLE {past} SET (timescaledb.enable_columnstore = true,"
            f" timescaledb.segmentby = '{', '.join(('tenant_id', *table.key))}', timescaledb.orderby = 'at')"
        )
        yield f"GRANT SELECT, INSERT, DELETE ON {past} TO tod_projector"
        return
    columns = ", ".join(_packed_columns(table))
    yield f"CREATE TABLE {past} ({columns}) PARTITION BY RANGE (hour)"
    yield f"CREATE INDEX ON {past} ({', '.join(table.key)}, hour)"


def _packed_columns(table: Samples) -> Iterator[str]:
    yield "tenant_id uuid NOT NULL"
    yield "hour timestamptz NOT NULL"
    for column in table.columns:
        if column.name in table.key:
            yield column.ddl
        elif column.name == table.along:
            yield f"{column.name} {column.sql} NOT NULL"
        else:
            yield f"{column.name} {column.sql.removesuffix('[]')}[]"
    yield "milliseconds integer[] NOT NULL"


def pack(schema: str, table: Samples, source: str, *, has_timescale: bool) -> str:
    """A statement that puts the rows of `source` into the past."""
    if has_timescale:
        names = ", ".join(column.name for column in table.all_columns)
        return f"INSERT INTO {schema}.{table.name}_past ({names}) SELECT {names} FROM {source}"
    targets, values, groups = ["tenant_id", "hour"], ["tenant_id", _HOUR], ["1", "2"]
    for column in table.columns:
        targets.append(column.name)
        if not _is_packed(table, column):
            values.append(column.name)
            groups.append(str(len(values)))
        elif column.is_array:  # one array of arrays must be rectangular, and cannot hold an empty one
            values.append(f"array_agg({column.name}) FILTER (WHERE cardinality({column.name}) > 0)")
            groups.append(f"cardinality({column.name})")
        else:
            values.append(f"array_agg({column.name})")
    targets.append("milliseconds")
    values.append(f"array_agg((extract(epoch FROM at - {_HOUR}) * 1000)::integer)")
    ordered = ", ".join(("tenant_id", *table.key, "at"))  # all arrays gather in this one order, so their places agree
    return (
        f"INSERT INTO {schema}.{table.name}_past ({', '.join(targets)}) SELECT {', '.join(values)}"
        f" FROM (SELECT * FROM {source} ORDER BY {ordered}) AS closed GROUP BY {', '.join(groups)}"
    )


def present(schema: str, table: Samples) -> str:
    """A query for the rows whose hour is not over."""
    names = ", ".join(column.name for column in table.all_columns)
    return f"SELECT {names}, {_HOUR} AS hour FROM {schema}.{table.name}"


def unpack(schema: str, table: Samples, *, has_timescale: bool) -> str:
    """A query that gives the rows of the past as they were.

    A condition on `hour` reaches the packed rows, one on `at` does not.
    """
    past = f"{schema}.{table.name}_past"
    if has_timescale:
        return f"SELECT {', '.join(column.name for column in table.all_columns)}, {_HOUR} AS hour FROM {past}"
    values = ", ".join(("p.tenant_id", *(_unpacked(table, column) for column in table.columns)))
    single = [column.name for column in table.columns if _is_packed(table, column) and not column.is_array]
    names = ", ".join(("milliseconds", *single))
    arrays = ", ".join(f"p.{name}" for name in ("milliseconds", *single))  # all at once, so that each is fetched once
    return (
        f"SELECT {values}, p.hour + m.milliseconds * INTERVAL '1 millisecond' AS at, p.hour FROM {past} AS p"
        f" CROSS JOIN LATERAL unnest({arrays}) WITH ORDINALITY AS m ({names}, place)"
    )


def _is_packed(table: Samples, column: Column) -> bool:
    return column.name not in table.key and column.name != table.along


def _unpacked(table: Samples, column: Column) -> str:
    if not _is_packed(table, column):
        return f"p.{column.name}"
    if column.is_array:
        return f"ARRAY(SELECT unnest(p.{column.name}[m.place:m.place])) AS {column.name}"
    return f"m.{column.name}"
