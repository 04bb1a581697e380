"""Booleans, lists and hardware addresses (facts 8.11, 8.13)."""

import re
from collections.abc import Iterable
from typing import Final

from contracts.language.errors import ContractBroken

_FLAGS: Final = {"true": True, "yes": True, "false": False, "no": False}
_MAC: Final = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}")


def flag(text: str | None) -> bool:
    """Read a boolean. An absent one is False: many menus show a flag only when it is set (facts 4.6)."""
    if text is None or text == "":
        return False
    value = _FLAGS.get(text)
    if value is None:
        raise ContractBroken(f"{text!r} is neither true nor false")
    return value


def flag_text(*, value: bool) -> str:
    """Write a boolean the way every version takes it."""
    return "yes" if value else "no"


def items(text: str | None) -> tuple[str, ...]:
    """Read a list: `a,b`. Empty and absent are both no items."""
    return tuple(text.split(",")) if text else ()


def items_text(values: Iterable[str]) -> str:
    """Write a list. Raises ContractBroken for an item with a comma in it, which RouterOS could not tell from two."""
    listed = tuple(values)
    broken = next((item for item in listed if "," in item or not item), None)
    if broken is not None:
        raise ContractBroken(f"{broken!r} cannot be an item of a list")
    return ",".join(listed)


def mac(text: str | None) -> str | None:
    """Read a hardware address, in the upper case with colons that RouterOS uses everywhere but in DHCP client ids."""
    if not text:
        return None
    upper = text.upper().replace("-", ":")
    if not _MAC.fullmatch(upper):
        raise ContractBroken(f"{text!r} is not a hardware address")
    return upper
