"""nats-py's client with a quick way through the headers of a message.

A projector reads tens of thousands of messages a second, each with a dozen headers whose names are always the same. The
library looks at every letter of every name; here a name is looked at once and remembered. What comes out is the same.
"""

from functools import lru_cache
from typing import Final

from nats.aio.client import Client

NAMES_MAX: Final = 1024
"""Header names that are remembered; ours are a few dozen."""


class QuickClient(Client):
    """The client, reading headers as the library does and several times as fast."""

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if colon and (key := _name(name)) is not None:
                found[key] = value.strip().decode("utf-8", "replace")
        return found


@lru_cache(maxsize=NAMES_MAX)
def _name(raw: bytes) -> str | None:
    """A header's name, or None for one that nobody could look up: with white space in it, or not ASCII."""
    try:
        name = raw.strip().decode("ascii")
    except UnicodeDecodeError:
        return None
    return None if any(letter.isspace() for letter in name) else name
