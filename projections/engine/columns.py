"""From the annotations of a row type to columns: SQL type, nullability, default, and the way back from the database."""

import enum
import types
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from contracts.language.errors import ContractBroken


class Sql(msgspec.Struct, frozen=True):
    """An SQL type other than the one that follows from the annotation: `Annotated[float, Sql("real")]`."""

    type: str


Real = Annotated[float, Sql("real")]
"""Four bytes, seven digits: for measured values."""
Integer = Annotated[int, Sql("integer")]
"""Four bytes."""
SmallInt = Annotated[int, Sql("smallint")]
"""Two bytes."""

_SCALARS: Final[dict[type, str]] = {
    UUID: "uuid",
    bool: "boolean",
    int: "bigint",
    float: "double precision",
    str: "text",
    bytes: "bytea",
    datetime: "timestamptz",
}
JSON: Final = "jsonb"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    `load` turns what the database gives into what the row type holds; None where nothing has to be done.
    """

    name: str
    sql: str
    is_nullable: bool
    has_default: bool
    default: Any = None
    load: Callable[[Any], Any] | None = None

    @property
    def is_required(self) -> bool:
        """Whether a row cannot be made without somebody naming it."""
        return not self.has_default

    @property
    def is_array(self) -> bool:
        """Whether one value is a list."""
        return self.sql.endswith("[]")

    @property
    def ddl(self) -> str:
        """The column as CREATE TABLE wants it."""
        return f"{self.name} {self.sql}" + ("" if self.is_nullable else " NOT NULL")


def columns_of(row: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a row type, in its order; raises ContractBroken for an annotation that is no column."""
    hints = get_type_hints(row, include_extras=True)
    return tuple(_column(row, field, hints[field.name]) for field in msgspec.structs.fields(row))


def _column(row: type[msgspec.Struct], field: msgspec.structs.FieldInfo, hint: object) -> Column:
    inner, override = _unwrap(hint)
    bare, is_nullable = _without_none(inner)
    bare, closer = _unwrap(bare)
    sql = override or closer or _sql_of(bare)
    if sql is None:
        raise ContractBroken(f"{row.__name__}.{field.name} is {hint}, and no column holds that")
    default: Any = None if field.default is msgspec.NODEFAULT else field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    has_default = not field.required or is_nullable
    return Column(
        name=field.name,
        sql=sql,
        is_nullable=is_nullable,
        has_default=has_default,
        default=default,
        load=_loader(bare, sql),
    )


def _unwrap(hint: Any) -> tuple[Any, str | None]:  # noqa: ANN401  # an annotation is any object
    """Take NewType, Annotated and generic aliases off; say which SQL type was asked for on the way."""
    override: str | None = None
    while True:
        if isinstance(hint, NewType):
            hint = hint.__supertype__
        elif get_origin(hint) is Annotated:
            for extra in hint.__metadata__:
                override = extra.type if isinstance(extra, Sql) else override
            hint = hint.__origin__
        else:
            return hint, override


def _without_none(hint: Any) -> tuple[Any, bool]:  # noqa: ANN401  # an annotation is any object
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        if len(members) == 1:
            return members[0], len(get_args(hint)) > 1
    return hint, False


def _sql_of(hint: Any) -> str | None:  # noqa: ANN401  # an annotation is any object
    if isinstance(hint, type) and get_origin(hint) is None:
        if issubclass(hint, enum.Enum):
            return "text" if issubclass(hint, str) else "bigint"
        if issubclass(hint, msgspec.Struct | dict):
            return JSON
        return next((sql for kind, sql in _SCALARS.items() if issubclass(hint, kind)), None)
    if get_origin(hint) is dict:
        return JSON
    if get_origin(hint) in (tuple, list):
        element, override = _unwrap(get_args(hint)[0])
        bare, _ = _without_none(element)
        bare, closer = _unwrap(bare)
        inner = override or closer or _sql_of(bare)
        if inner is not None:
            return JSON if inner == JSON or inner.endswith("[]") else f"{inner}[]"
    return JSON if hint is Any else None


def _loader(hint: Any, sql: str) -> Callable[[Any], Any] | None:  # noqa: ANN401  # an annotation is any object
    if sql == JSON:
        return msgspec.json.Decoder(hint).decode
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    if get_origin(hint) is tuple:
        return tuple
    return None
