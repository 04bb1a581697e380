"""The SQL that makes the tables of a generation, and the stable views in front of them.

Text only; `generation` runs it.

Every table has row-level security, enabled and forced, and grants on itself alone. The past of samples is the
exception where TimescaleDB refuses that together with compression: there the table carries no grant, and only the
barrier view reaches it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from projections.engine.columns import Column
from projections.engine.packing import past_ddl, present, unpack
from projections.engine.projection import Projection
from projections.engine.rollups import rollup_columns, rollup_name
from projections.engine.table import Log, Samples, State, Table

MAY_SEE: Final = "tenant_id = (SELECT tod.current_tenant()) OR (SELECT tod.sees_all())"
READER: Final = "tod_gateway"
WRITER: Final = "tod_projector"
STATE_STORAGE: Final = "fillfactor = 60, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05"
"""A state row is rewritten again and again: room on its page, and no compression on the way."""
SAMPLES_STORAGE: Final = "toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05"


def schema_name(projection: Projection, number: int) -> str:
    """The schema of one generation: `health_v1_g3`."""
    return f"{projection.name}_v{projection.version}_g{number}"


def tables_ddl(schema: str, tables: Sequence[Table], *, has_timescale: bool) -> Iterator[str]:
    """Everything that a generation's schema holds."""
    yield f"CREATE SCHEMA {schema}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {WRITER}, {READER}"
    for table in tables:
        match table:
            case State():
                yield from _state(schema, table)
            case Log():
                yield from _log(schema, table)
            case Samples():
                yield from _samples(schema, table, has_timescale=has_timescale)


def _state(schema: str, table: State) -> Iterator[str]:
    columns = table.all_columns
    key = ", ".join(("tenant_id", *table.key))
    if table.history:
        columns = (*columns, *State.HISTORY_COLUMNS)
        yield _create(schema, table.name, columns, f"PRIMARY KEY ({key}, sequence)", STATE_STORAGE)
        yield f"CREATE UNIQUE INDEX ON {schema}.{table.name} ({key}) WHERE recorded_to IS NULL"
    else:
        yield _create(schema, table.name, columns, f"PRIMARY KEY ({key})", STATE_STORAGE)
    if table.entity and table.key[0] != table.entity:
        yield f"CREATE INDEX ON {schema}.{table.name} (tenant_id, {table.entity})"
    yield from _indexes(schema, table, where=" WHERE recorded_to IS NULL" if table.history else "")
    yield from guard(schema, table.name)


def _log(schema: str, table: Log) -> Iterator[str]:
    yield _create(
        schema, table.name, table.all_columns, "PRIMARY KEY (tenant_id, sequence, position)", "fillfactor = 100"
    )
    if table.keep_days:
        yield f"CREATE INDEX ON {schema}.{table.name} USING brin (at)"
    yield from _indexes(schema, table)
    yield from guard(schema, table.name)


def _samples(schema: str, table: Samples, *, has_timescale: bool) -> Iterator[str]:
    yield _create(schema, table.name, table.all_columns, "", SAMPLES_STORAGE)
    yield f"CREATE INDEX ON {schema}.{table.name} ({', '.join(table.key)}, at)"
    yield from _indexes(schema, table)
    yield from guard(schema, table.name, reader="")
    yield from past_ddl(schema, table, has_timescale=has_timescale)
    if not has_timescale:
        yield from guard(schema, f"{table.name}_past", reader="")
    for rollup in table.rollups:
        name = rollup_name(table, rollup)
        key = ", ".join(("tenant_id", *table.key))
        yield _create(schema, name, rollup_columns(table), f"PRIMARY KEY ({key}, at)", "fillfactor = 90")
        yield f"CREATE INDEX ON {schema}.{name} USING brin (at)"
        yield from guard(schema, name)


def _create(schema: str, name: str, columns: Sequence[Column], constraint: str, storage: str) -> str:
    lines = ", ".join([column.ddl for column in columns] + ([constraint] if constraint else []))
    return f"CREATE TABLE {schema}.{name} ({lines}) WITH ({storage})"


