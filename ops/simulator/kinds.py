"""What a value of a field may be, and the one form a router keeps it in."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from ops.simulator.texts import day_in, duration, seconds_in


class BadValueError(Exception):
    """The text is no value of its kind; the message holds `{name}` where the field's name goes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a field's text is read: `read` gives the form that is kept, or raises BadValueError."""

    word: str
    read: Callable[[str], str]
    refers: str | None = None  # the menu whose items it names
    also: frozenset[str] = frozenset()  # words allowed beside such a name


def _refuse(text: str, form: str = "invalid value for argument {name}") -> BadValueError:
    del text
    return BadValueError(form)


def _flag(text: str) -> str:
    if text in {"yes", "true"}:
        return "true"
    if text in {"no", "false"}:
        return "false"
    raise BadValueError("input does not match any value of {name}")


def _duration(text: str) -> str:
    seconds = seconds_in(text)
    if seconds is None:
        raise BadValueError("invalid time value for argument {name}")
    whole = int(seconds)
    return duration(whole, round((seconds - whole) * 1000))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise _refuse(text) from error


def _interface_address(text: str) -> str:
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError as error:
        raise _refuse(text, "invalid value for argument {name}") from error


def _network(text: str) -> str:
    inverted = "!" if text.startswith("!") else ""
    bare = text.removeprefix("!")
    if "-" in bare:
        first, last = bare.split("-", 1)
        return f"{inverted}{_address(first)}-{_address(last)}"
    try:
        network = ipaddress.ip_network(bare, strict=False)
    except ValueError as error:
        raise _refuse(text, "invalid value for argument {name}") from error
    single = network.prefixlen == network.max_prefixlen and "/" not in bare
    return inverted + (str(network.network_address) if single else str(network))


_MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")


def _mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise BadValueError("invalid value of mac-address, mac address required")
    return text.upper()


def _date(text: str) -> str:
    if day_in(text) is None:
        raise BadValueError("invalid date value for argument {name}")
    return text


def number(low: int, high: int) -> Kind:
    """Accept a whole number within a range; `0x` numbers are kept as they are written."""

    def read(text: str) -> str:
        try:
            value = int(text, 0) if text.lower().startswith("0x") else int(text)
        except ValueError as error:
            raise BadValueError("invalid value for argument {name}") from error
        if not low <= value <= high:
            raise BadValueError(f"value of {{name}} out of range ({low}..{high})")
        return text if text.lower().startswith("0x") else str(value)

    return Kind("number", read)


def choice(*values: str) -> Kind:
    """Accept one of these words."""

    def read(text: str) -> str:
        if text not in values:
            raise BadValueError("input does not match any value of {name}")
        return text

    return Kind("choice", read)


def either(kind: Kind, *words: str) -> Kind:
    """Accept these words beside a kind's own values (facts 8.2)."""

    def read(text: str) -> str:
        return text if text in words else kind.read(text)

    return Kind(kind.word, read, kind.refers, kind.also | frozenset(words))


def list_of(kind: Kind) -> Kind:
    """Accept a comma-separated list, which may be empty."""

    def read(text: str) -> str:
        return ",".join(kind.read(part) for part in text.split(",")) if text else ""

    return Kind(f"list of {kind.word}", read, kind.refers, kind.also)


def reference(menu: str, *also: str) -> Kind:
    """Accept the name of an item of another menu, or one of these words."""
    return Kind("reference", str, menu, frozenset(also))


TEXT = Kind("text", str)
FLAG = Kind("flag", _flag)
DURATION = Kind("duration", _duration)
ADDRESS = Kind("address", _address)
ADDRESS_WITH_MASK = Kind("address with mask", _interface_address)
NETWORK = Kind("network", _network)
MAC = Kind("mac", _mac)
DATE = Kind("date", _date)
PORT = number(1, 65535)
COUNT = number(0, 4294967295)
INTERFACE = reference("/interface")
