"""From a declared effect to a step.

A function of what happened that fills sinks, compiled once per effect and message.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

import msgspec

from contracts.language.errors import ContractBroken
from contracts.language.message import Message
from projections.engine.changes import Key
from projections.engine.happened import Happened
from projections.engine.projection import (
    OCCURRED_AT,
    SAMPLED_AT,
    SEQUENCE,
    TENANT,
    Add,
    Append,
    Drop,
    Each,
    Effect,
    Fold,
    Gone,
    Put,
    Source,
)
from projections.engine.sinks import AppendSink, Entry, HistorySink, StateSink
from projections.engine.table import Samples, State, Table
from projections.engine.values import item_of, row_getter, rows_getter, sources_of

Sink: TypeAlias = AppendSink | StateSink
Sinks: TypeAlias = Mapping[Table, Sink]
GroupGetter: TypeAlias = Callable[[Happened], Key]


class Step(msgspec.Struct, frozen=True):
    """What one effect does for one message: `run` it, after the groups of kept rows in `needs` are loaded."""

    run: Callable[[Happened], None]
    needs: tuple[tuple[StateSink, GroupGetter], ...] = ()


def is_kept(table: State, effects: Iterable[tuple[Effect, type[Message]]]) -> bool:
    """Whether some effect has to look at a row before it can write it."""
    if table.history:
        return True
    for effect, shape in effects:
        if isinstance(effect, Fold):
            if effect.state is table:
                return True
        elif effect.table is table and isinstance(effect, Put | Add):
            sources = sources_of(table, effect.columns, shape)
            if isinstance(effect, Add) or len(sources) < len(table.columns):
                return True
    return False


def compile_effect(effect: Effect, shape: type[Message], sinks: Sinks) -> Step:
    """The step of an effect; raises ContractBroken for one that can never run."""
    step = _COMPILERS[type(effect)](effect, shape, sinks)
    if (when := effect.when) is None:
        return step
    run = step.run

    def guarded(happened: Happened) -> None:
        if when(happened):
            run(happened)

    return Step(guarded, step.needs)


def _append(effect: Append, shape: type[Message], sinks: Sinks) -> Step:
    sink = sinks[effect.table]
    if not isinstance(sink, AppendSink):
        raise ContractBroken(f"{effect.table.name} is a State: rows are put there, not appended")
    get = row_getter(_columns(effect.table), _sources(effect.table, effect.columns, shape))
    add = sink.add

    def run(happened: Happened) -> None:
        add(happened, get(happened))

    return Step(run)


def _each(effect: Each, shape: type[Message], sinks: Sinks) -> Step:
    sink = sinks[effect.table]
    item = item_of(shape, effect.items)
    if isinstance(sink, AppendSink):
        sources = _sources(effect.table, effect.columns, shape, item)
        get = rows_getter(_columns(effect.table), sources, effect.items)
        add = sink.add

        def append(happened: Happened) -> None:
            for row in get(happened):
                add(happened, row)

        return Step(append)
    table = sink.table
    sources = _whole(table, sources_of(table, effect.columns, shape, item=item), shape)
    get = rows_getter(table.columns, sources, effect.items)
    group = _group_getter(table, sources)

    def replace(happened: Happened) -> None:
        sink.replace(happened, group(happened), get(happened))

    return Step(replace, ((sink, group),) if sink.is_kept else ())


def _put(effect: Put, shape: type[Message], sinks: Sinks) -> Step:
    sink = _state(effect.table, sinks)
    table = sink.table
    sources = sources_of(table, effect.columns, shape)
    get = row_getter(table.columns, sources)
    group, key = _group_getter(table, sources), _key_getter(table, sources)
    put = sink.put
    if len(sources) == len(table.columns):
        needs = ((sink, group),) if sink.is_kept else ()
        return Step(lambda happened: put(happened, get(happened)), needs)
    makes = all(column.name in sources for column in table.columns if column.is_required)
    named = [(place, name in sources) for name, place in table.positions.items()]

    def run(happened: Happened) -> None:
        before = sink.find(group(happened), key(happened))
        if before is not None:
            values, old = get(happened), before.values
            put(happened, tuple(values[place] if is_named else old[place] for place, is_named in named))
        elif makes:
            put(happened, get(happened))

    return Step(run, ((sink, group),))


def _add(effect: Add, shape: type[Message], sinks: Sinks) -> Step:
    sink = _state(effect.table, sinks)
    table = sink.table
    sources = sources_of(table, effect.columns, shape)
    get = row_getter(table.columns, sources)
    group, key = _group_getter(table, sources), _key_getter(table, sources)
    counted = frozenset(effect.columns) - frozenset(table.key)
    makes = all(column.name in sources for column in table.columns if column.is_required)

    def run(happened: Happened) -> None:
        before = sink.find(group(happened), key(happened))
        if before is None and not makes:
            return
        amounts = get(happened)
        old: Iterable[Any] = before.values if before is not None else (column.default or 0 for column in table.columns)
        values = [
            was + amount if column.name in counted else amount if column.name in sources else was
            for column, was, amount in zip(table.columns, old, amounts, strict=True)
        ]
        sink.put(happened, values)

    return Step(run, ((sink, group),))


def _drop(effect: Drop, shape: type[Message], sinks: Sinks) -> Step:
    sink = _state(effect.table, sinks)
    sources = sources_of(sink.table, effect.columns, shape)
    group, key = _group_getter(sink.table, sources), _key_getter(sink.table, sources)

    def run(happened: Happened) -> None:
        sink.drop(happened, group(happened), key(happened))

    return Step(run, ((sink, group),) if sink.is_kept else ())


def _fold(effect: Fold, shape: type[Message], sinks: Sinks) -> Step:
    function, by_row = effect.function, {table.row: sink for table, sink in sinks.items()}
    needs = tuple(
        (sink, _group_getter(sink.table, sources_of(sink.table, {}, shape)))
        for sink in sinks.values()
        if isinstance(sink, StateSink) and sink.is_kept
    )
    before = _before(effect, shape, sinks)

    def run(happened: Happened) -> None:
        for made in function(before(happened), happened):
            if isinstance(made, Gone):
                gone = cast("StateSink", by_row[made.row])
                key = (happened.tenant_id, *made.key)
                gone.drop(happened, gone.group_of_key(key), key)
                continue
            sink = by_row[type(made)]
            values = msgspec.structs.astuple(made)
            if isinstance(sink, StateSink):
                sink.put(happened, values, made)
            elif isinstance(sink.table, Samples):
                sink.add(happened, (happened.tenant_id, *values, happened.sampled_at))
            else:
                sink.add(happened, (happened.tenant_id, *values, happened.sequence, happened.occurred_at))

    return Step(run, needs)


def _before(effect: Fold, shape: type[Message], sinks: Sinks) -> Callable[[Happened], msgspec.Struct | None]:
    """The row that a fold starts from, as its struct."""
    if effect.state is None:
        return lambda _happened: None
    sink = _state(effect.state, sinks)
    sources = sources_of(sink.table, {}, shape)
    group, key, make = _group_getter(sink.table, sources), _key_getter(sink.table, sources), sink.table.make

    def before(happened: Happened) -> msgspec.Struct | None:
        entry: Entry | None = sink.find(group(happened), key(happened))
        if entry is None:
            return None
        if entry.struct is None:
            entry.struct = make(entry.values)
        return entry.struct

    return before


def _state(table: Table, sinks: Sinks) -> StateSink:
    sink = sinks[table]
    if not isinstance(sink, StateSink):
        raise ContractBroken(f"{table.name} is no State: rows are appended there")
    return sink


def _sources(
    table: Table, named: Mapping[str, Source], shape: type[Message], item: type[msgspec.Struct] | None = None
) -> dict[str, Source]:
    at = SAMPLED_AT if isinstance(table, Samples) else OCCURRED_AT
    engine: dict[str, Source] = {"tenant_id": TENANT, "sequence": SEQUENCE, "at": at}
    return {**_whole(table, sources_of(table, named, shape, item=item), shape), **engine}


def _whole(table: Table, sources: dict[str, Source], shape: type[Message]) -> dict[str, Source]:
    missing = [column.name for column in table.columns if column.is_required and column.name not in sources]
    if missing:
        raise ContractBroken(f"{shape.__name__} makes rows of {table.name} and gives no {missing}")
    return sources


def _columns(table: Table) -> tuple[Any, ...]:
    """The columns that are pulled; a Log's last, the position, is counted by its sink."""
    return table.all_columns if isinstance(table, Samples) else table.all_columns[:-1]


def _key_getter(table: State, sources: Mapping[str, Source]) -> GroupGetter:
    if missing := [name for name in table.key if name not in sources]:
        raise ContractBroken(f"The key {missing} of {table.name} has no source")
    key = tuple(column for name in table.key for column in table.columns if column.name == name)
    return row_getter((table.all_columns[0], *key), {**sources, "tenant_id": TENANT})


def _group_getter(table: State, sources: Mapping[str, Source]) -> GroupGetter:
    if not table.entity:
        return _key_getter(table, sources)
    if table.entity not in sources:
        raise ContractBroken(f"The entity {table.entity} of {table.name} has no source")
    entity = tuple(column for column in table.columns if column.name == table.entity)
    return row_getter((table.all_columns[0], *entity), {**sources, "tenant_id": TENANT})


_COMPILERS: Final[dict[type[Any], Callable[[Any, type[Message], Sinks], Step]]] = {
    Append: _append,
    Each: _each,
    Put: _put,
    Add: _add,
    Drop: _drop,
    Fold: _fold,
}

__all__ = ["HistorySink", "Sink", "Sinks", "Step", "compile_effect", "is_kept"]
