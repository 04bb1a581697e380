"""How an address, a name, a link and what proves a sign-in are written."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.language.sealed import Sealed
from contracts.language.text import LINE, MAIL_ADDRESS

Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="An e-mail address in ASCII; case does not matter.",
        extra_json_schema={"format": "email"},
    ),
]
PersonName = Annotated[str, Meta(min_length=1, max_length=120, pattern=LINE)]
LinkToken = Annotated[
    str, Meta(min_length=20, max_length=120, pattern=r"^[A-Za-z0-9_\-]+$", description="What a link ends in.")
]
SrpGroup = Annotated[str, Meta(pattern="^rfc5054-(4096|2048)$", description="A group of RFC 5054.")]
Salt = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="32 random bytes in hexadecimal.")]
Iterations = Annotated[int, Meta(ge=650_000, le=10_000_000, description="Rounds of PBKDF2.")]
Verifier = Annotated[
    str,
    Meta(
        pattern="^([0-9a-f]{512}|[0-9a-f]{1024})$",
        description="The SRP verifier in hexadecimal, as wide as its group.",
        extra_json_schema={"writeOnly": True},
    ),
]


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in is proved against; how it is made is the handbook's page on signing in."""

    group: str
    salt: str
    iterations: int
    verifier: Sealed
