"""Bytes of a device to text that people read, and back to the same bytes.

RouterOS stores bytes: WinBox 3 wrote the code page of its PC, everything newer UTF-8, and what neighbours and clients
call themselves is whatever they sent (facts 8.12).
"""

from typing import Final

ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")
"""Tried in this order; the last never fails."""


def encoding_of(raw: bytes) -> str:
    """Name the encoding in which `decode` reads these bytes."""
    for encoding in ENCODINGS[:-1]:
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return ENCODINGS[-1]


def decode(raw: bytes) -> str:
    """Read bytes of a device; `encode` with `encoding_of` gives the same bytes back."""
    return raw.decode(encoding_of(raw))


def encode(text: str, encoding: str = ENCODINGS[0]) -> bytes:
    """Write text as bytes for a device, in the encoding its old value had."""
    return text.encode(encoding)


def readable(carried: str) -> str:
    """Turn the latin-1 carrier of a word into text that can be shown and stored.

    A NUL, which no honest device sends and no database takes, becomes the replacement character.
    """
    if not carried.isascii():
        carried = decode(carried.encode("latin-1"))
    return carried.replace("\0", "\ufffd") if "\0" in carried else carried
