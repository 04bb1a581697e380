import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.query import Query
from ops.simulator.traps import Trap

ETHER = {"name": "ether1", "type": "ether", "rx-byte": "900", "comment": "", "disabled": "false", "uptime": "1d2h"}


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        (("name",), True),
        (("-name",), False),
        (("-vlan-id",), True),
        (("type=ether",), True),
        (("=type=ether",), True),
        (("type=vlan",), False),
        (("comment=",), True),
        (("disabled=no",), True),
        (("<rx-byte=1000",), True),
        ((">rx-byte=1000",), False),
        ((">uptime=23h",), True),
        (("type=ether", "type=vlan", "#|"), True),
        (("type=ether", "disabled=true"), False),
        (("type=vlan", "#!"), True),
        (("type=ether", "#!", "name=ether1", "#&"), False),
        (("type=vlan", "name=ether1", "#0"), True),
        (("type=vlan", "name=ether1", "#1"), False),
        (("type=ether", "type=vlan", "#1.", "#|", "#|"), True),
        ((), True),
    ],
)
def test_query_words_mean_what_the_manual_says(words, holds):
    assert Query(words).holds(ETHER) is holds


def test_an_operator_finds_true_below_the_bottom_of_the_stack():
    assert Query(("type=ether", "#&")).holds(ETHER)


def test_a_word_of_unknown_operators_is_refused():
    with pytest.raises(Trap):
        Query(("#x",))


@given(st.lists(st.sampled_from(["type=ether", "type=vlan", "#|", "#&", "#!", "-name", "#0", "#1"]), max_size=12))
def test_no_sequence_of_query_words_breaks_a_router(words):
    assert Query(tuple(words)).holds(ETHER) in {True, False}
