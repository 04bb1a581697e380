"""Rows as PostgreSQL's binary COPY format, packed by the column.

The client library packs arrays element by element, with an abstract instance check for each; a poll holds some hundred
counters, and this is several times as fast. What repeats from row to row (ids, times, names of interfaces) is packed
once and remembered.

Format: "COPY", section "Binary Format", of the PostgreSQL manual; values as each type's `…send` function writes them.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from contracts.language.errors import ContractBroken
from projections.engine.columns import Column

Encode: TypeAlias = Callable[[Any], bytes]

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER: Final = struct.pack(">h", -1)
NULL: Final = struct.pack(">i", -1)
ROWS_PER_CHUNK: Final = 128
REMEMBERED_MAX: Final = 32_768
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_JSON: Final = msgspec.json.Encoder()
_length: Final = struct.Struct(">i").pack


def copy_chunks(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as COPY wants them, in pieces; raises what packing raises for a value that does not fit its column."""
    encoders = [encoder(column.sql) for column in columns]
    head = struct.pack(">h", len(encoders))
    yield HEADER
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        pieces: list[bytes] = []
        for row in rows[start : start + ROWS_PER_CHUNK]:
            pieces.append(head)
            pieces += [NULL if value is None else encode(value) for encode, value in zip(encoders, row, strict=True)]
        yield b"".join(pieces)
    yield TRAILER


@cache
def encoder(sql: str) -> Encode:
    """The function that packs one value of an SQL type, its length first.

    Raises ContractBroken for a type it does not know.
    """
    element = sql.removesuffix("[]")
    if element not in _ENCODERS:
        raise ContractBroken(f"No column can be {sql}: known are {', '.join(sorted(_ENCODERS))}, and arrays of them")
    if sql == element:
        return _ENCODERS[element]
    oid = _OIDS[element]
    if element in _FIXED:
        return _fixed_array(element, oid)
    whole = partial(_array, _ENCODERS[element], oid)
    return lru_cache(maxsize=REMEMBERED_MAX)(whole) if element in _REPEATING else whole


def _bytes(value: bytes) -> bytes:
    return _length(len(value)) + value


def _text(value: str) -> bytes:
    data = value.encode()
    return _length(len(data)) + data


def _json(value: object) -> bytes:
    data = _JSON.encode(value)
    return _length(len(data) + 1) + b"\x01" + data  # the byte is the version of jsonb's binary form


@lru_cache(maxsize=REMEMBERED_MAX)
def _uuid(value: UUID) -> bytes:
    return _length(16) + value.bytes


@lru_cache(maxsize=REMEMBERED_MAX)
def _instant(value: datetime) -> bytes:
    """Microseconds since 2000; a datetime without a zone raises TypeError."""
    distance = value - _EPOCH
    return struct.pack(">iq", 8, (distance.days * 86_400 + distance.seconds) * 1_000_000 + distance.microseconds)


def _array(encode: Encode, oid: int, values: Sequence[Any]) -> bytes:
    """One dimension counted from 1, or none at all when there is nothing in it."""
    if not values:
        return struct.pack(">iiii", 12, 0, 0, oid)
    has_null = any(value is None for value in values)
    data = b"".join([NULL if value is None else encode(value) for value in values])
    return struct.pack(">iiiiii", 20 + len(data), 1, has_null, oid, len(values), 1) + data


def _fixed_array(element: str, oid: int) -> Encode:
    """Numbers of one size: packed in one call, unless one is absent."""
    code, size = _FIXED[element]
    shapes: dict[int, struct.Struct] = {}
    slow = partial(_array, _ENCODERS[element], oid)

    def encode(values: Sequence[Any]) -> bytes:
        count = len(values)
        if not count or None in values:
            return slow(values)
        shape = shapes.get(count)
        if shape is None:
            shape = shapes[count] = struct.Struct(">iiiiii" + f"i{code}" * count)
        interleaved = [size] * (2 * count)
        interleaved[1::2] = values
        return shape.pack(20 + count * (4 + size), 1, 0, oid, count, 1, *interleaved)

    return encode


_FIXED: Final = {
    "bigint": ("q", 8),
    "integer": ("i", 4),
    "smallint": ("h", 2),
    "double precision": ("d", 8),
    "real": ("f", 4),
}
_REPEATING: Final = frozenset({"text", "boolean", "uuid"})
_OIDS: Final = {
    "boolean": 16,
    "bytea": 17,
    "bigint": 20,
    "smallint": 21,
    "integer": 23,
    "text": 25,
    "real": 700,
    "double precision": 701,
    "timestamptz": 1184,
    "uuid": 2950,
    "jsonb": 3802,
}
_ENCODERS: Final[dict[str, Encode]] = {
    "boolean": {False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}.__getitem__,
    "bytea": _bytes,
    "text": _text,
    "jsonb": _json,
    "uuid": _uuid,
    "timestamptz": _instant,
    **{sql: partial(struct.Struct(f">i{code}").pack, size) for sql, (code, size) in _FIXED.items()},
}


def known_types() -> Iterable[str]:
    """The SQL types a column can have, but for arrays of them."""
    return _ENCODERS
