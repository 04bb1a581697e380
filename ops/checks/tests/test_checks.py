"""`ops/test` says what failed, and fails when anything did."""

import subprocess
import sys

import pytest

from ops.checks.__main__ import Check, arguments_for_pytest, run


def test_a_check_that_fails_is_said_with_its_output(capsys: pytest.CaptureFixture[str]):
    outcome = run(Check("format", ("python", "-c", "import sys; print('line 3 is odd'); sys.exit(1)")))
    assert not outcome.is_passed
    assert "line 3 is odd" in outcome.output
    assert "FAILED" in capsys.readouterr().out


def test_a_check_that_passes_is_said_too(capsys: pytest.CaptureFixture[str]):
    assert run(Check("format", ("python", "-c", ""))).is_passed
    assert "ok" in capsys.readouterr().out


def test_tests_spread_over_the_processors_unless_told_otherwise():
    assert arguments_for_pytest(["-k", "x"], 2)[:2] == ["-n", "2"]
    assert arguments_for_pytest(["-n", "0"], 2) == ["-n", "0"]
    assert arguments_for_pytest(["--pdb"], 2) == ["--pdb"]


ONE_TEST_AND_A_FAILED_CHECK = """
import pytest
from ops.checks.__main__ import Check, Outcome, Summary
failed = Outcome(Check('lint', ()), False, 1.0, 'line 3 is odd')
pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:randomly', '.'], plugins=[Summary([failed])])
"""


def test_the_summary_stands_above_the_closing_line(tmp_path):
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    command = [sys.executable, "-c", ONE_TEST_AND_A_FAILED_CHECK]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "line 3 is odd" in said
    assert said.index("lint: failed") < said.index("1 passed")
    assert "1 passed" in said.splitlines()[-1]
