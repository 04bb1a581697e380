"""The query words of print: a stack of booleans, and an implicit AND over what is left (facts 4.1-4.4)."""

import re
from collections.abc import Callable, Mapping

from ops.simulator.moment import Moment, Value, shown
from ops.simulator.texts import seconds_in
from ops.simulator.traps import API, Trap

Row = Mapping[str, Value]
Test = Callable[[Mapping[str, str]], bool]

_OPERATION = re.compile(r"(\d+|[!&|.])")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:/(\d+))?")
_ID = re.compile(r"\*([0-9A-Fa-f]+)")


def rank(text: str) -> tuple[int, float | str]:
    """Return what a value sorts by: numbers, ids, times and addresses by size, the rest by text."""
    if text.lstrip("-").replace(".", "", 1).isdigit():
        return 0, float(text)
    item = _ID.fullmatch(text)
    if item is not None:
        return 0, float(int(item[1], 16))
    seconds = seconds_in(text)
    if seconds is not None:
        return 0, seconds
    address = _IPV4.fullmatch(text)
    if address is not None:
        a, b, c, d = (int(part) for part in address.groups()[:4])
        return 0, float(((a * 256 + b) * 256 + c) * 256 + d)
    return 1, text


def _same(left: str, right: str) -> bool:
    return left == right or (right in {"yes", "no"} and left == {"yes": "true", "no": "false"}[right])


def _less(left: str, right: str) -> bool:
    first, second = rank(left), rank(right)
    if first[0] != second[0]:
        return left < right
    return first < second


def _leaf(word: str) -> Test:
    """Compile one query word that pushes a boolean; `word` comes without its question mark."""
    if word.startswith("-"):
        absent = word[1:]
        return lambda row: absent not in row
    if word.startswith("<"):
        name, _, value = word[1:].partition("=")
        return lambda row: name in row and _less(row[name], value)
    if word.startswith(">"):
        name, _, value = word[1:].partition("=")
        return lambda row: name in row and _less(value, row[name])
    name, equals, value = word.removeprefix("=").partition("=")
    if equals:
        return lambda row: name in row and _same(row[name], value)
    return lambda row: name in row


def _operate(stack: list[bool], operations: list[str]) -> None:
    """Run one `?#` word.

    An index pushes a copy, and at the end of the word leaves nothing but that value; a dot only separates after an
    index, and copies the top after anything else (vendor manual, "API", Queries).
    """
    for place, each in enumerate(operations):
        if each == ".":
            if place == 0 or not operations[place - 1].isdigit():
                stack.append(stack[-1] if stack else True)
        elif each == "!":
            stack.append(not (stack.pop() if stack else True))
        elif each in "&|":
            right, left = (stack.pop() if stack else True), (stack.pop() if stack else True)
            stack.append((left and right) if each == "&" else (left or right))
        else:
            index = int(each)
            copy = stack[-1 - index] if index < len(stack) else True
            if place == len(operations) - 1:
                stack.clear()
            stack.append(copy)


class Query:
    """The query words of one sentence, each without its question mark, ready to be asked of many rows."""

    __slots__ = ("_names", "_steps")

    def __init__(self, words: tuple[str, ...]) -> None:
        self._names = frozenset(_name(word) for word in words if not word.startswith("#"))
        self._steps = [_operations(word) if word.startswith("#") else _leaf(word) for word in words]

    def __call__(self, row: Row, moment: Moment) -> bool:
        """Tell whether a row is wanted; only the values that the words name are looked at."""
        texts: dict[str, str] = {}
        for name in self._names:
            value = row.get(name)
            text = value if value is None or isinstance(value, str) else value(moment)
            if text is not None:
                texts[name] = text
        return self.holds(texts)

    def holds(self, texts: Mapping[str, str]) -> bool:
        """Tell whether a row of plain texts is wanted."""
        stack: list[bool] = []
        for step in self._steps:
            if isinstance(step, list):
                _operate(stack, step)
            else:
                stack.append(step(texts))
        return all(stack)


def _name(word: str) -> str:
    return word.lstrip("-<>").removeprefix("=").partition("=")[0]


def _operations(word: str) -> list[str]:
    operations: list[str] = _OPERATION.findall(word[1:])
    if "".join(operations) != word[1:]:
        raise Trap("invalid query word", API)
    return operations


def reading(row: Row, moment: Moment) -> dict[str, str]:
    """Return a row as plain text at one moment, without what is absent or internal."""
    texts: dict[str, str] = {}
    for name, value in row.items():
        text = shown(value, moment)
        if text is not None and not name.startswith("~"):
            texts[name] = text
    return texts
