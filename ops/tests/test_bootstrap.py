"""The first step on a bare machine: with an empty lock, so that no package is fetched."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops import bootstrap
from ops.checks.tidy import ROOT

REPORT = """
import sys
print(sys.prefix, *sys.argv[1:], sep="|")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of nothing but the first step, with a module to become, in a folder with a blank in its name."""
    root = tmp_path / "a checkout"
    (root / "ops" / "locks").mkdir(parents=True)
    shutil.copy(ROOT / "ops" / "bootstrap.py", root / "ops")
    for lock in ("build", "embedded", "dev"):
        (root / "ops" / "locks" / f"{lock}.txt").write_text("# nothing\n")
    (root / "ops" / "report.py").write_text(REPORT)
    return root


def start(checkout: Path, lock: str = "embedded") -> "subprocess.Popen[str]":
    command = [sys.executable, str(checkout / "ops" / "bootstrap.py"), lock, "ops.report", "--port", "a b"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")


def test_two_that_start_at_once_make_one_environment_and_both_run(checkout: Path):
    first, second = start(checkout), start(checkout)
    outputs = [process.communicate() for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], outputs
    assert {said for said, _ in outputs} == {f"{checkout / '.venv'}|--port|a b\n"}
    assert sum("making .venv" in told for _, told in outputs) == 1

    again, told = start(checkout).communicate()
    assert again
    assert told == "", "nothing is installed twice"

    _, told = start(checkout, "dev").communicate()
    assert "making .venv" not in told, "a second lock comes on top"
    assert "dev.txt" in told

    (checkout / "ops" / "locks" / "embedded.txt").write_text("# something else\n")
    _, told = start(checkout).communicate()
    assert "making .venv" in told, "a changed lock is a new environment"


def test_a_python_that_cannot_make_environments_is_told_with_the_package_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(bootstrap, "CAN_MAKE_VENV", "raise SystemExit(1)")
    with pytest.raises(SystemExit, match=r"apt-get install python3\.\d+-venv"):
        bootstrap.able_python()


def test_a_python_that_is_too_old_is_told_with_one_that_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(bootstrap, "CAN_MAKE_VENV", "raise SystemExit(1)")
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    with pytest.raises(SystemExit, match=r"newer, this is 3\.\d+: apt-get install python3\.11 python3\.11-venv"):
        bootstrap.able_python()


def test_a_failing_installation_ends_with_what_the_tool_said():
    with pytest.raises(SystemExit, match=r"(?s)failed:.*no matching digest"):
        bootstrap.run([sys.executable, "-c", "print('no matching digest'); raise SystemExit(1)"])


def test_the_doors_are_executable_and_pass_their_arguments_on():
    for door in ("ops/up", "ops/test", ".ci/run"):
        assert (ROOT / door).stat().st_mode & 0o111
        assert '"$@"' in (ROOT / door).read_text()
