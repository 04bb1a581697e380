"""What was published stays readable, for ever."""

import hashlib
import json
from pathlib import Path

import pytest

from contracts.catalog import CODEC, COMMANDS, MESSAGES
from contracts.language.codec import body, part_name, type_name
from contracts.language.envelope import from_headers
from contracts.language.subject import parse

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))}
SHAPES = {part_name(shape): shape for shape in (*MESSAGES, *(spec.command for spec in COMMANDS))}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_golden_example_ever_published_still_decodes(name):
    example = EXAMPLES[name]
    message = CODEC.decode_body(example["headers"]["ce-type"], json.dumps(example["body"]).encode())
    assert message is not None, f"{name} was published and cannot be read any more"
    assert parse(example["subject"]).word == message.name.partition(".")[0]
    assert from_headers(example["headers"]).id
    if type_name(type(message)) == example["headers"]["ce-type"]:
        assert json.loads(body(message)) == example["body"]


def test_every_message_has_a_golden_example_of_its_version():
    assert set(SHAPES) <= set(EXAMPLES), "write contracts/tests/golden/<name>.v<version>.json for what is new"


def test_no_golden_example_was_changed_or_taken_away():
    lines = (GOLDEN / "seals.txt").read_text(encoding="ascii").splitlines()
    sealed = {name: digest for digest, name in map(str.split, lines)}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in GOLDEN.glob("*.json")}
    assert found == sealed, "published is published: make a new version instead (or seal a new example by generating)"
