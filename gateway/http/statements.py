"""From a view and what was asked of it to one SQL statement.

The named query as a subquery, and around it only what was declared.

Conditions stand outside the query on its output columns, where the planner pushes them down to the tables; no text of
a caller becomes SQL.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from contracts.language.errors import ContractBroken
from gateway.http.columns import Columns
from gateway.http.paging import Cursor, Order
from gateway.http.queries import Queries, Query, number
from gateway.http.tenancy import Statement
from gateway.http.views import Filter, Match, Shape, View

TENANT: Final = "tenant_id"
GIVEN: Final = frozenset({TENANT, "actor"})
AS_OF: Final = "as_of"
GIVEN_TO_SERIES: Final = frozenset({"from_at", "to_at", "step_seconds"})
_PATH_PARAMETER: Final = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")
_MODEL: Final = re.compile(r"\bread\.([a-z_][a-z0-9_]*)\b")
_OPERATORS: Final = {Match.EQUALS: "=", Match.AT_LEAST: ">=", Match.AT_MOST: "<="}


def path_parameters(path: str) -> tuple[str, ...]:
    """The names in a path, in order."""
    return tuple(_PATH_PARAMETER.findall(path))


class Draft:
    """One statement being written: every value that goes in comes back as its placeholder."""

    def __init__(self, selected: str, query: Query, values: Mapping[str, Any]) -> None:
        self._from = f"SELECT {selected} FROM ({query.sql}) AS answer"  # noqa: S608 - declared names
        self._arguments = [values[name] for name in query.parameters]
        self.conditions: list[str] = []

    def bind(self, value: object) -> str:
        """The placeholder that stands for a value from now on."""
        self._arguments.append(value)
        return f"${len(self._arguments)}"

    def narrow(self, chosen: Filter, value: object) -> None:
        """Keep the rows that pass a filter."""
        column, place = chosen.compared, self.bind(_compared(chosen, value))
        if chosen.match is Match.ANY_OF:
            self.conditions.append(f"{column} = ANY({place})")
        elif chosen.match is Match.TEXT:
            self.conditions.append(f"to_tsvector('simple', {column}) @@ websearch_to_tsquery('simple', {place})")
        elif chosen.match is Match.CONTAINS:
            self.conditions.append(f"{column} ILIKE {place}")
        else:
            self.conditions.append(f"{column} {_OPERATORS[chosen.match]} {place}")

    def begin_after(self, order: Order, cursor: Cursor) -> None:
        """Keep the rows that follow a cursor."""
        is_gap = cursor.value is None
        needs_value = not is_gap and order.column != order.key
        value_at = self.bind(cursor.value) if needs_value else ""
        self.conditions.append(order.after(value_at, self.bind(cursor.key), is_gap=is_gap))

    def finish(self, *, order: str = "", rows_max: int) -> Statement:
        """The whole statement."""
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        ordered = f" ORDER BY {order}" if order else ""
        limit = self.bind(rows_max)
        return Statement(f"{self._from}{where}{ordered} LIMIT {limit}", tuple(self._arguments))


def _compared(chosen: Filter, value: object) -> object:
    if chosen.match is Match.CONTAINS:
        escaped = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"
    return value


class Plan:
    """A view made ready at start: its queries found and held against its declaration."""

    def __init__(self, view: View, queries: Queries) -> None:
        self.view = view
        self.columns = Columns(view.row)
        self.is_walled = TENANT in self.columns and not view.is_platform
        self._selected = ", ".join(self.columns)
        self._now = {name: queries[name] for name in view.queries}
        self._then = self._past_queries(queries)
        self.parent = queries[view.parent] if view.parent else None
        self.sentence = queries[view.query].sentence
        self._in_path = path_parameters(view.path)
        self._check()

    @property
    def name(self) -> str:
        """What the view is called in the reference: its query, and what its path narrows it to."""
        if self.view.shape is Shape.ONE:
            return self.view.query
        taken = self._now[self.view.queries[0]].parameters
        return "_of_".join(
            (self.view.query, *(name.removesuffix("_id") for name in self._in_path if name not in taken))
        )

    def type_of(self, chosen: Filter) -> Any:  # noqa: ANN401 - a type expression
        """The type of the values that a filter takes."""
        if chosen.match in {Match.CONTAINS, Match.TEXT}:
            return str
        return chosen.type or self.columns.type_of(chosen.compared)

    def draft(self, query: str, values: Mapping[str, Any]) -> Draft:
        """Begin a statement on one of the view's queries; with an `as_of` value it looks at that time."""
        found = self._now[query] if values.get(AS_OF) is None else self._then[query]
        draft = Draft(self._selected, found, values)
        for name in self._in_path:
            if name not in found.parameters:
                draft.conditions.append(f"{name} = {draft.bind(values[name])}")
        if self.is_walled and values[TENANT] is not None and TENANT not in self._in_path:
            draft.conditions.append(f"{TENANT} = {draft.bind(values[TENANT])}")
        return draft

    def _past_queries(self, queries: Queries) -> dict[str, Query]:
        if self.view.past:
            return dict.fromkeys(self._now, queries[self.view.past])
        return {name: _in_the_past(query) for name, query in self._now.items()} if self.view.has_as_of else {}

    def _check(self) -> None:
        view = self.view
        given = {*GIVEN, *self._in_path, *(parameter.name for parameter in view.parameters)}
        given.update(GIVEN_TO_SERIES if view.shape is Shape.SERIES else ())
        self._refuse_unknown(self._now.values(), given)
        self._refuse_unknown(self._then.values(), given | {AS_OF})
        self._refuse_unknown([self.parent] if self.parent else [], {*GIVEN, *self._in_path})
        if view.shape is not Shape.ONE and view.key not in self.columns:
            raise ContractBroken(f"The view {view.query} needs a key that is a column of {view.row.__name__}")
        if (view.shape is Shape.SERIES) != bool(view.resolutions):
            raise ContractBroken(f"The view {view.query}: a series has resolutions, and nothing else has")
        if missing := [name for name in view.sorts if name.removeprefix("-") not in self.columns]:
            raise ContractBroken(f"The view {view.query} sorts by {', '.join(missing)}, which its row does not show")
        for chosen in view.filters:
            self.type_of(chosen)

    def _refuse_unknown(self, queries: Iterable[Query], given: AbstractSet[str]) -> None:
        for query in queries:
            if unknown := set(query.parameters) - given:
                said = ", ".join(sorted(unknown))
                raise ContractBroken(f"The query {query.name} takes {said}, which {self.view.path} does not give")


def _in_the_past(query: Query) -> Query:
    """The same statement over the read models as they were: `read.<model>` becomes `read.<model>_at(:as_of)`."""
    numbered = {str(place): name for place, name in enumerate(query.parameters, start=1)}
    named = re.sub(r"\$(\d+)", lambda found: f":{numbered[found[1]]}", query.sql)
    sql, parameters = number(_MODEL.sub(lambda found: f"read.{found[1]}_at(:as_of)", named))
    return Query(query.name, query.sentence, sql, parameters)
