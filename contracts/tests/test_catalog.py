"""The catalog as a whole: names, subjects, commands, streams, and no secret in the clear."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from contracts.catalog import COMMANDS, MESSAGES, SLICES
from contracts.language.access import MATRIX, Permission, Role
from contracts.language.message import Command
from contracts.language.sealed import Sealed
from contracts.language.streams import BY_KIND, CONSUMERS, LEDGER, OBSERVATIONS, STREAMS
from contracts.language.subject import Kind

EVERYTHING = (*MESSAGES, *(spec.command for spec in COMMANDS))


@pytest.mark.parametrize("shape", EVERYTHING, ids=lambda shape: shape.name)
def test_a_message_is_named_after_its_slice_and_has_a_stream(shape):
    assert shape.name.partition(".")[0] == shape.__module__.rpartition(".")[2]
    assert shape.kind in BY_KIND
    assert shape.__doc__
    fields = set(shape.__struct_fields__)
    assert shape.entity in fields or (shape.kind is Kind.OBSERVATION and not shape.entity)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.command.name)
def test_a_command_says_how_it_is_asked_for(spec):
    assert issubclass(spec.command, Command)
    parameters = [part.split(":")[0].strip("{}") for part in spec.path.split("/") if part.startswith("{")]
    assert set(parameters) <= set(spec.command.__struct_fields__)
    assert spec.creates == (spec.command.entity not in {*parameters, *spec.command.given})
    assert any(spec.permission in allowed for allowed in MATRIX.values())


def secret_fields(shape: type[Any]) -> list[tuple[str, Any]]:
    words = ("password", "secret", "token", "private_key", "passphrase")
    return [(f.name, f.type) for f in msgspec.structs.fields(shape) if any(word in f.name for word in words)]


@pytest.mark.parametrize("word", SLICES, ids=lambda word: word.__name__)
def test_a_field_that_is_called_like_a_secret_is_sealed(word):
    asked = {shape for question in getattr(word, "QUESTIONS", ()) for shape in (question, question.answer)}
    structs = [
        value
        for value in vars(word).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value not in asked  # never in the log
    ]
    for shape in structs:
        for name, kind in secret_fields(shape):
            assert kind in (Sealed, Sealed | None), f"{shape.__name__}.{name} would be readable in the log"


def test_sealed_text_never_prints():
    sealed = Sealed("tenant-x", "vault:v1:abc")
    assert "abc" not in f"{sealed} {sealed!r} {[sealed]}"


def test_the_ledger_is_safe_and_observations_are_bounded():
    assert LEDGER.is_immutable
    assert LEDGER.is_atomic
    assert not LEDGER.is_async
    assert not LEDGER.has_schedules
    assert OBSERVATIONS.bytes_max > 0
    assert OBSERVATIONS.max_age_seconds > 0
    assert all(not stream.has_schedules for stream in STREAMS if stream.is_immutable)


def test_consumers_of_a_work_queue_do_not_overlap():
    queues = [spec for spec in CONSUMERS if spec.stream == "JOBS"]
    subjects = [subject for spec in queues for subject in spec.subjects]
    assert len(subjects) == len(set(subjects))


def test_nobody_may_more_than_the_role_above():
    order = (Role.SUPER_ADMIN, Role.TENANT_ADMIN, Role.OPERATOR, Role.VIEWER)
    for above, below in pairwise(order):
        assert MATRIX[below] < MATRIX[above]
    assert MATRIX[Role.SUPER_ADMIN] == set(Permission)
