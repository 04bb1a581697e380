"""The OpenAPI 3.1 document, made from the same declarations as the routes.

What is served and what is written cannot differ.

Litestar's own generator knows neither the derived bodies nor that errors are problem documents, so it is switched off.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.language.message import CommandSpec
from gateway.http import operations
from gateway.http.endpoints import Endpoint
from gateway.http.problems import known_errors
from gateway.http.reading import Reader
from gateway.http.shapes import Json, Shapes
from gateway.http.view_routes import API
from gateway.http.views import Shape

VERSION: Final = "3.1.0"
INTRODUCTION: Final = (
    "Everything under /api needs an access token as `Authorization: Bearer`. A change is a command: it is written to "
    "the log, decided, and answered when its result can be read. Send an `Idempotency-Key` with it, and send it again "
    "with the same key whenever you do not know what came of it. Errors are problem documents (RFC 9457); their `code` "
    "is stable."
)


def document(
    specs: Sequence[CommandSpec], readers: Sequence[Reader], endpoints: Sequence[Endpoint], *, version: str
) -> Json:
    """The whole document, in a stable order."""
    shapes = Shapes()
    paths: dict[str, Json] = {}
    for reader in readers:
        _add(paths, "get", API + reader.plan.view.path, operations.of_view(reader, shapes))
    by_query = {reader.plan.view.query: reader.plan.view for reader in readers if reader.plan.view.shape is Shape.ONE}
    for spec in specs:
        operation = operations.of_command(spec, by_query[spec.answer], shapes)
        _add(paths, spec.method.lower(), API + spec.path, operation)
    for endpoint in endpoints:
        _add(paths, endpoint.method.lower(), endpoint.path, operations.of_endpoint(endpoint, shapes))
    responses = operations.problem_responses(shapes, _codes_by_status())
    return {
        "openapi": VERSION,
        "info": {
            "title": "TOD",
            "version": version,
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(shapes.components.items())),
            "responses": responses,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _add(paths: dict[str, Json], method: str, path: str, operation: Json) -> None:
    """Put an operation under its path, written as OpenAPI writes parameters."""
    paths.setdefault(re.sub(r"\{([a-z_]+):[a-z]+\}", r"{\1}", path), {})[method] = operation


def _codes_by_status() -> list[tuple[int, list[tuple[str, str]]]]:
    """Every status that a refusal may have, with its codes and titles."""
    by_status: dict[int, list[tuple[str, str]]] = {}
    for code, error in sorted(known_errors().items()):
        by_status.setdefault(error.status, []).append((code, error.title))
    return sorted(by_status.items())
