"""What a view is: a named query, the row it gives, who may read it, and how it may be narrowed and ordered.

Only the declaration: `reading.py` turns a request into a statement and `view_routes.py` answers it.
"""

import enum
from typing import Any, Final

import msgspec

from contracts.language.access import Permission

REQUIRED: Final = msgspec.UNSET


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
    TEXT = "text"


class Filter(msgspec.Struct, frozen=True):
    """`?name=value` keeps the rows whose column compares so.

    `any_of` may stand several times; `contains` ignores case; `text` looks for words, as a web search does.

    The value has the type of the row's field of that name. A column that the query gives and the row does not show
    needs its `type` here, unless it is looked through with `contains` or `text`.
    """

    name: str
    match: Match = Match.EQUALS
    column: str = ""
    type: Any = None
    description: str = ""

    @property
    def compared(self) -> str:
        """The column it looks at: its own name unless said otherwise."""
        return self.column or self.name


class Reveal(msgspec.Struct, frozen=True):
    """A column that holds what is personal and sealed; its text is opened for the answer, and kept nowhere.

    It was sealed for the entity whose id stands in the column `entity`, in the field of the column's name or `field`.
    """

    column: str
    entity: str
    field: str = ""
    tenant: str = "tenant_id"
    """The column with the tenant whose person it is about."""


class Parameter(msgspec.Struct, frozen=True):
    """`?name=value` that the query itself takes, as `:name`."""

    name: str
    type: Any
    default: Any = REQUIRED
    description: str = ""


class Resolution(msgspec.Struct, frozen=True):
    """One grain of a series.

    The query that gives it, the usual distance of its points, how long they are kept (0: for ever).
    """

    name: str
    step_seconds: int
    query: str
    keep_days: int = 0


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One GET under `/api`, answered by a named query inside the caller's tenant.

    If the row has a `tenant_id`, the engine keeps the rows of the caller's tenant, besides what the database does.
    """

    path: str
    """Its parameters reach the query as `:device_id`.

    Those that the query does not name narrow its column of that name.
    """
    query: str
    row: type[msgspec.Struct]
    """One answered row: its fields are what is selected from the query's columns."""
    permission: Permission
    shape: Shape = Shape.ONE
    key: str = ""
    """The column that tells the rows of a list apart and breaks ties in its order.

    Of a series, the column of its time.
    """
    sorts: tuple[str, ...] = ()
    """What a list may be ordered by, the first unless asked otherwise; `-name` is downwards."""
    filters: tuple[Filter, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    """Of a series, finest first: the first one answers that is still kept and stays under the limit of points."""
    models: tuple[str, ...] = ()
    """The read models behind the query, which a command waits for; the query's word unless said otherwise."""
    parent: str = ""
    """A query with a row if what the path speaks of exists: asked when a list is empty, so that it can say 404."""
    has_as_of: bool = False
    """Whether `?as_of=<instant>` is answered, by the same query over the models as they were then."""
    past: str = ""
    """Another query that answers `?as_of`, with `:as_of`, where some model behind the view keeps no history."""
    reveals: tuple[Reveal, ...] = ()
    """What is opened in the rows that are answered."""
    is_platform: bool = False
    """The rows belong to no tenant, or to many: the engine adds no condition on `tenant_id`."""

    @property
    def read_models(self) -> tuple[str, ...]:
        """The read models it stands on."""
        return self.models or (self.query.partition(".")[0],)

    @property
    def queries(self) -> tuple[str, ...]:
        """The named queries that may answer it now."""
        return tuple(dict.fromkeys(resolution.query for resolution in self.resolutions)) or (self.query,)

    @property
    def is_dated(self) -> bool:
        """Whether it may be asked as of a time."""
        return self.has_as_of or bool(self.past)
