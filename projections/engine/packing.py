"""How samples are kept once their hour is over: one row per key and hour with an array per column, or a hypertable. SQL text only.

A row of its own costs its header, tenant, key and index entry for every poll; packed, they are paid once an hour and what is left
compresses. Where TimescaleDB is installed its columnstore does that better, and the past is a hypertable of plain rows.
"""

from collections.abc import Iterator
from typing import Final

from projections.engine.columns import Column
from projections.engine.table import Samples

COMPRESS_AFTER: Final = "2 days"


def past_ddl(schema: str, table: Samples, *, has_timescale: bool) -> Iterator[str]:
    """The table of what is over. Its partitions of a day are made when the first hour of one is packed."""
    past = f"{schema}.{table.name}_past"
    if has_timescale:
        columns = ", ".join(column.ddl for column in table.all_columns)
        yield f"CREATE TABLE {past} ({columns})"
        yield f"SELECT create_hypertable('{past}', by_range('at', INTERVAL '1 day'), create_default_indexes => false)"
        yield f"CREATE INDEX ON {past} ({', '.join(table.key)}, at)"
        yield (
            f"ALTER TABLE {past} SET (timescaledb.enable_columnstore = true,"
            f" timescaledb.segmentby = '{', '.join(('tenant_id', *table.key))}', timescaledb.orderby = 'at')"
        )
        yield f"CALL add_columnstore_policy('{past}', after => INTERVAL '{COMPRESS_AFTER}')"
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
    targets, values, groups = ["tenant_id", "hour"], ["tenant_id", "date_trunc('hour', at, 'UTC')"], ["1", "2"]
    for column in table.columns:
        targets.append(column.name)
        if column.name in table.key or column.name == table.along:
            values.append(column.name)
            groups.append(str(len(values)))
        elif column.is_array:  # one array of arrays must be rectangular, and cannot hold an empty one
            values.append(f"array_agg({column.name}) FILTER (WHERE cardinality({column.name}) > 0)")
            groups.append(f"cardinality({column.name})")
        else:
            values.append(f"array_agg({column.name})")
    targets.append("milliseconds")
    offset = "extract(epoch FROM at - date_trunc('hour', at, 'UTC')) * 1000"
    values.append(f"array_agg(({offset})::integer)")
    ordered = ", ".join(("tenant_id", *table.key, "at"))  # all arrays gather in this one order, so their places agree
    return (
        f"INSERT INTO {schema}.{table.name}_past ({', '.join(targets)}) SELECT {', '.join(values)}"
        f" FROM (SELECT * FROM {source} ORDER BY {ordered}) AS closed GROUP BY {', '.join(groups)}"
    )


def unpack(schema: str, table: Samples, *, has_timescale: bool) -> str:
    """A query that gives the rows of the past as they were."""
    past = f"{schema}.{table.name}_past"
    if has_timescale:
        return f"SELECT {', '.join(column.name for column in table.all_columns)} FROM {past}"
    values = ", ".join(("p.tenant_id", *(_unpacked(table, column) for column in table.columns)))
    return (
        f"SELECT {values}, p.hour + m.milliseconds * INTERVAL '1 millisecond' AS at FROM {past} AS p"
        " CROSS JOIN LATERAL unnest(p.milliseconds) WITH ORDINALITY AS m (milliseconds, place)"
    )


def _unpacked(table: Samples, column: Column) -> str:
    if column.name in table.key or column.name == table.along:
        return f"p.{column.name}"
    if column.is_array:
        return f"ARRAY(SELECT unnest(p.{column.name}[m.place:m.place])) AS {column.name}"
    return f"p.{column.name}[m.place] AS {column.name}"
