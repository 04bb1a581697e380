"""The kinds of table a read model is made of.

Shapes only: how they are made stands in `ddl`, how they are filled in `rows`.

`tenant_id` and what stands under `ENGINE_COLUMNS` is added to every table by the engine and is never declared.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from contracts.language.errors import ContractBroken
from projections.engine.columns import Column, columns_of

KEEP_FOR_EVER: Final = 0
MINUTES_PACKED: Final = 60
"""Samples are packed by the hour, once it is over."""


class Statistic(enum.StrEnum):
    """What is kept of the samples of one bucket; the column is called `<measure>_<statistic>`."""

    AVG = "avg"
    MAX = "max"
    MIN = "min"
    LAST = "last"


@dataclass(frozen=True, kw_only=True)
class Rollup:
    """Samples of one key put together per bucket of `minutes`; rows leave `keep_days` after their time (0: never)."""

    minutes: int
    keep_days: int = KEEP_FOR_EVER

    @property
    def suffix(self) -> str:
        """What its table's name ends in: `5m`, `1h`, `1d`."""
        for length, unit in ((1440, "d"), (60, "h")):
            if self.minutes % length == 0:
                return f"{self.minutes // length}{unit}"
        return f"{self.minutes}m"


@dataclass(frozen=True, eq=False)
class _Shape:
    """What every table has.

    A name, a row type (a msgspec Struct whose fields are the columns) and the column of the entity.
    """

    ENGINE_COLUMNS: ClassVar[tuple[Column, ...]]

    name: str
    row: type[msgspec.Struct]
    entity: str = "device_id"
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.key and self.entity:
            object.__setattr__(self, "key", (self.entity,))
        names = {column.name for column in self.columns}
        taken = names & {"tenant_id", *(column.name for column in self.ENGINE_COLUMNS)}
        if taken:
            raise ContractBroken(f"Table {self.name} declares {sorted(taken)}, which the engine adds itself")
        wanted = {*self.key, *((self.entity,) if self.entity else ())}
        if missing := wanted - names:
            raise ContractBroken(
                f"Table {self.name} has no column {sorted(missing)}: its row type must hold key and entity"
            )

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns, in the order of the row type."""
        return columns_of(self.row)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each declared column stands in a row."""
        return {column.name: index for index, column in enumerate(self.columns)}

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column in the order of the table: tenant, declared, the engine's."""
        return (TENANT_COLUMN, *self.columns, *self.ENGINE_COLUMNS)

    @cached_property
    def make(self) -> Callable[[Sequence[Any]], msgspec.Struct]:
        """A function that makes a row from the values of the declared columns."""
        row, names = self.row, tuple(self.positions)
        return lambda values: row(**dict(zip(names, values, strict=True)))


def _engine(name: str, sql: str, *, is_nullable: bool = False) -> Column:
    return Column(name=name, sql=sql, is_nullable=is_nullable, has_default=is_nullable)


TENANT_COLUMN: Final = _engine("tenant_id", "uuid")
_SEQUENCE: Final = _engine("sequence", "bigint")
_CHANGED_AT: Final = _engine("changed_at", "timestamptz")


@dataclass(frozen=True, eq=False)
class State(_Shape):
    """What is so now: one row per key. The key defaults to the entity; `entity=""` and no key is one row per tenant.

    The engine adds `sequence` (of the last event that touched the row) and `changed_at` (when that happened). With
    `history` every version is kept, an event that changes no value makes none, and `read.<name>_at(instant)` answers
    as of any time.
    """

    ENGINE_COLUMNS: ClassVar[tuple[Column, ...]] = (_SEQUENCE, _CHANGED_AT)
    HISTORY_COLUMNS: ClassVar[tuple[Column, ...]] = (
        _engine("valid_from", "timestamptz"),
        _engine("valid_to", "timestamptz", is_nullable=True),
        _engine("recorded_from", "timestamptz"),
        _engine("recorded_to", "timestamptz", is_nullable=True),
    )

    history: bool = False


@dataclass(frozen=True, eq=False)
class Log(_Shape):
    """What happened, one row each, in the order of the stream: audit, timeline, lines.

    Keyset: (`sequence`, `position`).

    The engine adds `sequence`, `position` (the place within one event) and `at` (when it happened). Rows leave after
    `keep_days`.
    """

    ENGINE_COLUMNS: ClassVar[tuple[Column, ...]] = (
        _SEQUENCE,
        _engine("at", "timestamptz"),
        _engine("position", "integer"),
    )

    keep_days: int = KEEP_FOR_EVER


@dataclass(frozen=True, eq=False)
class Samples(_Shape):
    """What was measured: one row per poll, found by (`key`, `at`).

    The engine adds `at` (to the millisecond), and packs what is old.

    A measure is a column that rollups summarise. With `along` the measures are arrays with one place per label in that
    column (interfaces of a device), and so are the rollups' columns.
    """

    ENGINE_COLUMNS: ClassVar[tuple[Column, ...]] = (_engine("at", "timestamptz"),)

    keep_days: int = 14
    measures: dict[str, tuple[Statistic, ...]] = field(default_factory=dict)
    rollups: tuple[Rollup, ...] = ()
    along: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        named = {*self.measures, *((self.along,) if self.along else ())}
        if missing := named - self.positions.keys():
            raise ContractBroken(f"Samples {self.name} measure {sorted(missing)}, which their row type does not hold")
        if bool(self.rollups) != bool(self.measures):
            raise ContractBroken(f"Samples {self.name} need both measures and rollups, or neither")
        if self.rollups and MINUTES_PACKED % self.rollups[0].minutes:
            raise ContractBroken(f"Samples {self.name}: the finest rollup must divide an hour, since hours are packed")
        if self.along and not self.rollups:
            raise ContractBroken(f"Samples {self.name} lie along {self.along} and have no rollup that would use it")
        if nullable := [each.name for each in self.columns if each.is_array and each.is_nullable]:
            raise ContractBroken(f"Samples {self.name}: the arrays {nullable} may be empty, and not absent")
        for earlier, later in zip(self.rollups, self.rollups[1:], strict=False):
            if later.minutes <= earlier.minutes or later.minutes % earlier.minutes:
                raise ContractBroken(
                    f"Samples {self.name}: each rollup is made from the one before, so it must be a multiple of it"
                )


Table: TypeAlias = State | Samples | Log
