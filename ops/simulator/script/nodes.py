"""What a RouterOS script is made of, once read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stood in the source; RouterOS counts lines and columns from one."""

    line: int
    column: int

    def __str__(self) -> str:
        """Print as RouterOS does at the end of an error."""
        return f"(line {self.line} column {self.column})"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands."""

    value: object


@dataclass(frozen=True, slots=True)
class Template:
    """A quoted text with values in it."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """`[command]`: what the command returns."""

    body: Block


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator between two values, or in front of one (`left` is then None)."""

    operator: str
    left: Expression | None
    right: Expression


@dataclass(frozen=True, slots=True)
class Array:
    """`{a; b; key=c}`."""

    items: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """`{ commands }` or `do={...}`: run when wanted; as a value it is its own text."""

    body: Block
    text: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """The field of an item in a `where` condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One word of a command: `name=value`, or a value alone (`name` is then None)."""

    name: str | None
    value: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the words in front (path and verb, as written), its arguments, and a `where` condition."""

    words: tuple[str, ...]
    places: tuple[Place, ...]
    arguments: tuple[Argument, ...]
    condition: Expression | None
    place: Place
    is_absolute: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Commands in a row."""

    commands: tuple[Command, ...]


Expression = Literal | Template | Variable | Substitution | Operation | Array | Code | Named
