"""Generated files say what the code says."""

from ops.checks import generate


def test_generated_files_are_fresh():
    assert generate.stale() == [], "run `python -m ops.checks.generate`"
