"""Named SQL.

Loads `-- name: word.what` blocks, each with a sentence that says what it answers, and numbers their parameters.

The text is the house's own and fixed at start; what a caller sends only ever travels as a bound parameter.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from contracts.language.errors import ContractBroken

FOLDER: Final = Path(__file__).parents[1] / "queries"
_NAME: Final = re.compile(r"^--\s*name:\s*(\S*)\s*$", re.MULTILINE)
_WELL_NAMED: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_TOKENS: Final = re.compile(
    r"(?P<kept>'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|::)|(?<![\w:]):(?P<name>[a-z][a-z0-9_]*)", re.DOTALL
)


class Query(msgspec.Struct, frozen=True):
    """One statement: `$1` is the first of `parameters`, and so on."""

    name: str
    sentence: str
    sql: str
    parameters: tuple[str, ...]


class Queries:
    """Every named query there is. Asking for one that is not there, or naming two alike, ends the start."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._by_name: dict[str, Query] = {}
        for query in queries:
            if query.name in self._by_name:
                raise ContractBroken(f"Two queries are called {query.name}")
            self._by_name[query.name] = query

    def __getitem__(self, name: str) -> Query:
        try:
            return self._by_name[name]
        except KeyError:
            raise ContractBroken(f"No file in {FOLDER.name}/ holds a query called {name}") from None

    def __iter__(self) -> Iterator[Query]:
        return iter(self._by_name.values())

    def refuse_unused(self, names: Iterable[str]) -> None:
        """A query that no view asks for is a leftover; raises ContractBroken naming it."""
        if unused := self._by_name.keys() - set(names):
            raise ContractBroken(f"No view asks for {', '.join(sorted(unused))}")


def load(folder: Path = FOLDER) -> Queries:
    """Read every `<word>.sql` of a folder; raises ContractBroken for a block that breaks the form."""
    return Queries(
        query for file in sorted(folder.glob("*.sql")) for query in parse(file.stem, file.read_text("utf-8"))
    )


def parse(word: str, text: str) -> Iterator[Query]:
    """The blocks of one file; raises ContractBroken for text outside a block, a foreign name or a missing sentence."""
    head, *blocks = _NAME.split(text)
    if _without_comments(head):
        raise ContractBroken(f"{word}.sql begins with a statement that has no name")
    for name, block in zip(blocks[::2], blocks[1::2], strict=True):
        if not _WELL_NAMED.fullmatch(name) or name.partition(".")[0] != word:
            raise ContractBroken(f"{word}.sql holds a query called {name!r}: it must be {word}.<what>")
        yield _query(name, block.strip())


def _query(name: str, block: str) -> Query:
    lines = block.splitlines()
    comments = []
    while lines and lines[0].startswith("--"):
        comments.append(lines.pop(0).removeprefix("--").strip())
    sentence = " ".join(comments)
    statement = "\n".join(lines).strip().removesuffix(";").rstrip()
    if not sentence.endswith("."):
        raise ContractBroken(f"The query {name} needs a sentence that says what it answers, in comments under its name")
    if not statement or ";" in _without_comments(statement):
        raise ContractBroken(f"The query {name} must be exactly one statement")
    sql, parameters = number(statement)
    return Query(name, sentence, sql, parameters)


def number(sql: str) -> tuple[str, tuple[str, ...]]:
    """Replace `:name` by `$n`, the same name by the same number; strings, comments and casts are left alone."""
    numbers: dict[str, int] = {}

    def replace(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _TOKENS.sub(replace, sql), tuple(numbers)


def _without_comments(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL).strip()


def sentences(queries: Queries) -> Mapping[str, str]:
    """What each query answers, for the reference."""
    return {query.name: query.sentence for query in queries}
