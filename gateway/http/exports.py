"""A whole list as CSV or JSON Lines, streamed page by page in constant memory: whoever asks for it so gets it so.

A stream that cannot go on breaks off in the middle of its chunks, so that no client takes a part for the whole.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.response import Stream

from contracts.language.errors import InvalidRequest
from gateway.http.limits import PAGE_ROWS_MAX
from gateway.http.reading import Question, Reader
from gateway.http.tenancy import encoded

CSV: Final = "text/csv"
JSON_LINES: Final = "application/x-ndjson"
SUFFIXES: Final[Mapping[str, str]] = {CSV: "csv", JSON_LINES: "jsonl"}
PAGING: Final = ("limit", "cursor")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def wanted(request: Request[Any, Any, Any]) -> str | None:
    """The media type that a list shall be streamed as, or None when it is asked for page by page."""
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return next((media for media in accepted if media in SUFFIXES), None)


async def exported(reader: Reader, question: Question, media: str) -> Stream:
    """The answer that streams all rows, in the order that was asked for.

    The first page is read before anything is answered, so that what is wrong with the request is a problem document.
    Raises InvalidRequest for paging parameters.
    """
    if paging := [name for name in PAGING if name in question.words]:
        raise InvalidRequest(f"An export gives all rows at once: leave out {' and '.join(paging)}.")
    pages = _pages(reader, question)
    first = await anext(pages)
    columns = list(reader.plan.columns)
    rows = _as_csv(columns, first, pages) if media == CSV else _as_lines(first, pages)
    name = f"{reader.plan.view.query.replace('.', '-')}.{SUFFIXES[media]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Stream(rows, media_type=media, headers=headers)


async def _pages(reader: Reader, question: Question) -> AsyncIterator[list[dict[str, Any]]]:
    words = {**question.words, "limit": [str(PAGE_ROWS_MAX)]}
    while True:
        page = await reader.page(msgspec.structs.replace(question, words=words))
        yield page.items
        if page.next is None:
            return
        words = {**words, "cursor": [page.next]}


async def _as_lines(
    first: list[dict[str, Any]], following: AsyncIterator[list[dict[str, Any]]]
) -> AsyncIterator[bytes]:
    yield _lines(first)
    async for rows in following:
        yield _lines(rows)


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(encoded(row) + b"\n" for row in rows)


async def _as_csv(
    columns: list[str], first: list[dict[str, Any]], following: AsyncIterator[list[dict[str, Any]]]
) -> AsyncIterator[bytes]:
    yield _table([columns]) + _table(_cells(columns, first))
    async for rows in following:
        yield _table(_cells(columns, rows))


def _cells(columns: list[str], rows: Iterable[dict[str, Any]]) -> Iterable[list[str]]:
    return ([_cell(row[column]) for column in columns] for row in rows)


def _cell(value: Any) -> str:  # noqa: ANN401 - a column's value
    """A value as text; what a spreadsheet would take for a formula begins with an apostrophe (CWE-1236)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return encoded(value).decode().strip('"')


def _table(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
