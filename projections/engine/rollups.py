"""How samples are summarised by bucket: the columns of a rollup, and the statements that fill it. SQL text only.

The finest rollup is made of samples, every coarser one of the one before. Sums are taken in exact decimals, so that no
order of rows shows in them: a rebuild gives the same digits.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from projections.engine.columns import Column
from projections.engine.table import TENANT_COLUMN, Rollup, Samples, Statistic

EPOCH: Final = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
_SMALL: Final = frozenset({"real", "smallint", "integer"})


def rollup_name(table: Samples, rollup: Rollup) -> str:
    """What a rollup's table is called: `health_samples_1h`."""
    return f"{table.name}_{rollup.suffix}"


def rollup_columns(table: Samples) -> tuple[Column, ...]:
    """Tenant, key, start of the bucket, the labels if there are any, how many samples, and a column per statistic."""
    array = "[]" if table.along else ""
    columns = [
        TENANT_COLUMN,
        *(column for column in table.columns if column.name in table.key),
        _column("at", "timestamptz"),
    ]
    if table.along:
        columns.append(table.columns[table.positions[table.along]])
    columns.append(_column("sample_count", f"integer{array}"))
    for measure, statistic in statistics(table):
        base = table.columns[table.positions[measure]].sql.removesuffix("[]")
        if statistic is Statistic.AVG:
            base = "real" if base in _SMALL else "double precision"
        columns.append(_column(f"{measure}_{statistic}", f"{base}{array}", is_nullable=not table.along))
    return tuple(columns)


def _column(name: str, sql: str, *, is_nullable: bool = False) -> Column:
    return Column(name=name, sql=sql, is_nullable=is_nullable, has_default=False)


def statistics(table: Samples) -> Iterator[tuple[str, Statistic]]:
    """Every measure with every statistic of it."""
    return ((measure, statistic) for measure, kinds in table.measures.items() for statistic in kinds)


def roll(schema: str, table: Samples, rollup: Rollup, source: str, *, of_samples: bool) -> str:
    """A statement that makes the buckets of all rows of `source`: samples, or rows of the next finer rollup."""
    key = ("tenant_id", *table.key)
    bucket = f"date_bin(INTERVAL '{rollup.minutes} minutes', at, {EPOCH})"
    measures = list(statistics(table))
    values = [_of_samples(*each) if of_samples else _of_rollup(*each) for each in measures]
    count = "count(*)" if of_samples else "sum(sample_count)"
    names = [f"{measure}_{statistic}" for measure, statistic in measures]
    summary = ", ".join(f"{value} AS {name}" for value, name in zip(values, names, strict=True))
    rows = _flat(table, source, names, of_samples=of_samples) if table.along else source
    label = (table.along,) if table.along else ()
    groups = ", ".join((*key, bucket, *label))
    inner = (
        f"SELECT {', '.join((*key, *label))}, {bucket} AS at, ({count})::integer AS sample_count, {summary}"
        f" FROM {rows} AS samples GROUP BY {groups}"
    )
    return _insert(schema, table, rollup, _gathered(table, inner, names) if table.along else inner, names)


def _of_samples(measure: str, statistic: Statistic) -> str:
    match statistic:
        case Statistic.AVG:
            return f"avg({measure}::numeric)"
        case Statistic.LAST:
            return f"(array_agg({measure} ORDER BY at DESC, {measure} DESC) FILTER (WHERE {measure} IS NOT NULL))[1]"
        case _:
            return f"{statistic}({measure})"


def _of_rollup(measure: str, statistic: Statistic) -> str:
    name = f"{measure}_{statistic}"
    match statistic:
        case Statistic.AVG:
            weight = f"nullif(sum(sample_count) FILTER (WHERE {name} IS NOT NULL), 0)"
            return f"sum({name}::numeric * sample_count) / {weight}"
        case Statistic.LAST:
            return f"(array_agg({name} ORDER BY at DESC) FILTER (WHERE {name} IS NOT NULL))[1]"
        case _:
            return f"{statistic}({name})"


def _flat(table: Samples, source: str, names: Sequence[str], *, of_samples: bool) -> str:
    """The rows of arrays as one row per label."""
    columns = list(table.measures) if of_samples else ["sample_count", *names]
    arrays = ", ".join(f"s.{column}" for column in (table.along, *columns))
    key = ", ".join(f"s.{name}" for name in ("tenant_id", *table.key, "at"))
    flat = f"unnest({arrays}) AS u ({', '.join((table.along, *columns))})"
    return f"(SELECT {key}, u.* FROM {source} AS s CROSS JOIN LATERAL {flat} WHERE u.{table.along} IS NOT NULL)"


def _gathered(table: Samples, inner: str, names: Sequence[str]) -> str:
    """One row per key and bucket again, its arrays in the order of the labels."""
    key = ", ".join(("tenant_id", *table.key, "at"))
    arrays = ", ".join(
        f"array_agg({name} ORDER BY {table.along}) AS {name}" for name in (table.along, "sample_count", *names)
    )
    return f"SELECT {key}, {arrays} FROM ({inner}) AS labelled GROUP BY {key}"


def _insert(schema: str, table: Samples, rollup: Rollup, query: str, names: Sequence[str]) -> str:
    columns = (*((table.along,) if table.along else ()), "sample_count", *names)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
    key = ", ".join(("tenant_id", *table.key, "at"))
    listed = ", ".join(column.name for column in rollup_columns(table))
    return (
        f"INSERT INTO {schema}.{rollup_name(table, rollup)} ({listed}) SELECT {listed} FROM ({query}) AS rolled"
        f" ON CONFLICT ({key}) DO UPDATE SET {updates}"
    )
