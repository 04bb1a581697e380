"""Values of the script language: how they become text, compare, and combine. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from ops.simulator.script.nodes import Code
from ops.simulator.texts import seconds_in
from ops.simulator.traps import SCRIPTING, Trap

TEXT_MAX = 1_000_000  # characters in one value


def text_of(value: object) -> str:
    """Return the text that a value prints as."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Code):
        return value.text
    if isinstance(value, list):
        return ";".join(text_of(each) for each in value)
    if isinstance(value, dict):
        return ";".join(f"{name}={text_of(each)}" for name, each in value.items())
    return str(value)


def typed(text: str) -> object:
    """Return the value that a text of the configuration stands for."""
    if text.isdigit() or (text.startswith("-") and text[1:].isdigit()):
        return int(text)
    return {"true": True, "false": False, "yes": True, "no": False}.get(text, text)


def type_of(value: object) -> str:  # noqa: PLR0911 - one branch for each type
    """Return the word of :typeof."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "num"
    if isinstance(value, list | dict):
        return "array"
    text = str(value)
    if re.fullmatch(r"\*[0-9A-Fa-f]+", text):
        return "id"
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return "time" if seconds_in(text) is not None and not text.isdigit() else "str"
    return "ip"


def truth(value: object) -> bool:
    """Return what a condition says."""
    if isinstance(value, bool):
        return value
    if value in {"true", "yes"}:
        return True
    if value in {"false", "no", "", None}:
        return False
    raise Trap("conditional not boolean", SCRIPTING)


def number(value: object) -> int:
    """Return a value as a number; durations count in seconds."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    text = text_of(value)
    try:
        return int(text, 0)
    except ValueError:
        seconds = seconds_in(text)
        if seconds is None:
            raise Trap("cannot add " + type_of(value) + " to a number", SCRIPTING) from None
        return int(seconds)


def equal(left: object, right: object) -> bool:
    """Compare as RouterOS does: by value when both are of a kind, by text otherwise."""
    if isinstance(left, bool) or isinstance(right, bool):
        return text_of(typed(text_of(left))) == text_of(typed(text_of(right)))
    return left == right or text_of(left) == text_of(right)


def less(left: object, right: object) -> bool:
    """Order two values: numbers and durations by size, texts by character."""
    try:
        return number(left) < number(right)
    except Trap:
        return text_of(left) < text_of(right)


def _join(left: object, right: object) -> object:
    whole = text_of(left) + text_of(right)
    if len(whole) > TEXT_MAX:
        raise Trap("out of memory", SCRIPTING)
    return whole


def _collect(left: object, right: object) -> object:
    first = left if isinstance(left, list) else [left]
    return [*first, *(right if isinstance(right, list) else [right])]


def _divide(left: object, right: object) -> object:
    if number(right) == 0:
        raise Trap("division by zero", SCRIPTING)
    return number(left) // number(right)


def _remainder(left: object, right: object) -> object:
    if number(right) == 0:
        raise Trap("division by zero", SCRIPTING)
    return number(left) % number(right)


def _matches(left: object, right: object) -> object:
    try:
        return re.search(text_of(right), text_of(left)) is not None
    except re.error:
        raise Trap("invalid regular expression", SCRIPTING) from None


def _contains(left: object, right: object) -> object:
    try:
        return ipaddress.ip_network(text_of(left), strict=False).subnet_of(
            ipaddress.ip_network(text_of(right), strict=False)  # type: ignore[arg-type] # mixed versions raise TypeError
        )
    except (ValueError, TypeError):
        return False


def element(array: object, key: object) -> object:
    """Return what an array holds under a key or place; nothing when there is none."""
    if isinstance(array, dict):
        return array.get(text_of(key))
    if isinstance(array, list):
        place = number(key)
        return array[place] if 0 <= place < len(array) else None
    return None


OPERATORS: dict[str, Callable[[object, object], object]] = {
    "+": lambda left, right: number(left) + number(right),
    "-": lambda left, right: number(left) - number(right),
    "*": lambda left, right: number(left) * number(right),
    "/": _divide,
    "%": _remainder,
    "^": lambda left, right: number(left) ^ number(right),
    "&": lambda left, right: number(left) & number(right),
    "|": lambda left, right: number(left) | number(right),
    "<<": lambda left, right: number(left) << min(number(right), 64),
    ">>": lambda left, right: number(left) >> min(number(right), 64),
    ".": _join,
    ",": _collect,
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": lambda left, right: not less(right, left),
    ">=": lambda left, right: not less(left, right),
    "~": _matches,
    "in": _contains,
    "->": element,
}
