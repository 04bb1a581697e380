"""Turns the text of a script, an import file or an exec line into commands."""

from __future__ import annotations

from ops.simulator.script.nodes import (
    Argument,
    Array,
    Block,
    Code,
    Command,
    Expression,
    Literal,
    Named,
    Operation,
    Place,
    Substitution,
    Template,
    Variable,
)
from ops.simulator.script.reader import Reader

SCRIPT_MAX = 1_000_000  # characters
_NESTING_MAX = 60
_BINARY = (
    ("||", "or"),
    ("&&", "and"),
    ("!=", "=", "<=", ">=", "<", ">", "~", "in"),
    (".", ","),
    ("+", "-", "^", "|", "&"),
    ("*", "/", "%", "<<", ">>"),
    ("->",),
)
_WORD_OPERATORS = {"or": "||", "and": "&&", "in": "in"}


def parse(text: str) -> Block:
    """Read a whole script. Raises a scripting Trap with line and column."""
    if len(text) > SCRIPT_MAX:
        raise Reader("").fail("script too long")
    parser = Parser(text)
    block = parser.block(until="")
    if parser.peek:
        raise parser.fail()
    return block


def _fold_bytes(text: str) -> str:
    """Turn bytes that were written as hex escapes back into the text they are in UTF-8."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text


class Parser(Reader):
    """A recursive descent through RouterOS' grammar, in which blanks mean something."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def block(self, until: str) -> Block:
        """Read commands up to a closing bracket, which is left to the caller."""
        self._depth += 1
        if self._depth > _NESTING_MAX:
            raise self.fail("nesting too deep")
        commands: list[Command] = []
        self.gap()
        while self.peek and self.peek != until:
            commands.append(self.command(until))
            self.gap()
        self._depth -= 1
        return Block(tuple(commands))

    def command(self, until: str) -> Command:
        """Read one command."""
        place = self.place()
        words: list[str] = []
        places: list[Place] = []
        arguments: list[Argument] = []
        condition: Expression | None = None
        is_absolute = self.peek == "/"
        while True:
            self.blanks()
            if not self.peek or self.peek in ";\r\n" or self.peek == until:
                break
            if self.peek in "])}":
                raise self.fail()
            if self.peek == "#" and not words:
                self.comment()
                break
            if self.peek == "{" and not words:
                words.append(":do")
                places.append(place)
            here = self.place()
            argument = self._argument()
            bare = argument.value.value if isinstance(argument.value, Literal) and argument.name is None else None
            if isinstance(bare, str) and not arguments and self.text[self.at - 1] != '"':
                words.append(bare)
                places.append(here)
                if bare == "find" or bare.endswith("/find"):
                    condition = self._condition(until)
                elif bare == "where":
                    words.pop()
                    places.pop()
                    condition = self._condition(until)
            elif bare == "where":
                condition = self._condition(until)
            else:
                arguments.append(Argument(argument.name, argument.value, here))
        return Command(tuple(words), tuple(places), tuple(arguments), condition, place, is_absolute)

    def _argument(self) -> Argument:
        place = self.place()
        if self.peek and self.peek not in '"([{$':
            start = self.at
            word = self.word()
            if word and self.peek == "=" and not word.startswith(":"):
                self.at += 1
                if not self.peek or self.peek in " \t;\r\n":
                    return Argument(word, Literal(""), place)
                return Argument(word, self._value(), place)
            self.at = start
        return Argument(None, self._value(bare=True), place)

    def _value(self, *, bare: bool = False) -> Expression:
        """Read the value of an argument."""
        self.blanks()
        match self.peek:
            case '"':
                return self._quoted()
            case "(":
                return self._group()
            case "[":
                return self._bracket()
            case "{":
                return self._braces()
            case "$":
                return self._variable()
        start = self.at
        word = self.word()
        while self.peek == "=" and not bare:
            self.at += 1
            word = self.text[start : self.at] + self.word()
        if not word:
            raise self.fail()
        return Literal(word)

    def _quoted(self) -> Expression:
        self.expect('"')
        parts: list[Expression] = []
        text = ""
        while self.peek != '"':
            if not self.peek:
                raise self.fail()
            if self.take("\\"):
                text += self.escape()
                continue
            if self.peek == "$" and (
                self.text[self.at + 1 : self.at + 2].isalnum() or self.starts("$[") or self.starts("$(")
            ):
                if text:
                    parts.append(Literal(_fold_bytes(text)))
                    text = ""
                self.at += 1
                parts.append(self._embedded())
                continue
            text += self.peek
            self.at += 1
        self.at += 1
        if not parts:
            return Literal(_fold_bytes(text))
        if text:
            parts.append(Literal(_fold_bytes(text)))
        return Template(tuple(parts))

    def _embedded(self) -> Expression:
        if self.peek == "[":
            return self._bracket()
        if self.peek == "(":
            return self._group()
        return Variable(self._name())

    def _variable(self) -> Expression:
        self.expect("$")
        if self.peek == '"':
            name = self._quoted()
            if not isinstance(name, Literal):
                raise self.fail()
            return Variable(str(name.value))
        value: Expression = Variable(self._name())
        while self.take("->"):
            value = Operation("->", value, self._value())
        return value

    def _name(self) -> str:
        start = self.at
        while self.peek.isalnum():
            self.at += 1
        if self.at == start:
            raise self.fail()
        return self.text[start : self.at]

    def _bracket(self) -> Expression:
        self.expect("[")
        body = self.block("]")
        self.expect("]")
        return Substitution(body)

    def _group(self) -> Expression:
        self.expect("(")
        self._depth += 1
        if self._depth > _NESTING_MAX:
            raise self.fail("nesting too deep")
        self.lines()
        value = self.expression()
        self.lines()
        self.expect(")")
        self._depth -= 1
        return value

    def _braces(self) -> Expression:
        """Read `{...}`: code when it can be read as commands that begin like some, an array otherwise."""
        start = self.at
        self.expect("{")
        self.lines()
        if self.peek in {":", "/", "#"}:
            return self._code(start)
        depth = self._depth
        try:
            return self._array()
        except Exception:  # noqa: BLE001
            self.at, self._depth = start, depth
            return self._code(start)

    def _code(self, start: int) -> Expression:
        self.at = start
        self.expect("{")
        body = self.block("}")
        self.expect("}")
        return Code(body, self.text[start + 1 : self.at - 1])

    def _array(self) -> Expression:
        items: list[tuple[Expression | None, Expression]] = []
        self.lines()
        while self.peek != "}":
            value = self._operand()
            self.blanks()
            if self.take("="):
                items.append((value, self._operand()))
            else:
                items.append((None, value))
            self.lines()
            if self.peek != "}":
                self.expect(";")
                self.lines()
        self.at += 1
        return Array(tuple(items))

    def _condition(self, until: str) -> Expression | None:
        """Read the conditions of find and where; conditions in a row must all hold."""
        found: Expression | None = None
        while True:
            self.blanks()
            if not self.peek or self.peek in ";\r\n" or self.peek == until:
                return found
            if self.starts("where "):
                self.at += 6
                continue
            start = self.at
            term = self.expression(fields=True)
            if self.at == start:
                raise self.fail()
            found = term if found is None else Operation("&&", found, term)

    def expression(self, level: int = 0, *, fields: bool = False) -> Expression:
        """Read an expression; with `fields`, bare words on the left of an operator are fields of items."""
        if level == len(_BINARY):
            return self._unary(fields=fields)
        left = self.expression(level + 1, fields=fields)
        while True:
            start = self.at
            self.blanks() if fields else self.lines()
            operator = self._operator(_BINARY[level])
            if operator is None:
                self.at = start
                return left
            self.blanks() if fields else self.lines()
            compares = fields and operator not in {"||", "&&"}
            left = Operation(operator, left, self.expression(level + 1, fields=fields and not compares))

    def _operator(self, operators: tuple[str, ...]) -> str | None:
        for operator in operators:
            if not self.starts(operator):
                continue
            following = self.text[self.at + len(operator) : self.at + len(operator) + 1]
            if operator.isalpha() and (following.isalnum() or following in {"-", "="}):
                continue
            if (operator == "-" and following == ">") or (operator in {"<", ">", "&", "|"} and following == operator):
                continue
            if operator == "." and following.isdigit() and self.at and self.text[self.at - 1].isdigit():
                continue
            self.at += len(operator)
            return _WORD_OPERATORS.get(operator, operator)
        return None

    def _unary(self, *, fields: bool) -> Expression:
        for operator in ("!", "not ", "-", "~"):
            if self.starts(operator) and not self.starts("->"):
                self.at += len(operator)
                self.blanks()
                return Operation(
                    "!" if operator == "not " else f"{operator}x" if operator != "!" else "!",
                    None,
                    self._unary(fields=fields),
                )
        if fields and self.peek not in '"([{$':
            return Named(self._field_name())
        return self._operand()

    def _field_name(self) -> str:
        start = self.at
        while self.peek and (self.peek.isalnum() or self.peek in "-._"):
            self.at += 1
        if self.at == start:
            raise self.fail()
        return self.text[start : self.at]

    def _operand(self) -> Expression:
        self.blanks()
        if self.peek and self.peek in '"([{$':
            return self._value()
        start = self.at
        while self.peek and (self.peek.isalnum() or self.peek in "-_:./*%@"):
            if self.peek == "-" and self.starts("->"):
                break
            self.at += 1
        word = self.text[start : self.at]
        if not word:
            raise self.fail()
        return Literal(typed(word))


def typed(word: str) -> object:
    """Return a bare word of an expression as the value it stands for."""
    if word.isdigit() or (word.startswith("-") and word[1:].isdigit()):
        return int(word)
    if word in {"true", "yes"}:
        return True
    if word in {"false", "no"}:
        return False
    return word
