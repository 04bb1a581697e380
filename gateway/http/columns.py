"""The columns of a row struct: their types, and text from a query string or cursor turned into such a value."""

import types
from datetime import datetime
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

from contracts.language.errors import ContractBroken, InvalidRequest

TEXT_BYTES_MAX: Final = 500


class Columns:
    """What a row struct says about its columns."""

    def __init__(self, row: type[msgspec.Struct]) -> None:
        fields = msgspec.structs.fields(row)
        self._types = {field.encode_name: field.type for field in fields}
        self._bare = {name: without_none(kind) for name, kind in self._types.items()}
        self._nullable = frozenset(name for name, kind in self._types.items() if allows_none(kind))
        self._row = row.__name__

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of names
        return iter(self._types)

    def is_nullable(self, name: str) -> bool:
        """Whether a column may be empty."""
        return name in self._nullable

    def type_of(self, name: str) -> Any:  # noqa: ANN401 - a type expression
        """The type of a column's values, None aside; raises ContractBroken for a column that is not there."""
        try:
            return self._bare[name]
        except KeyError:
            raise ContractBroken(f"{self._row} has no column {name}") from None

    def converted(self, name: str, value: object) -> Any:  # noqa: ANN401 - of the column's type
        """A value as the column's type; raises msgspec.ValidationError."""
        return msgspec.convert(value, self.type_of(name), strict=False)


def allows_none(kind: Any) -> bool:  # noqa: ANN401 - a type expression
    """Whether a type expression has None among its members."""
    if get_origin(kind) is Annotated:
        return allows_none(get_args(kind)[0])
    return get_origin(kind) in (Union, types.UnionType) and types.NoneType in get_args(kind)


def without_none(kind: Any) -> Any:  # noqa: ANN401 - a type expression
    """A type expression without None, annotations kept."""
    if not allows_none(kind):
        return kind
    if get_origin(kind) is Annotated:
        bare, *notes = get_args(kind)
        return Annotated[(without_none(bare), *notes)]
    members = tuple(member for member in get_args(kind) if member is not types.NoneType)
    return Union[members]  # noqa: UP007 - made of a tuple


def value_from(text: str, kind: Any, name: str) -> Any:  # noqa: ANN401 - of that type
    """The text of a query parameter as a value; raises InvalidRequest naming the parameter."""
    if len(text) > TEXT_BYTES_MAX or "\x00" in text:
        raise InvalidRequest(f"The parameter {name} may hold {TEXT_BYTES_MAX} characters, and no NUL")
    try:
        value = msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"The parameter {name} does not fit: {error}") from error
    if isinstance(value, datetime) and value.tzinfo is None:
        raise InvalidRequest(f"The parameter {name} needs a time zone, as in 2026-01-31T12:00:00Z (write + as %2B)")
    return value
