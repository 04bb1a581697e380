import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.wire import FramingError, SentenceReader, from_wire, length, sentence, to_wire, word

WORDS = st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("count", "wire"),
    [
        (0x7F, "7f"),
        (0x80, "8080"),
        (0x3FFF, "bfff"),
        (0x4000, "c04000"),
        (0x200000, "e0200000"),
        (0x10000000, "f010000000"),
    ],
)
def test_a_length_takes_its_shortest_form(count, wire):
    assert length(count).hex() == wire


@given(st.lists(WORDS, max_size=5), st.data())
def test_sentences_survive_any_segmentation(sentences, data):
    stream = b"".join(sentence(words) for words in sentences)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reader = SentenceReader()
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += reader.feed(stream[start:end])
    assert received == [tuple(words) for words in sentences]


@given(st.binary(max_size=200))
def test_a_value_keeps_its_bytes_whatever_they_are(raw):
    assert to_wire(from_wire(raw)).encode("latin-1") == raw


def test_a_length_written_too_long_is_read_all_the_same():
    assert SentenceReader().feed(b"\x80\x05/quit\x00") == [(b"/quit",)]


def test_an_empty_sentence_is_ignored():
    assert SentenceReader().feed(b"\x00\x00" + sentence([b"/x"]) + b"\x00") == [(b"/x",)]


@pytest.mark.parametrize("first", [0xF1, 0xF8, 0xFF])
def test_a_control_byte_ends_the_conversation(first):
    with pytest.raises(FramingError):
        SentenceReader().feed(bytes([first]) + b"\x00" * 8)


def test_a_word_beyond_the_limit_is_refused_before_it_arrives():
    with pytest.raises(FramingError):
        SentenceReader().feed(length(0x0FFFFFFF))


def test_a_large_word_comes_back_whole():
    text = bytes(range(256)) * 1024
    framed = word(text) + b"\x00"
    reader = SentenceReader()
    got = [each for start in range(0, len(framed), 1000) for each in reader.feed(framed[start : start + 1000])]
    assert got == [(text,)]
