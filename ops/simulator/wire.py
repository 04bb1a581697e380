"""The binary API's framing: words and sentences to bytes, and bytes back to sentences as they arrive.

Owns lengths and nothing else; what a sentence means is not known here. Framing: facts 1.1-1.10.
Texts of words are Latin-1 strings, one character a byte, so that any byte a router holds survives.
"""

from collections.abc import Iterable

WORD_BYTES_MAX = 8 * 1024 * 1024
SENTENCE_WORDS_MAX = 4096

Sentence = tuple[bytes, ...]

_LONG_FORMS = ((2, 0xC0, 0x3FFF), (3, 0xE0, 0x1FFFFF), (4, 0xF0, 0xFFFFFFF), (5, 0xF1, 0xFFFFFFFF))  # size, end, mask
_ONE_BYTE = 0x80
_TWO_BYTES = 0x4000
_THREE_BYTES = 0x200000
_FOUR_BYTES = 0x10000000


class FramingError(Exception):
    """The peer sent a control byte, or a word or sentence beyond the limits; the connection cannot go on."""


def length(count: int) -> bytes:
    """Return the shortest form of a word's length."""
    if count < _ONE_BYTE:
        return bytes((count,))
    if count < _TWO_BYTES:
        return (count | 0x8000).to_bytes(2, "big")
    if count < _THREE_BYTES:
        return (count | 0xC00000).to_bytes(3, "big")
    if count < _FOUR_BYTES:
        return (count | 0xE0000000).to_bytes(4, "big")
    return b"\xf0" + count.to_bytes(4, "big")


def word(text: bytes) -> bytes:
    """Frame one word."""
    return length(len(text)) + text


def sentence(words: Iterable[bytes]) -> bytes:
    """Frame one sentence, with the empty word that ends it."""
    return b"".join([*map(word, words), b"\x00"])


_SHORT_LENGTHS = tuple(chr(count) for count in range(_ONE_BYTE))


def wire_text(text: str) -> str:
    """Frame one word given and returned as Latin-1 text: replies are put together as text and encoded once."""
    count = len(text)
    if count < _ONE_BYTE:
        return _SHORT_LENGTHS[count] + text
    return length(count).decode("latin-1") + text


def to_wire(text: str) -> str:
    """Turn a value as the router holds it (UTF-8 with stray bytes escaped) into Latin-1 wire text."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_wire(text: bytes) -> str:
    """Turn a word's bytes into a value as the router holds it; `to_wire` gives the same bytes back."""
    return text.decode("utf-8", "surrogateescape")


class SentenceReader:
    """Cuts a byte stream into sentences, wherever its segments fall; holds no more than one unfinished sentence."""

    __slots__ = ("_rest", "_words")

    def __init__(self) -> None:
        self._rest = b""
        self._words: list[bytes] = []

    def feed(self, data: bytes) -> list[Sentence]:
        """Take what arrived and return the sentences that are now complete; empty ones are dropped (facts 1.1)."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        sentences: list[Sentence] = []
        words = self._words
        at, end = 0, len(data)
        while at < end:
            count = data[at]
            at += 1
            if count >= _ONE_BYTE:
                start, count = _long_length(data, at - 1)
                if start < 0:
                    self._rest = data[at - 1 :]
                    return sentences
                if start + count > end:
                    self._rest = data[at - 1 :]
                    return sentences
                words.append(data[start : start + count])
                at = start + count
            elif not count:
                if words:
                    sentences.append(tuple(words))
                    words.clear()
                continue
            elif at + count > end:
                self._rest = data[at - 1 :]
                return sentences
            else:
                words.append(data[at : at + count])
                at += count
            if len(words) > SENTENCE_WORDS_MAX:
                raise FramingError(f"more than {SENTENCE_WORDS_MAX} words in one sentence")
        return sentences


def _long_length(data: bytes, at: int) -> tuple[int, int]:
    """Read a length of two to five bytes at `at`; return where its word starts (-1: not all there) and its size."""
    first = data[at]
    form = next((each for each in _LONG_FORMS if first < each[1]), None)
    if form is None:
        raise FramingError(f"control byte 0x{first:02x}")
    size, _, mask = form
    if at + size > len(data):
        return -1, 0
    count = int.from_bytes(data[at : at + size], "big") & mask
    if count > WORD_BYTES_MAX:
        raise FramingError(f"a word of {count} bytes")
    return at + size, count
