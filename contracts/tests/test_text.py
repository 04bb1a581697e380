"""Names and addresses: whatever is let in can stand in the head of a letter, and goes to one recipient."""

import re
from email.message import EmailMessage
from email.utils import formataddr

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.language.text import LINE, MAIL_ADDRESS


def is_line(text: str) -> bool:
    return re.search(LINE, text) is not None


def is_address(text: str) -> bool:
    return re.search(MAIL_ADDRESS, text) is not None


def to(name: str, address: str) -> EmailMessage:
    message = EmailMessage()
    message["To"] = formataddr((name, address))
    return message


@pytest.mark.parametrize("name", ["Ada", "Ada Łovelace", "مريم", "O'Brien, Pat", "“Grace”", "李", "a"])
def test_people_are_called_what_they_are_called(name):
    assert is_line(name)


@pytest.mark.parametrize("name", ["", " Ada", "Ada ", "Ada\n", "A\rB", "A\x00", "A\x85B", "A\u2028B", "Ada\u202eadA"])
def test_a_name_is_one_line_that_looks_like_what_it_is(name):
    assert not is_line(name)


@pytest.mark.parametrize("address", ["ada@example.net", "o'x+tod@a-b.example", "admin@localhost", "ADA@10.0.0.1"])
def test_addresses_that_people_have_are_taken(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    ["a,b@example.net", "a<b>@c.d", "a;b@c", '"a@b', "(a)@b", "a..b@c", "a@b..c", "a@-b", "a@b\n", "@b", "a@"],
)
def test_an_address_that_a_letter_would_have_to_quote_is_refused(address):
    assert not is_address(address)


@given(name=st.text(max_size=40), address=st.from_regex(MAIL_ADDRESS))
def test_what_is_let_in_goes_to_one_recipient_and_no_other(name, address):
    assume(is_line(name) and is_address(address))
    (recipient,) = to(name, address)["To"].addresses
    assert recipient.addr_spec == address
