"""What is said about a body that is wrong: where, and in words."""

import msgspec
import pytest

from contracts.language.text import IN_WORDS
from contracts.settings import SetMailServer
from contracts.users import InviteUser
from contracts.users.shapes import Email, PersonName
from gateway.http.bodies import complaint_of

ANYTHING = {"host": "a", "port": 1, "security": "tls", "setting": "mail"}


class Body(msgspec.Struct):
    email: Email
    person: PersonName


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "a,b@example.net", "person": "A"}, "Expected an e-mail address like ada@example.net - at `$.email`"),
        ({"email": "a@example.net", "person": "A\n"}, "Expected one line of text, without blanks around it"),
    ],
)
def test_who_writes_an_address_or_a_name_wrongly_reads_words_and_no_pattern(fields, said):
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(fields, Body)
    assert complaint_of(error.value).startswith(said)
    assert "regex" not in complaint_of(error.value)


def test_a_sender_is_spoken_of_in_the_same_words():
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(ANYTHING | {"sender": "nobody"}, SetMailServer)
    assert "an e-mail address like" in complaint_of(error.value)


def test_every_pattern_with_words_is_one_that_people_write_in():
    kinds = (*InviteUser.plain.values(), Email)
    assert set(IN_WORDS) == {kind.__metadata__[0].pattern for kind in kinds}
