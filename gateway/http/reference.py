"""The reference for people: the OpenAPI document as one page, written at start.

It holds no script and loads nothing from elsewhere, so it works without a network and under the strictest policy. The
usual viewers do not: each loads itself from a CDN, and most need inline styles or eval.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response

from gateway.http.endpoints import Answer, Endpoint
from gateway.http.headers import PAGE
from gateway.http.shapes import Json

STYLE: Final = Path(__file__).with_name("reference.css")
PAGE_PATH: Final = "/docs"
STYLE_PATH: Final = "/docs/reference.css"
DOCUMENT_PATH: Final = "/openapi.json"


class Reference:
    """The pages that describe the interface.

    They are made from the routes, and are themselves routes: filled in last.
    """

    def __init__(self) -> None:
        self._document = b"{}"
        self._page = b""
        self._style = STYLE.read_bytes()

    def fill(self, document: Json) -> None:
        """Take the finished document."""
        self._document = msgspec.json.encode(document)
        self._page = page(document).encode()

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Its routes, all of them open: there is no secret in how to ask."""
        return (
            Endpoint(
                method="GET",
                path=DOCUMENT_PATH,
                access="open",
                handler=self._answer_document,
                summary="This interface as an OpenAPI 3.1 document.",
                answers=(Answer(200, "The document."),),
            ),
            Endpoint(
                method="GET",
                path=PAGE_PATH,
                access="open",
                handler=self._answer_page,
                summary="This interface as a page to read.",
                answers=(Answer(200, "The page.", media_type="text/html"),),
            ),
            Endpoint(
                method="GET",
                path=STYLE_PATH,
                access="open",
                handler=self._answer_style,
                summary="How that page looks.",
                answers=(Answer(200, "The style sheet.", media_type="text/css"),),
            ),
        )

    async def _answer_document(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(self._document, media_type="application/json", headers=_KEPT)

    async def _answer_page(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        headers = {**_KEPT, "Content-Security-Policy": PAGE}
        return Response(self._page, media_type="text/html", headers=headers)

    async def _answer_style(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(self._style, media_type="text/css", headers=_KEPT)


_KEPT: Final = {"Cache-Control": "public, max-age=300"}


def page(document: Json) -> str:
    """The whole page."""
    operations = sorted(_operations(document), key=lambda found: (found[2]["tags"][0], found[1]))
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} {escape(info['version'])}: reference</title>"
        f'<link rel="stylesheet" href="{STYLE_PATH}"></head><body><div class="page">'
        f"<nav>{''.join(_contents(operations))}</nav><main><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])}</p>"
        f'<p><a href="{DOCUMENT_PATH}">The OpenAPI document</a></p>'
        f"{''.join(_article(*found) for found in operations)}"
        f"{_problems(document)}</main></div></body></html>"
    )


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _contents(operations: list[tuple[str, str, Json]]) -> Iterator[str]:
    tag = ""
    for method, path, operation in operations:
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            yield f"<h2>{escape(tag)}</h2>"
        yield f'<a href="#{escape(operation["operationId"])}">{method} {escape(path)}</a>'
    yield '<h2>errors</h2><a href="#problems">Codes</a>'


def _article(method: str, path: str, operation: Json) -> str:
    is_open = '<span class="open">no token needed</span>' if operation.get("security") == [] else ""
    more = operation.get("description", "")
    return (
        f'<article id="{escape(operation["operationId"])}">'
        f'<h3><span class="method">{method}</span> {escape(path)} {is_open}</h3>'
        f"<p>{escape(operation['summary'])} {escape(more)}</p>"
        f"{_parameters(operation.get('parameters', ()))}"
        f"{_content('Body', operation.get('requestBody', {}))}"
        f"{''.join(_response(status, answer) for status, answer in operation['responses'].items())}</article>"
    )


def _parameters(parameters: Any) -> str:  # noqa: ANN401 - JSON
    rows = "".join(
        f"<tr><td><code>{escape(word['name'])}</code></td><td>{word['in']}{', needed' if word['required'] else ''}</td>"
        f"<td>{escape(word.get('description', ''))}</td><td><code>{escape(_shape(word['schema']))}</code></td></tr>"
        for word in parameters
    )
    return f"<h4>Parameters</h4><table>{rows}</table>" if rows else ""


def _shape(schema: Json) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"{_shape(schema['items'])}, repeated"
    return str(schema.get("format") or schema.get("type") or schema.get("$ref", "").rpartition("/")[2])


def _response(status: str, answer: Json) -> str:
    if "$ref" in answer:
        return ""
    body = _content("Example", answer)
    return f"<details><summary>{status}: {escape(answer['description'])}</summary>{body}</details>"


def _content(title: str, holder: Json) -> str:
    shown = [content["example"] for content in holder.get("content", {}).values() if "example" in content]
    if not shown:
        return ""
    text = msgspec.json.format(msgspec.json.encode(shown[0]), indent=2).decode()
    return f"<h4>{title}</h4><pre>{escape(text)}</pre>"


def _problems(document: Json) -> str:
    rows = "".join(
        f"<tr><td>{content['example']['status']}</td><td>{escape(answer['description'])}</td></tr>"
        for answer in document["components"]["responses"].values()
        for content in answer["content"].values()
    )
    return f'<article id="problems"><h3>Errors</h3><table>{rows}</table></article>'
