"""The sentences a router answers with, as Latin-1 wire text. `tag` is the framed `.tag` word, or nothing."""

from collections.abc import Mapping

from ops.simulator.traps import Trap
from ops.simulator.wire import to_wire, wire_text


def done(tag: str, returned: str | None = None) -> str:
    """Return the end of a command."""
    ret = "" if returned is None else wire_text(to_wire(f"=ret={returned}"))
    return f"\x05!done{tag}{ret}\x00"


def empty(tag: str) -> str:
    """Return the word for no rows (7.18)."""
    return f"\x06!empty{tag}\x00"


def row(fields: Mapping[str, str], tag: str) -> str:
    """Return one row."""
    words = "".join(wire_text(to_wire(f"={name}={value}")) for name, value in fields.items())
    return f"\x03!re{tag}{words}\x00"


def trap(error: Trap, tag: str) -> str:
    """Return an error; a `!done` still follows."""
    category = "" if error.category is None else wire_text(f"=category={error.category}")
    return f"\x05!trap{tag}{category}{wire_text(to_wire(f'=message={error.message}'))}\x00"


def fatal(reason: str) -> str:
    """Return the end of a connection; its reason is a bare word (facts 3.5)."""
    return f"\x06!fatal{wire_text(to_wire(reason))}\x00"
