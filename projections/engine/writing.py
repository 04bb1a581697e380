"""Changes into the database: one statement per table and kind of change, all inside the caller's transaction.

Rows that are new go by COPY. Rows that may stand already go as one array of the table's own row type, so that columns
which are arrays themselves need nothing special, into one INSERT … ON CONFLICT.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from projections.engine.binary import copy_chunks
from projections.engine.changes import Appended, Change, Key, Replaced, Row, Versioned
from projections.engine.columns import Column
from projections.engine.table import State

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

_ENCODER: Final = msgspec.json.Encoder()
_JSONB_VERSION: Final = b"\x01"  # the byte before the text in jsonb's binary form


async def prepare(connection: "Connection") -> None:
    """Teach a new connection JSON: structs go in as they are, bytes come out for the column's own decoder."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: _JSONB_VERSION + _ENCODER.encode(value),
        decoder=lambda data: data[1:],
    )


async def write(connection: "Connection", schema: str, changes: Iterable[Change]) -> None:
    """Execute the changes of one projection."""
    for change in changes:
        match change:
            case Appended():
                await _copy(connection, schema, change.table.name, change.table.all_columns, change.rows)
            case Replaced():
                await _replace(connection, schema, change)
            case Versioned():
                await _version(connection, schema, change)


async def _copy(
    connection: "Connection", schema: str | None, table: str, columns: Sequence[Column], rows: Sequence[Row]
) -> None:
    names = [column.name for column in columns]
    await connection.copy_to_table(
        table, schema_name=schema, columns=names, format="binary", source=_pieces(columns, rows)
    )


async def _pieces(columns: Sequence[Column], rows: Sequence[Row]) -> AsyncIterator[bytes]:
    for chunk in copy_chunks(columns, rows):
        yield chunk


async def _replace(connection: "Connection", schema: str, change: Replaced) -> None:
    table = change.table
    if change.cleared:
        await _delete(connection, schema, table, ("tenant_id", table.entity), change.cleared)
    if change.gone:
        await _delete(connection, schema, table, ("tenant_id", *table.key), change.gone)
    if change.fresh:
        await _copy(connection, schema, table.name, table.all_columns, change.fresh)
    if change.rows:
        stage = f"stage_{schema}_{table.name}"
        await connection.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (LIKE {schema}.{table.name})"
            " WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS"
        )
        await _copy(connection, None, stage, table.all_columns, change.rows)
        await connection.execute(upsert(schema, table, stage))


def upsert(schema: str, table: State, source: str) -> str:
    """The statement that takes rows over from another table, in place of those with their keys."""
    names = [column.name for column in table.all_columns]
    key = ("tenant_id", *table.key)
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO {schema}.{table.name} ({', '.join(names)}) SELECT {', '.join(names)} FROM {source}"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
    )


async def _delete(
    connection: "Connection", schema: str, table: State, names: Sequence[str], keys: Sequence[Key]
) -> None:
    types = _types(table, names)
    await connection.execute(
        f"DELETE FROM {schema}.{table.name} AS t USING unnest({_parameters(types)}) AS k ({', '.join(names)})"
        f" WHERE {' AND '.join(f't.{name} = k.{name}' for name in names)}",
        *_transposed(keys, len(names)),
    )


async def _version(connection: "Connection", schema: str, change: Versioned) -> None:
    table = change.table
    if change.closed:
        names = ("tenant_id", *table.key)
        types = [*_types(table, names), "bigint", "timestamptz", "timestamptz"]
        rows = [(*each.key, each.sequence, each.valid_to, each.recorded_to) for each in change.closed]
        await connection.execute(
            f"UPDATE {schema}.{table.name} AS t SET valid_to = k.valid_to, recorded_to = k.recorded_to"
            f" FROM unnest({_parameters(types)}) AS k ({', '.join(names)}, sequence, valid_to, recorded_to)"
            f" WHERE {' AND '.join(f't.{name} = k.{name}' for name in (*names, 'sequence'))}",
            *_transposed(rows, len(types)),
        )
    if change.opened:
        columns = (*table.all_columns, *State.HISTORY_COLUMNS)
        await _copy(connection, schema, table.name, columns, change.opened)


async def load(connection: "Connection", schema: str, table: State, groups: Sequence[Key]) -> list[tuple[Any, ...]]:
    """The rows of groups (tenant and entity, or tenant and key) that stand now."""
    names = ("tenant_id", table.entity) if table.entity else ("tenant_id", *table.key)
    columns = [column.name for column in table.all_columns]
    columns += [column.name for column in State.HISTORY_COLUMNS] if table.history else []
    current = " AND t.recorded_to IS NULL" if table.history else ""
    records = await connection.fetch(
        f"SELECT {', '.join(f't.{name}' for name in columns)} FROM {schema}.{table.name} AS t"
        f" INNER JOIN unnest({_parameters(_types(table, names))}) AS k ({', '.join(names)})"
        f" ON {' AND '.join(f't.{name} = k.{name}' for name in names)}{current}",
        *_transposed(groups, len(names)),
    )
    return [tuple(record) for record in records]


def _types(table: State, names: Sequence[str]) -> list[str]:
    types = {column.name: column.sql for column in table.all_columns}
    return [types[name] for name in names]


def _parameters(types: Sequence[str]) -> str:
    return ", ".join(f"${place}::{sql}[]" for place, sql in enumerate(types, start=1))


def _transposed(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(width)]
