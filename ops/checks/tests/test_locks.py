"""The lock files are cut from one set, say the same as pyproject, and hold no address."""

import re
import tomllib

import pytest

from ops.checks.tidy import ROOT

LOCKS = {path.stem: path.read_text() for path in (ROOT / "ops" / "locks").glob("*.txt")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "run": PROJECT["dependencies"],
    "embedded": [*PROJECT["dependencies"], *EXTRAS["embedded"]],
    "dev": [*PROJECT["dependencies"], *EXTRAS["embedded"], *EXTRAS["dev"], *EXTRAS["build"]],
    "build": EXTRAS["build"],
}


def pins(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return version and digests by package."""
    found = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        first = re.match(r"([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", block, re.IGNORECASE)
        assert first is not None, block
        found[first[1].lower()] = (first[2], frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)))
    return found


def test_there_is_a_lock_for_every_purpose():
    assert LOCKS.keys() == WANTED.keys()


@pytest.mark.parametrize("name", WANTED)
def test_what_the_project_asks_for_is_locked_at_that_version(name: str):
    locked = pins(LOCKS[name])
    for requirement in WANTED[name]:
        package, version = re.sub(r"\[.*]", "", requirement).lower().split("==")
        assert locked[package][0] == version


@pytest.mark.parametrize("name", WANTED)
def test_a_package_has_one_version_and_one_set_of_digests_everywhere(name: str):
    everything = pins(LOCKS["dev"])
    assert all(everything[package] == pin for package, pin in pins(LOCKS[name]).items())


@pytest.mark.parametrize("name", WANTED)
def test_every_package_has_a_digest_and_no_lock_holds_an_address(name: str):
    assert all(digests for _, digests in pins(LOCKS[name]).values())
    assert "://" not in LOCKS[name]
    assert "@" not in LOCKS[name]


def test_every_requirement_names_one_version():
    for requirement in WANTED["dev"]:
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z]+\])?==[0-9a-z.]+", requirement), requirement
