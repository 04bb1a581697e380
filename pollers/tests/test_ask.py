import pytest
from hypothesis import given
from hypothesis import strategies as st
from librouteros.query import And, Key, Or

from contracts.language.errors import DeviceRejected, DeviceTimeout
from pollers.device import ask as ask_module
from pollers.device.ask import Ask, Reply
from pollers.device.values import readable
from pollers.device.wire import SentenceReader, encode_sentence

NAMES = (".id", "name", "mtu", "comment", "remote.address")
VALUES = st.one_of(
    st.binary(max_size=20),
    st.text(alphabet="aZ09=é€ß \0\n", max_size=20).map(str.encode),
    st.sampled_from([b"", b"a=b", b"=", b"x=y=z"]),
)
ROWS = st.lists(st.dictionaries(st.sampled_from([*NAMES, "unknown"]), VALUES), max_size=8)


def reply_of(*rows: dict[str, bytes]) -> Reply:
    reply = Reply("/x/print")
    for row in rows:
        words = [b"=%s=%s" % (name.encode(), value) for name, value in row.items()]
        reply.sentences += SentenceReader().feed(encode_sentence(b"!re", b".tag=0", *words))
    reply.is_done = True
    return reply


def words_of(ask: Ask) -> list[str]:
    return SentenceReader().feed(ask.body + b"\0")[0]


@given(ROWS)
def test_picked_fields_are_those_of_the_rows(rows):
    reply = reply_of(*rows)
    picked = Ask("/x", NAMES).pick(reply)
    assert picked == [tuple(row.get(name) for name in NAMES) for row in reply.rows()]
    assert len(picked) == len(rows)


@given(ROWS)
def test_every_row_says_what_the_device_sent(rows):
    reply = reply_of(*rows)
    assert reply.rows_in_bytes() == rows
    assert reply.rows() == [{name: readable(value.decode("latin-1")) for name, value in row.items()} for row in rows]


def test_a_single_field_is_picked_as_a_tuple_too():
    assert Ask("/x", ["name"]).pick(reply_of({"name": b"a"}, {})) == [("a",), (None,)]


def test_rows_without_attributes_are_kept():
    assert Ask("/ip/service", ("comment", "name")).pick(reply_of({}, {})) == [(None, None), (None, None)]


def test_whichever_spelling_of_a_field_comes_is_picked():
    ask = Ask("/x", ("mac-address", "signal"))
    reply = reply_of(
        {"mac-address": b"A", "signal-strength": b"-62@1Mbps"},
        {"rx-signal": b"-36", "mac-address": b"B"},
        {"mac-address": b"C", "signal": b"-47", "note": b"a=b"},
    )
    assert ask.pick(reply) == [("A", "-62@1Mbps"), ("B", "-36"), ("C", "-47")]


def test_an_ask_names_its_fields_in_all_spellings():
    assert "=.proplist=name,signal,signal-strength,rx-signal" in words_of(Ask("/x", ("name", "signal")))


def test_a_hostile_number_of_layouts_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(ask_module, "SHAPES_MAX", 4)
    ask = Ask("/x", ("name",))
    reply = reply_of(*({f"f{number}": b"1", "name": b"n%d" % number} for number in range(20)))
    assert [name for (name,) in ask.pick(reply)] == [f"n{number}" for number in range(20)]
    assert len(ask._getters) <= 4


def test_a_value_with_a_nul_is_made_storable():
    assert Ask("/x", ("name",)).pick(reply_of({"name": b"a\0b"})) == [("a\ufffdb",)]


def test_a_word_smuggled_into_a_value_stays_a_value():
    reply = reply_of({"name": b"x\x0a=mtu=9999\0", "mtu": b"1500"})
    assert Ask("/x", ("name", "mtu")).pick(reply) == [("x\n=mtu=9999\ufffd", "1500")]


def test_questions_take_the_expressions_of_librouteros():
    ask = Ask("/interface", where=(Or(Key("type") == "ether", Key("type") == "vlan"), Key("disabled") == False))  # noqa: E712 - librouteros' way
    assert words_of(ask) == ["/interface/print", "?=type=ether", "?=type=vlan", "?#|", "?=disabled=no"]
    nested = Ask("/x", where=(And(Key("a") > 1, Key("b") < 2), "?#!"))
    assert words_of(nested) == ["/x/print", "?>a=1", "?<b=2", "?#&", "?#!"]


def test_attributes_are_sent_as_routeros_wants_them():
    sent = Ask("/x/", verb="set", attributes={"disabled": True, "mtu": 1500, "comment": b"\xe4=\xf6", "once": ""})
    assert words_of(sent) == ["/x/set", "=disabled=yes", "=mtu=1500", "=comment=\xe4=\xf6", "=once="]


def test_several_traps_are_one_refusal():
    reply = Reply("/system/health/print")
    reply.add_trap(["!trap", ".tag=0", "=message=no such command or directory (health)\r\n"])
    reply.add_trap(["!trap", ".tag=0", "=category=0", "=message=no such command prefix"])
    assert reply.trap is not None
    assert reply.trap.message == "no such command or directory (health); no such command prefix"
    assert reply.trap.category == "0"
    assert reply.trap.is_no_such_menu
    assert not reply.trap.is_interrupted
    with pytest.raises(DeviceRejected, match="no such command prefix"):
        reply.rows()
    with pytest.raises(DeviceRejected):
        Ask("/system/health", ("name",)).pick(reply)


def test_a_cancelled_command_is_known_by_category_or_text():
    for words in (["!trap", "=category=2", "=message=x"], ["!trap", "=message=interrupted"]):
        reply = Reply("/x/listen")
        reply.add_trap(words)
        assert reply.trap is not None
        assert reply.trap.is_interrupted


def test_a_late_reply_is_a_timeout():
    reply = Reply("/ip/route/print")
    reply.is_late = True
    with pytest.raises(DeviceTimeout, match="/ip/route/print"):
        reply.rows()
