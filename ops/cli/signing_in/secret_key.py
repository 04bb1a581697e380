"""The Secret Key: 128 random bits that never leave the person's machines, and how people read and type them."""

import secrets
from typing import Final

from contracts.language.errors import InvalidRequest

VERSION: Final = "A3"
DIGITS: Final = "ABCDEFGHJKMNPQRTUVWXYZ23456789"
"""30 letters and digits that are not taken for one another."""
BITS: Final = 128
LENGTH: Final = 27
GROUPS: Final = (6, 6, 6, 6, 3)


def make() -> bytes:
    """A new one, 16 random bytes."""
    return secrets.token_bytes(BITS // 8)


def written(key: bytes) -> str:
    """`A3-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXX`: the number in base 30, the most significant digit first."""
    number, digits = int.from_bytes(key, "big"), ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    groups, place = [], 0
    for length in GROUPS:
        groups.append(digits[place : place + length])
        place += length
    return "-".join((VERSION, *groups))


def read(text: str) -> bytes:
    """The key that was written so; case, blanks and hyphens do not matter. Raises InvalidRequest."""
    plain = "".join(letter for letter in text.upper() if letter not in "- \t\r\n")
    if not plain.startswith(VERSION) or len(plain) != len(VERSION) + LENGTH:
        raise InvalidRequest(f"A Secret Key begins with {VERSION} and has {LENGTH} more letters: look at the kit.")
    number = 0
    for letter in plain[len(VERSION) :]:
        if letter not in DIGITS:
            raise InvalidRequest(f"A Secret Key never has the letter {letter!r}: look at the Emergency Kit again.")
        number = number * len(DIGITS) + DIGITS.index(letter)
    if number >= 1 << BITS:
        raise InvalidRequest("That cannot be a Secret Key: a letter is not as in the Emergency Kit.")
    return number.to_bytes(BITS // 8, "big")
