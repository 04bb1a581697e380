"""The groups that a sign-in is proved in, and what a verifier must be to be one."""

from typing import Final

import msgspec
from srptools.constants import PRIME_2048, PRIME_2048_GEN, PRIME_4096, PRIME_4096_GEN

from contracts.language.errors import InvalidRequest


class Group(msgspec.Struct, frozen=True):
    """A group of RFC 5054, appendix A: a safe prime in hexadecimal, and its generator."""

    prime: str
    generator: str

    @property
    def digits(self) -> int:
        """How many hexadecimal digits a number of the group is written with."""
        return len(self.prime)


GROUPS: Final = {
    name: Group(f"{int(prime, 16):x}", generator)  # the library's texts hold white space
    for name, prime, generator in (
        ("rfc5054-4096", PRIME_4096, PRIME_4096_GEN),
        ("rfc5054-2048", PRIME_2048, PRIME_2048_GEN),
    )
}
DEFAULT_GROUP: Final = "rfc5054-4096"


def check_element(text: str, group: str, what: str) -> None:
    """Raise InvalidRequest for what is not a number of the group other than 0, written as wide as the group.

    Two texts of one width compare as the numbers do.
    """
    wanted = GROUPS[group]
    if len(text) != wanted.digits or not "0" * wanted.digits < text < wanted.prime:
        raise InvalidRequest(
            f"{what} must be {wanted.digits} hexadecimal digits, more than 0 and less than the prime of {group}."
        )
