"""The way out for what is neither a command nor a view.

A handler written by hand, declared with what the reference needs to know.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from contracts.language.access import Permission
from gateway.http.authorization import ACCESS, OPEN

NO_CONTENT: Final = 204
Handler = Callable[[Request[Any, Any, Any]], Awaitable[Response[Any]]]


class Word(msgspec.Struct, frozen=True):
    """One parameter of the query string, as the reference shows it."""

    name: str
    type: Any
    description: str


class Answer(msgspec.Struct, frozen=True):
    """One answer that an endpoint gives when all is well; `shape` is the struct of its body."""

    status: int
    description: str
    media_type: str = "application/json"
    shape: Any = None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One route written by hand. `access` is a permission, or `open` for the few that need no token."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    access: Permission | Literal["open"]
    handler: Handler
    summary: str
    answers: tuple[Answer, ...]
    description: str = ""
    words: tuple[Word, ...] = ()
    body: Any = None
    is_body_needed: bool = True
    refusals: tuple[int, ...] = ()
    """The statuses that it may refuse with, besides those that every route may."""

    def route(self) -> HTTPRouteHandler:
        """The handler as Litestar wants it."""
        handler = self.handler

        async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
            return await handler(request)

        return HTTPRouteHandler(self.path, http_method=self.method, name=self.path, opt={ACCESS: self.access})(answer)


def options_of(routes: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The OPTIONS of every path, to be registered first: Litestar's own knows only the first handler of a path."""
    methods: dict[str, set[str]] = {}
    for route in routes:
        for path in route.paths:
            methods.setdefault(path, {"OPTIONS"}).update(str(method) for method in route.http_methods)
    return [_options(path, found | {"HEAD"} if "GET" in found else found) for path, found in methods.items()]


def _options(path: str, methods: set[str]) -> HTTPRouteHandler:
    allow = {"Allow": ", ".join(sorted(methods))}

    async def answer() -> Response[None]:
        return Response(None, status_code=NO_CONTENT, headers=allow)

    return HTTPRouteHandler(path, http_method="OPTIONS", status_code=NO_CONTENT, opt={ACCESS: OPEN})(answer)
