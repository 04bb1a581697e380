"""Words and sentences of the RouterOS API as bytes, and back; pure, no I/O.

Words are carried as latin-1 text, one character per byte, so that nothing is lost and most need no second decoding;
`values.texts` turns such a carrier into what a person reads. It knows no tags and no meaning: `protocol` does.
"""

# ruff: noqa: PLR2004 - the thresholds are the table of facts 1.2, and read best as it is written there

from collections.abc import Iterable

from contracts.language.errors import ContractBroken

WORD_BYTES_MAX = 8 * 1024 * 1024
"""A longer word is taken for an attack or a lost frame; real ones reach several hundred kB (facts 1.9)."""

_RESERVED = 0xF1  # 0xF8 and up are control bytes nobody defined, 0xF1 to 0xF7 are not produced (facts 1.3)


def encode_length(length: int) -> bytes:
    """Write the length of a word in the fewest bytes (facts 1.2)."""
    if length < 0x80:
        return length.to_bytes(1, "big")
    if length < 0x4000:
        return (length | 0x8000).to_bytes(2, "big")
    if length < 0x200000:
        return (length | 0xC00000).to_bytes(3, "big")
    if length < 0x10000000:
        return (length | 0xE0000000).to_bytes(4, "big")
    return b"\xf0" + length.to_bytes(4, "big")


def encode_words(words: Iterable[bytes]) -> bytes:
    """Write words one after the other, without the end of the sentence, so that a tag may still follow."""
    return b"".join(encode_length(len(word)) + word for word in words)


def encode_sentence(*words: bytes) -> bytes:
    """Write one whole sentence."""
    return encode_words(words) + b"\0"


class SentenceReader:
    """Bytes in as they arrive, whole sentences out; remembers what was cut off in the middle.

    One call per received chunk and no await per word: that is where a client spends its time.
    """

    __slots__ = ("_need", "_tail", "_words")

    def __init__(self) -> None:
        self._words: list[str] = []
        self._tail = bytearray()
        self._need = 0

    @property
    def is_between_sentences(self) -> bool:
        """Whether nothing is left over, so that an end of the stream here is a clean one."""
        return not self._words and not self._tail

    def feed(self, data: bytes) -> list[list[str]]:
        """Return the sentences that `data` completes; empty ones are dropped, as the vendor says (facts 1.1).

        Raises ContractBroken when the bytes cannot be framed; the connection is then of no more use.
        """
        if self._tail:
            self._tail += data
            if len(self._tail) < self._need:
                return []
            data = bytes(self._tail)
            self._tail = bytearray()
        text = data.decode("latin-1")
        sentences: list[list[str]] = []
        words = self._words
        at, end = 0, len(data)
        while at < end:
            size = data[at]
            start = at + 1
            if size >= 0x80:
                start, size = _long_length(data, at)
                if start > end:
                    self._need = start - at
                    break
            if size:
                stop = start + size
                if stop > end:
                    self._need = stop - at
                    break
                words.append(text[start:stop])
                at = stop
            else:
                if words:
                    sentences.append(words)
                    words = []
                at = start
        self._words = words
        if at < end:
            self._tail += data[at:]
        return sentences


def _long_length(data: bytes, at: int) -> tuple[int, int]:
    """Read a length of two bytes or more: where the word starts, and its size.

    When the length itself is cut off, the start lies beyond the data and the size means nothing.
    """
    first = data[at]
    if first >= _RESERVED:
        raise ContractBroken(f"a word starts with the reserved byte 0x{first:02X}, so its length is unknown")
    extra = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    start = at + 1 + extra
    if start > len(data):
        return start, 0
    high_bits = 0 if extra == 4 else first & (0x3F >> (extra - 1))  # four bytes follow 0xF0
    size = high_bits << (8 * extra) | int.from_bytes(data[at + 1 : start], "big")
    if size > WORD_BYTES_MAX:
        raise ContractBroken(f"a word of {size} bytes is announced, the limit is {WORD_BYTES_MAX} (WORD_BYTES_MAX)")
    return start, size
