"""What a batch does to the tables of one projection, as plain data: made by `sinks`, executed by `writing`."""

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from projections.engine.table import Log, Samples, State

Row: TypeAlias = tuple[Any, ...]
Key: TypeAlias = tuple[Any, ...]
"""The tenant first, then the key columns of the table."""


class Appended(msgspec.Struct, frozen=True):
    """Rows that are new, in the order of the table's columns."""

    table: Samples | Log
    rows: list[Row]


class Replaced(msgspec.Struct, frozen=True):
    """Rows as they are now. All rows of the `cleared` groups (tenant, entity) go first, then the rows under `gone`.

    `fresh` are rows of cleared groups, so nothing is in their way; `rows` may stand already.
    """

    table: State
    cleared: list[Key]
    gone: list[Key]
    fresh: list[Row]
    rows: list[Row]


class Closing(msgspec.Struct, frozen=True):
    """The end of one version that stands in the table: found by key and the sequence that made it."""

    key: Key
    sequence: int
    valid_to: datetime
    recorded_to: datetime


class Versioned(msgspec.Struct, frozen=True):
    """Versions that end, and versions that begin (some of which end in the same batch)."""

    table: State
    closed: list[Closing]
    opened: list[Row]


Change: TypeAlias = Appended | Replaced | Versioned
