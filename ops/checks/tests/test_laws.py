"""Whoever breaks a law of the house is told: each is broken on purpose in a copy, and what guards it fails."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.checks.tidy import ROOT

BIN = Path(sys.executable).parent
PACKAGES = ("contracts", "commands", "projections", "pollers", "gateway", "migrations", "ops")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house once more, to break things in."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(copy: Path, *command: str) -> tuple[int, str]:
    """The status and output of a check in the copy, which stands before this house on the path."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": str(BIN), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def add(copy: Path, path: str, line: str) -> None:
    """Put a line at the end of a file."""
    with (copy / path).open("a", encoding="utf-8") as file:
        file.write(f"\n\n{line}\n")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pollers/health.py", "import asyncpg"),
        ("gateway/routes/health.py", "import commands.devices"),
        ("commands/devices/decide.py", "import time"),
        ("projections/health.py", "import random"),
        ("contracts/health.py", "import structlog"),
        ("gateway/http/live.py", "import nats"),
        ("projections/devices.py", "import projections.health"),
    ],
)
def test_a_forbidden_import_fails(copy, path, line):
    add(copy, path, line)
    status, said = run(copy, "lint-imports", "--no-cache")
    assert status != 0, said
    assert "BROKEN" in said


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("commands/devices/decide.py", "def now():\n    return __import__('datetime').datetime.now()"),
        ("gateway/http/live.py", "import os\nDEBUG = os.environ.get('DEBUG')"),
    ],
)
def test_a_clock_in_a_decider_and_the_environment_elsewhere_fail(copy, path, line):
    add(copy, path, line)
    status, said = run(copy, "python", "-m", "ops.checks.tidy")
    assert status != 0, said
    assert path in said


def test_the_copy_as_it_is_breaks_nothing(copy):
    status, said = run(copy, "lint-imports", "--no-cache")
    assert status == 0, said
    status, said = run(copy, "python", "-m", "ops.checks.tidy")
    assert status == 0, said


CHANGED = """
import pathlib, pytest
path = pathlib.Path("contracts/tests/golden/devices.added.v1.json")
path.write_text(path.read_text().replace("{", "{ ", 1))
options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
raise SystemExit(pytest.main([*options, "contracts/tests/test_evolution.py"]))
"""


def test_a_changed_golden_example_fails(copy):
    status, said = run(copy, "python", "-c", CHANGED)
    assert status != 0
    assert "test_no_golden_example_was_changed_or_taken_away" in said, said
