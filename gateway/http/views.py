"""What a view is: a named query, the row it gives, who may read it, and how it may be narrowed and ordered.

Only the declaration: `reading.py` turns a request into a statement and `view_routes.py` answers it.
"""

import enum
from typing import Any, Final

import msgspec

from contracts.language.access import Permission

REQUIRED: Final = msgspec.NODEFAULT


class Shape(enum.StrEnum):
    """What a view answers with."""

    ONE = "one"
    LIST = "list"
    SERIES = "series"


class Match(enum.StrEnum):
    """How a filter compares the column with what was asked."""

    EQUALS = "equals"
    ANY_OF = "any_of"
    CONTAINS = "contains"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Filter(msgspec.Struct, frozen=True):
    """`?name=value` keeps the rows whose column compares so; the value has the column's type. `any_of` takes the name several times.

    `contains` looks for a piece of text in any case.
    """

    name: str
    match: Match = Match.EQUALS
    column: str = ""
    description: str = ""

    @property
    def compared(self) -> str:
        """The column it looks at: its own name unless said otherwise."""
        return self.column or self.name


class Parameter(msgspec.Struct, frozen=True):
    """`?name=value` that the query itself takes, as `:name`."""

    name: str
    type: Any
    default: Any = REQUIRED
    description: str = ""


class Resolution(msgspec.Struct, frozen=True):
    """One grain of a series: the query that gives it, and the usual distance of its points."""

    name: str
    step_seconds: int
    query: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One GET under `/api`, answered by a named query inside the caller's tenant.

    `path`: its parameters (`{device_id:uuid}`) reach the query as `:device_id`.
    `row`: one answered row; the columns of the query are its fields, by name.
    `key`: the column that tells rows of a list apart and breaks ties between equal sort values; of a series, its time column.
    `sorts`: the columns a list may be ordered by, the first unless asked otherwise; `-name` orders downwards by default.
    `models`: the read models behind the query; a command waits for these to have passed. The query's word unless said otherwise.
    `has_as_of`: whether `?as_of=<instant>` may ask for the state at a past time.
    `resolutions`: of a series only; the finest one that stays under the limit of points answers.
    `is_platform`: the rows belong to no tenant or to many, so that the engine adds no condition on `tenant_id`.
    """

    path: str
    query: str
    row: type[msgspec.Struct]
    permission: Permission
    shape: Shape = Shape.ONE
    key: str = ""
    sorts: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    models: tuple[str, ...] = ()
    has_as_of: bool = False
    is_platform: bool = False

    @property
    def read_models(self) -> tuple[str, ...]:
        """The read models it stands on."""
        return self.models or (self.query.partition(".")[0],)

    @property
    def queries(self) -> tuple[str, ...]:
        """The named queries that may answer it."""
        return tuple(resolution.query for resolution in self.resolutions) or (self.query,)
