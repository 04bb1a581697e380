"""From a request to rows.

Takes the query string apart by the declaration, asks inside the caller's tenant, and says what is wrong.

A parameter that the view does not declare is an error: an ignored filter shows too much.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.language.errors import InvalidRequest, NotFound
from contracts.language.identity import TenantId
from gateway.http.authentication import Caller
from gateway.http.columns import value_from
from gateway.http.limits import PAGE_ROWS, PAGE_ROWS_MAX, POINTS_MAX, SERIES_ROWS_MAX
from gateway.http.paging import Order, cursor_after, cursor_from, order_of
from gateway.http.statements import AS_OF, TENANT, Draft, Plan
from gateway.http.tenancy import Record, Statement, Tenancy, fetch
from gateway.http.views import REQUIRED, Filter, Match, Resolution, Reveal, Shape

SERIES_SPAN: Final = timedelta(days=1)
RowLimit = Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)]
Words = Mapping[str, list[str]]
"""The query string: every name with all its values."""


class Question(msgspec.Struct, frozen=True):
    """What one caller asks of one view: who, about which tenant, under which path, and the query string."""

    caller: Caller
    tenant_id: TenantId | None
    path: Mapping[str, UUID | str | int]
    words: Words


class Page(msgspec.Struct, frozen=True):
    """Some rows of a list, and where the next ones begin."""

    items: list[dict[str, Any]]
    next: str | None


class Points(msgspec.Struct, frozen=True):
    """A series: rows in the order of time, at one grain."""

    from_at: datetime
    to_at: datetime
    resolution: str
    step_seconds: int
    points: list[dict[str, Any]]


class Opener(Protocol):
    """What opens personal data for an answer."""

    async def reveal(self, rows: Sequence[dict[str, Any]], reveals: Sequence[Reveal]) -> None:
        """Put the text in the place of what is sealed, in rows that are about to be answered; raises Unavailable."""
        ...


class Reader:
    """Answers one view."""

    def __init__(self, plan: Plan, tenancy: Tenancy, opener: Opener) -> None:
        self.plan = plan
        self._opener = opener
        self._tenancy = tenancy
        view = plan.view
        self._filters = {chosen.name: chosen for chosen in view.filters}
        self._parameters = {parameter.name: parameter for parameter in view.parameters}
        self.words = frozenset({*self._filters, *self._parameters, *own_words(plan)})

    async def one(self, question: Question) -> dict[str, Any]:
        """The one row; raises NotFound."""
        values = self._values(question)
        draft = self.plan.draft(self.plan.view.query, values)
        rows = await self._tenancy.rows(question.caller.tenant_token, draft.finish(rows_max=1))
        if not rows:
            raise NotFound(
                "There is nothing under this path that you may see: compare the id, and the tenant you act for"
            )
        row = dict(rows[0])
        await self._opener.reveal([row], self.plan.view.reveals)
        return row

    async def page(self, question: Question) -> Page:
        """One page of the list."""
        view, words = self.plan.view, question.words
        order = order_of(_single(words, "sort") or "", view.sorts, view.key, self.plan.columns)
        limit = value_from(_single(words, "limit") or str(PAGE_ROWS), RowLimit, "limit")
        draft = self.plan.draft(view.query, self._values(question))
        self._narrow(draft, words)
        if (text := _single(words, "cursor")) is not None:
            draft.begin_after(order, cursor_from(text, order, self.plan.columns))
        rows = await self._rows(question, draft.finish(order=order.clause, rows_max=limit + 1))
        page = _page(rows, limit, order)
        await self._opener.reveal(page.items, view.reveals)
        return page

    async def points(self, question: Question) -> Points:
        """The series at the finest grain that fits, or at the one that was asked for."""
        values = self._values(question)
        grain = self._grain(_single(question.words, "resolution"), values["from_at"], values["to_at"])
        draft = self.plan.draft(grain.query, {**values, "step_seconds": grain.step_seconds})
        self._narrow(draft, question.words)
        rows = await self._rows(question, draft.finish(order=self.plan.view.key, rows_max=SERIES_ROWS_MAX + 1))
        if len(rows) > SERIES_ROWS_MAX:
            raise InvalidRequest(
                f"These are more than {SERIES_ROWS_MAX} rows: ask for less time, a coarser resolution, or filter"
            )
        return Points(values["from_at"], values["to_at"], grain.name, grain.step_seconds, [dict(row) for row in rows])

    def _narrow(self, draft: Draft, words: Words) -> None:
        for name, chosen in self._filters.items():
            if name in words:
                draft.narrow(chosen, self._wanted(chosen, words[name]))

    async def _rows(self, question: Question, statement: Statement) -> list[Record]:
        """The rows, or NotFound when there are none because what the path speaks of does not exist."""
        parent = self.plan.parent
        async with self._tenancy.reading(question.caller.tenant_token) as connection:
            rows = await fetch(connection, statement)
            if not rows and parent is not None:
                given = self._given(question)
                if not await fetch(connection, Statement(parent.sql, tuple(given[name] for name in parent.parameters))):
                    raise NotFound("There is no such thing under this path that you may see: compare the id")
        return rows

    def _given(self, question: Question) -> dict[str, Any]:
        return {TENANT: question.tenant_id, "actor": question.caller.actor, **question.path}

    def _values(self, question: Question) -> dict[str, Any]:
        """Everything the query may name; raises InvalidRequest for a word that is not declared, or does not fit."""
        words = question.words
        if unknown := sorted(set(words) - self.words):
            raise InvalidRequest(
                f"There is no parameter {', '.join(unknown)} here; there are: {', '.join(sorted(self.words))}"
            )
        values = self._given(question)
        for name, parameter in self._parameters.items():
            text = _single(words, name)
            if text is None and parameter.default is REQUIRED:
                raise InvalidRequest(f"The parameter {name} is needed")
            values[name] = parameter.default if text is None else value_from(text, parameter.type, name)
        if self.plan.view.is_dated and (text := _single(words, AS_OF)) is not None:
            values[AS_OF] = value_from(text, datetime, AS_OF)
        if self.plan.view.shape is Shape.SERIES:
            values["from_at"], values["to_at"] = _span(words)
        return values

    def _wanted(self, chosen: Filter, texts: list[str]) -> object:
        kind = self.plan.type_of(chosen)
        if chosen.match is Match.ANY_OF:
            return [value_from(text, kind, chosen.name) for text in texts]
        if len(texts) > 1:
            raise InvalidRequest(f"The parameter {chosen.name} may stand once")
        return value_from(texts[0], kind, chosen.name)

    def _grain(self, asked: str | None, from_at: datetime, to_at: datetime) -> Resolution:
        grains = self.plan.view.resolutions
        if asked is not None:
            for grain in grains:
                if grain.name == asked:
                    return grain
            names = ", ".join(grain.name for grain in grains)
            raise InvalidRequest(f"There is no resolution {asked!r}; there are: {names}")
        age, span = datetime.now(UTC) - from_at, (to_at - from_at).total_seconds()
        for grain in grains:
            is_kept = not grain.keep_days or age <= timedelta(days=grain.keep_days)
            if is_kept and span / grain.step_seconds <= POINTS_MAX:
                return grain
        return grains[-1]


def own_words(plan: Plan) -> tuple[str, ...]:
    """The parameters that the engine itself takes, by the shape of the view."""
    words = {
        Shape.ONE: (),
        Shape.LIST: ("limit", "cursor", "sort"),
        Shape.SERIES: ("from_at", "to_at", "resolution"),
    }[plan.view.shape]
    return (*words, "after", *((AS_OF,) if plan.view.is_dated else ()))


def _single(words: Words, name: str) -> str | None:
    found = words.get(name)
    if not found:
        return None
    if len(found) > 1:
        raise InvalidRequest(f"The parameter {name} may stand once")
    return found[0]


def _span(words: Words) -> tuple[datetime, datetime]:
    """From when to when: the last day unless asked otherwise."""
    to_text, from_text = _single(words, "to_at"), _single(words, "from_at")
    to_at = datetime.now(UTC) if to_text is None else value_from(to_text, datetime, "to_at")
    from_at = to_at - SERIES_SPAN if from_text is None else value_from(from_text, datetime, "from_at")
    if from_at >= to_at:
        raise InvalidRequest("The parameter from_at must lie before to_at")
    return from_at, to_at


def _page(rows: list[Record], limit: int, order: Order) -> Page:
    has_more = len(rows) > limit
    shown = rows[:limit]
    return Page([dict(row) for row in shown], cursor_after(order, shown[-1]) if has_more else None)
