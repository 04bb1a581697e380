"""The grammar of subjects."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.language.errors import ContractBroken
from contracts.language.subject import Kind, Subject, build, entity_filter, kind_filter, live_subject, parse

TENANT = UUID("3f2c8d1e-5b7a-4c9d-8e10-2a6b4c8d0e12")
tokens = st.from_regex(r"[A-Za-z0-9_\-]{1,40}", fullmatch=True)


@given(tenant=st.uuids(), kind=st.sampled_from(Kind), word=tokens, what=tokens, entity=tokens)
def test_a_subject_comes_apart_into_what_it_was_built_from(tenant, kind, word, what, entity):
    subject = build(tenant, kind, f"{word}.{what}", entity)
    assert parse(subject) == Subject(tenant, kind, word, entity, what)
    assert str(parse(subject)) == subject


@given(entity=st.text().filter(lambda text: not text or any(char in text for char in ". *>\t\r\n äß/")))
def test_a_token_that_would_split_or_widen_a_subject_is_refused(entity):
    with pytest.raises(ContractBroken):
        build(TENANT, Kind.FACT, "devices.added", entity)


@pytest.mark.parametrize(
    "subject",
    ["", "tod", "tod.x.fact.devices.a.added", f"tod.{TENANT}.gossip.devices.a.added", f"tod.{TENANT}.fact.devices"],
)
def test_foreign_subjects_are_refused(subject):
    with pytest.raises(ContractBroken):
        parse(subject)


def test_filters_are_what_permissions_are_written_with():
    assert entity_filter(TENANT, Kind.FACT, "devices", "a") == f"tod.{TENANT}.fact.devices.a.>"
    assert kind_filter(Kind.FACT) == "tod.*.fact.>"
    assert kind_filter(Kind.FACT, "devices", TENANT) == f"tod.{TENANT}.fact.devices.>"
    assert live_subject(TENANT, "devices") == f"tod.{TENANT}.live.devices"
