"""One GET route per view: reads, waits first when asked to (`after`), encodes, and tags what it gives."""

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from contracts.language.errors import ContractBroken, Unavailable
from gateway.http import exports
from gateway.http.authorization import ACCESS, caller_of, tenant_of
from gateway.http.columns import value_from
from gateway.http.freshness import Freshness
from gateway.http.queries import Queries
from gateway.http.reading import Opener, Question, Reader, Words
from gateway.http.statements import Plan
from gateway.http.tenancy import Tenancy, encoded
from gateway.http.views import Shape, View

API: Final = "/api"
JSON: Final = "application/json"
TAG_DIGEST_BYTES: Final = 8


class Views:
    """All views, ready to answer: by route, and by query name for the commands that answer with one."""

    def __init__(
        self, views: Sequence[View], queries: Queries, tenancy: Tenancy, freshness: Freshness, opener: Opener
    ) -> None:
        self._freshness = freshness
        self.readers = [Reader(Plan(view, queries), tenancy, opener) for view in views]
        self._by_query: dict[str, Reader] = {}
        for reader in self.readers:
            view = reader.plan.view
            if view.shape is Shape.ONE and self._by_query.setdefault(view.query, reader) is not reader:
                raise ContractBroken(f"Two views answer with the query {view.query}")

    def reader(self, query: str) -> Reader:
        """The view that a query answers; raises ContractBroken when no view does."""
        try:
            return self._by_query[query]
        except KeyError:
            raise ContractBroken(f"No view answers with the query {query}") from None

    def routes(self) -> list[HTTPRouteHandler]:
        """The handlers of all views."""
        return [self._route(reader) for reader in self.readers]

    def _route(self, reader: Reader) -> HTTPRouteHandler:
        view = reader.plan.view

        async def answer(request: Request[Any, Any, Any]) -> Response[bytes] | Stream:
            question = Question(caller_of(request), tenant_of(request), request.path_params, words_of(request))
            await self._catch_up(view, question.words)
            match view.shape:
                case Shape.ONE:
                    return tagged(await reader.one(question), request.headers.get("if-none-match"))
                case Shape.LIST if (media := exports.wanted(request)) is not None:
                    return await exports.exported(reader, question, media)
                case Shape.LIST:
                    page = await reader.page(question)
                    headers = {} if page.next is None else {"Link": _link(request, question.words, page.next)}
                    return Response(encoded(page), media_type=JSON, headers=headers)
                case Shape.SERIES:
                    return Response(encoded(await reader.points(question)), media_type=JSON)

        return HTTPRouteHandler(
            f"{API}{view.path}",
            http_method="GET",
            name=reader.plan.name,
            opt={ACCESS: view.permission},
        )(answer)

    async def _catch_up(self, view: View, words: Words) -> None:
        if "after" not in words:
            return
        sequence = value_from(words["after"][0], int, "after")
        if not await self._freshness.passed(view.read_models, sequence):
            raise Unavailable(f"The read models have not come to {sequence} of the log yet: try again shortly")


def words_of(request: Request[Any, Any, Any]) -> Words:
    """The query string, every name with all its values."""
    words: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        words.setdefault(name, []).append(value)
    return words


def entity_tag(body: bytes, sequence: int) -> str:
    """`"<sequence>-<digest>"`.

    The digest tells one representation from another, the sequence is what If-Match compares.
    """
    return f'"{sequence}-{hashlib.blake2b(body, digest_size=TAG_DIGEST_BYTES).hexdigest()}"'


def tagged(
    row: Mapping[str, Any],
    if_none_match: str | None = None,
    *,
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """One resource with its tag; 304 when the caller has it already."""
    body = encoded(row)
    tag = entity_tag(body, row.get("sequence", 0))
    told = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Tod-Tenant", **(headers or {})}
    if if_none_match is not None and _matches(if_none_match, tag):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, media_type=JSON, headers=told)
    return Response(body, status_code=status, media_type=JSON, headers=told)


def _matches(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in if_none_match.split(","))


def _link(request: Request[Any, Any, Any], words: Words, cursor: str) -> str:
    kept = [(name, value) for name, values in words.items() if name != "cursor" for value in values]
    return f'<{request.scope["path"]}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


def sequence_in_tag(if_match: str) -> int | None:
    """The sequence that an If-Match names; None for `*`. Raises ValueError when it is none of our tags."""
    text = if_match.strip()
    if text == "*":
        return None
    head = text.strip('"').partition("-")[0]
    return msgspec.convert(head, int, strict=False)
