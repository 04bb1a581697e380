"""From a declared source to a getter.

Which value of what happened goes into which column, compiled once per effect and event.

Values are pulled with `operator.attrgetter`, many in one call and in C: no loop over columns runs per row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeAlias, get_args

import msgspec

from contracts.language.errors import ContractBroken
from contracts.language.message import Message
from projections.engine.columns import Column
from projections.engine.happened import Happened, uuid_of
from projections.engine.projection import ENTITY, POSITION, About, Const, Given, Item, Source
from projections.engine.table import Table

RowGetter: TypeAlias = Callable[[Happened], tuple[Any, ...]]
RowsGetter: TypeAlias = Callable[[Happened], Iterable[tuple[Any, ...]]]
Sources: TypeAlias = Mapping[str, Source]

_TEXTS: Final = frozenset({"entity", "event_id", "correlation", "causation", "actor"})


def sources_of(
    table: Table, named: Sources, shape: type[Message], *, item: type[msgspec.Struct] | None = None
) -> dict[str, Source]:
    """A source for every column that has one, after the order of precedence that `projection` states."""
    found: dict[str, Source] = {}
    event_fields = _fields(shape)
    item_fields = _fields(item) if item is not None else {}
    for column in table.columns:
        source = named.get(column.name)
        if source is None and column.name in item_fields:
            source = Item(column.name)
        if source is None and column.name in event_fields:
            source = column.name
        if source is None and column.name == table.entity:
            source = ENTITY
        if source is not None:
            _check(table, column, source, shape, item)
            found[column.name] = source
    return found


def item_of(shape: type[Message], items: str) -> type[msgspec.Struct]:
    """What the items of a list field are; raises ContractBroken when the event has no such list of structs."""
    hint = _fields(shape).get(items)
    inner = next((each for each in get_args(hint) if each is not Ellipsis), None)
    if not (isinstance(inner, type) and issubclass(inner, msgspec.Struct)):
        raise ContractBroken(f"{shape.__name__}.{items} is no list of structs, so there is nothing to make rows of")
    return inner


def row_getter(columns: Sequence[Column], sources: Sources) -> RowGetter:
    """A function that gives one value per column. Columns without a source get their default."""
    return _weave([(_value(column, sources.get(column.name)), column) for column in columns])


def rows_getter(columns: Sequence[Column], sources: Sources, items: str) -> RowsGetter:
    """A function that gives one row per item of a list of the event."""
    outer_columns = [column for column in columns if not _is_of_item(sources.get(column.name))]
    inner_columns = [column for column in columns if _is_of_item(sources.get(column.name))]
    outer = row_getter(outer_columns, sources)
    inner = [_item_getter(sources[column.name]) for column in inner_columns]
    order = _order([*outer_columns, *inner_columns], columns)
    list_of = attrgetter(f"message.{items}")

    def rows(happened: Happened) -> Iterable[tuple[Any, ...]]:
        around = outer(happened)
        for position, item in enumerate(list_of(happened)):
            yield order((*around, *(get(position, item) for get in inner)))

    return rows


def _fields(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(shape)}


def _check(
    table: Table, column: Column, source: Source, shape: type[Message], item: type[msgspec.Struct] | None
) -> None:
    """Refuse a source that names what is not there, while declaring and not while running."""
    where = f"{table.name}.{column.name}"
    if isinstance(source, Item):
        if item is None:
            raise ContractBroken(f"{where} is taken from an item, and the effect has none")
        _walk(where, item, source.path)
    elif isinstance(source, str):
        _walk(where, shape, source)
    elif source is POSITION and item is None:
        raise ContractBroken(f"{where} is the place in a list, and the effect has none")


def _walk(where: str, shape: type[msgspec.Struct], path: str) -> None:
    first, _, rest = path.partition(".")
    fields = _fields(shape)
    if first not in fields:
        raise ContractBroken(f"{where} is taken from {shape.__name__}.{first}, which does not exist")
    inner = fields[first]
    if rest and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        _walk(where, inner, rest)


def _is_of_item(source: Source | None) -> bool:
    return isinstance(source, Item) or source is POSITION


def _item_getter(source: Source) -> Callable[[int, Any], Any]:
    if isinstance(source, Item):
        get = attrgetter(source.path)
        return lambda _position, item: get(item)
    return lambda position, _item: position


def _value(  # noqa: PLR0911  # one answer per kind of source
    column: Column, source: Source | None
) -> str | Const | Callable[[Happened], Any]:
    """A source as a path from what happened, a constant, or a call."""
    match source:
        case None:
            return Const(column.default)
        case str():
            return f"message.{source}"
        case About(path=path) if column.sql == "uuid" and path in _TEXTS:
            if path == "entity":
                return "entity_id"
            text = attrgetter(path)
            return lambda happened: uuid_of(text(happened))
        case About(path=path):
            return path
        case Given(function=function):
            return function
        case Const():
            return source
        case _:
            raise ContractBroken(f"{column.name} cannot be taken from {source} here")


def _weave(values: Sequence[tuple[str | Const | Callable[[Happened], Any], Column]]) -> RowGetter:
    """Paths first, in one call; then constants, then calls; then everything in the order of the columns."""
    paths = [(value, column) for value, column in values if isinstance(value, str)]
    constants = [(value, column) for value, column in values if isinstance(value, Const)]
    calls = [(value, column) for value, column in values if not isinstance(value, str | Const)]
    pull = _attributes([path for path, _ in paths])
    fixed = tuple(constant.value for constant, _ in constants)
    functions = [call for call, _ in calls]
    gathered = [column for _, column in [*paths, *constants, *calls]]
    wanted = [column for _, column in values]
    if gathered == wanted and not functions:
        return (lambda happened: pull(happened) + fixed) if fixed else pull
    order = _order(gathered, wanted)
    if not functions:
        return lambda happened: order(pull(happened) + fixed)
    return lambda happened: order((*pull(happened), *fixed, *(call(happened) for call in functions)))


def _attributes(paths: Sequence[str]) -> RowGetter:
    if not paths:
        return lambda _happened: ()
    get = attrgetter(*paths)
    return get if len(paths) > 1 else lambda happened: (get(happened),)


def _order(gathered: Sequence[Column], wanted: Sequence[Column]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    places = {column.name: place for place, column in enumerate(gathered)}
    order = [places[column.name] for column in wanted]
    if order == list(range(len(gathered))):
        return lambda row: row
    get = itemgetter(*order)
    return get if len(order) > 1 else lambda row: (get(row),)