def _indexes(schema: str, table: Table, where: str = "") -> Iterator[str]:
    for index in table.indexes:
        yield f"CREATE INDEX ON {schema}.{table.name} ({', '.join(('tenant_id', *index))}){where}"


def guard(schema: str, name: str, reader: str = READER) -> Iterator[str]:
    """Row-level security and grants of one table; without a reader nobody but the writer may touch it."""
    full = f"{schema}.{name}"
    yield f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {full} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY tenant ON {full} USING ({MAY_SEE})"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {full} TO {WRITER}"
    if reader:
        yield f"GRANT SELECT ON {full} TO {reader}"


def views_ddl(schema: str, tables: Sequence[Table], *, has_timescale: bool) -> Iterator[str]:
    """The views and functions in schema `read` that carry the stable names.

    They replace those of another generation.
    """
    yield "CREATE SCHEMA IF NOT EXISTS read"
    yield f"GRANT USAGE ON SCHEMA read TO {WRITER}, {READER}"
    for table in tables:
        yield from drop_views(table)
        match table:
            case State():
                yield from _state_views(schema, table)
            case Log():
                yield _view(table.name, "security_invoker", _select(schema, table.name, table.all_columns))
            case Samples():
                yield from _samples_views(schema, table, has_timescale=has_timescale)


def drop_views(table: Table) -> Iterator[str]:
    """Take the stable names of a table away, whichever kind it had."""
    for function in (f"{table.name}_at", f"{table.name}_known_at"):
        yield f"DROP FUNCTION IF EXISTS read.{function}(timestamptz)"
    suffixes = ["", "_history"] + ([f"_{each.suffix}" for each in table.rollups] if isinstance(table, Samples) else [])
    for suffix in suffixes:
        yield f"DROP VIEW IF EXISTS read.{table.name}{suffix}"


def _state_views(schema: str, table: State) -> Iterator[str]:
    now = _select(schema, table.name, table.all_columns)
    if not table.history:
        yield _view(table.name, "security_invoker", now)
        return
    yield _view(table.name, "security_invoker", f"{now} WHERE recorded_to IS NULL")
    versions = _select(schema, table.name, (*table.all_columns, *State.HISTORY_COLUMNS))
    yield _view(f"{table.name}_history", "security_invoker", versions)
    for function, span in (("at", "valid"), ("known_at", "recorded")):
        yield (
            f"CREATE FUNCTION read.{table.name}_{function}(instant timestamptz) RETURNS SETOF read.{table.name}"
            f" LANGUAGE sql STABLE ROWS 1000 AS $$ {now} WHERE {span}_from <= instant"
            f" AND ({span}_to IS NULL OR {span}_to > instant) $$"
        )
        yield f"REVOKE ALL ON FUNCTION read.{table.name}_{function}(timestamptz) FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION read.{table.name}_{function}(timestamptz) TO {WRITER}, {READER}"


def _samples_views(schema: str, table: Samples, *, has_timescale: bool) -> Iterator[str]:
    yield _view(
        table.name,
        "security_barrier",
        f"SELECT * FROM ({rows_of(schema, table, has_timescale=has_timescale)}) AS s WHERE {MAY_SEE}",
    )
    for rollup in table.rollups:
        name = rollup_name(table, rollup)
        yield _view(name, "security_invoker", _select(schema, name, rollup_columns(table)))


def rows_of(schema: str, table: Table, *, has_timescale: bool) -> str:
    """A query for all rows of a table: of a history every version, of samples those in the past as well."""
    if isinstance(table, Samples):
        return f"{present(schema, table)} UNION ALL {unpack(schema, table, has_timescale=has_timescale)}"
    if isinstance(table, State) and table.history:
        return _select(schema, table.name, (*table.all_columns, *State.HISTORY_COLUMNS))
    return _select(schema, table.name, table.all_columns)


def _select(schema: str, name: str, columns: Sequence[Column]) -> str:
    return f"SELECT {', '.join(column.name for column in columns)} FROM {schema}.{name}"


def _view(name: str, option: str, query: str) -> str:
    return (
        f"CREATE VIEW read.{name} WITH ({option} = true) AS {query}; GRANT SELECT ON read.{name} TO {WRITER}, {READER}"
    )
