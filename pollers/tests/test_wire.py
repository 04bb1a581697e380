from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.language.errors import ContractBroken
from pollers.device import wire
from pollers.device.wire import SentenceReader, encode_length, encode_sentence

WORDS = st.binary(min_size=1, max_size=300)
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=6), max_size=6)

# facts 1.2
LENGTHS = [
    (0x00, "00"),
    (0x7F, "7f"),
    (0x80, "8080"),
    (0x3FFF, "bfff"),
    (0x4000, "c04000"),
    (0x1FFFFF, "dfffff"),
    (0x200000, "e0200000"),
    (0xFFFFFFF, "efffffff"),
    (0x10000000, "f010000000"),
]


@pytest.mark.parametrize(("length", "written"), LENGTHS)
def test_a_length_is_written_in_the_fewest_bytes(length, written):
    assert encode_length(length).hex() == written


@pytest.mark.parametrize("length", [1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000, 0x400000])
def test_a_word_of_any_length_class_comes_back_whole(length):
    word = b"=x=" + b"y" * (length - 3) if length > 3 else b"y" * length
    assert SentenceReader().feed(encode_sentence(word)) == [[word.decode()]]


@given(SENTENCES, st.data())
def test_sentences_survive_any_splitting_of_the_stream(sentences, data):
    stream = b"".join(encode_sentence(*words) for words in sentences)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reader = SentenceReader()
    heard = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        heard += reader.feed(stream[start:stop])
    assert [[word.encode("latin-1") for word in words] for words in heard] == sentences
    assert reader.is_between_sentences


def test_a_stream_that_comes_byte_by_byte_is_read():
    stream = encode_sentence(b"!re", b"=a=" + b"x" * 20_000) + encode_sentence(b"!done")
    reader = SentenceReader()
    heard = [sentence for place in range(len(stream)) for sentence in reader.feed(stream[place : place + 1])]
    assert [sentence[0] for sentence in heard] == ["!re", "!done"]


@pytest.mark.parametrize("prefix", ["8005", "c00005", "e0000005", "f000000005"])
def test_a_length_that_is_longer_than_it_need_be_is_accepted(prefix):
    assert SentenceReader().feed(bytes.fromhex(prefix) + b"!done\0") == [["!done"]]


def test_a_length_of_zero_in_a_long_form_ends_the_sentence():
    assert SentenceReader().feed(b"\x05!done\x80\x00") == [["!done"]]


def test_sentences_without_words_are_ignored():
    assert SentenceReader().feed(b"\0\0\x05!done\0\0") == [["!done"]]


@pytest.mark.parametrize("byte", [0xF1, 0xF7, 0xF8, 0xFF])
def test_a_reserved_byte_in_place_of_a_length_ends_the_reading(byte):
    with pytest.raises(ContractBroken, match="reserved"):
        SentenceReader().feed(b"\x03!re" + bytes([byte]))


def test_a_word_over_the_limit_is_refused_before_it_is_received():
    announced = encode_length(wire.WORD_BYTES_MAX + 1)
    with pytest.raises(ContractBroken, match="WORD_BYTES_MAX"):
        SentenceReader().feed(announced)
    assert SentenceReader().feed(encode_length(wire.WORD_BYTES_MAX)) == []


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(data):
    with suppress(ContractBroken):
        SentenceReader().feed(data)


def test_a_cut_in_the_middle_of_a_sentence_is_known():
    reader = SentenceReader()
    reader.feed(b"\x03!re\x05=a")
    assert not reader.is_between_sentences
    reader.feed(b"=bc\0")
    assert reader.is_between_sentences
