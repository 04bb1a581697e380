"""Text of one field to a value that its contract allows.

What a device says in a way nobody can read is left out, not guessed.

How RouterOS writes a value is the business of `device.values`; here its range is held against the unit it is published
in, because a reader of the log refuses a whole message for one value out of range.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

from msgspec import Meta

from contracts.language.errors import ContractBroken

Value = TypeVar("Value", int, float)

TEXT_MAX: Final = 255
"""Characters kept of a text that somebody else may have chosen, such as a neighbour's name."""


def reading(parse: Callable[[str | None], Value | None], unit: Any = None) -> Callable[[str | None], Value | None]:  # noqa: ANN401 - an annotated type has no type of its own
    """Make the reader of one kind of field: `parse`, but None where that fails or falls outside the range of `unit`."""
    low, high = _range(unit)

    def read(text: str | None) -> Value | None:
        try:
            value = parse(text)
        except ContractBroken:
            return None
        return value if value is not None and low <= value <= high else None

    return read


def _range(unit: Any) -> tuple[float, float]:  # noqa: ANN401 - as above
    """The range of a unit of `contracts.language.measure`."""
    low, high = float("-inf"), float("inf")
    for part in get_args(unit):
        if isinstance(part, Meta):
            low = part.ge if part.ge is not None else low
            high = part.le if part.le is not None else high
    return low, high


def is_set(text: str | None) -> bool:
    """Whether a flag is set; an absent one is not, and neither is one in words we do not know."""
    return text in {"true", "yes"}


def cut(text: str | None) -> str:
    """A text that others chose, at most TEXT_MAX characters long; empty where there is none."""
    return text[:TEXT_MAX] if text else ""
