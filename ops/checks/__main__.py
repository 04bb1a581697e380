"""`ops/test`: every check, then every test, each check said as it ends. Arguments go to pytest.

The checks run beside each other; what they found stands in the summary just above pytest's closing line. A failed check
fails the whole, even when every test passes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from ops.checks.tidy import ROOT

BIN = Path(sys.executable).parent
WORKERS_MAX = 4
"""Test processes at once; each has four servers of its own, some 200 MB."""


class Check(msgspec.Struct, frozen=True):
    """One thing that is looked at, by a program that ends with 0 when all is well."""

    name: str
    command: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """How a check ended, and what it said."""

    check: Check
    is_passed: bool
    seconds: float
    output: str


MIGRATIONS = tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "migrations").glob("*.sql")))
UNFIT = "require-lock-timeout,require-statement-timeout,prefer-bigint-over-int"
"""Rules for migrations that do not fit: who runs them sets both timeouts, and people count versions and generations."""
CHECKS = (
    Check("types", ("mypy", "--no-error-summary", ".")),
    Check("format", ("ruff", "format", "--check", "--quiet", ".")),
    Check("lint", ("ruff", "check", "--quiet", ".")),
    Check("import contracts", ("lint-imports",)),
    Check("dependencies", ("deptry", ".")),
    Check("house rules", ("python", "-m", "ops.checks.tidy")),
    Check("migrations", ("squawk", "--pg-version=17", "--assume-in-transaction", f"--exclude={UNFIT}", *MIGRATIONS)),
)


class Summary:
    """Puts the outcomes of the checks at the end of pytest's report."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = outcomes

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write a section with a line per check, after the complaints of those that failed."""
        for outcome in self.outcomes:
            if not outcome.is_passed:
                terminalreporter.section(f"{outcome.check.name}: failed", red=True)
                terminalreporter.write_line(outcome.output.strip())
        terminalreporter.section("checks")
        for outcome in self.outcomes:
            terminalreporter.write_line(in_words(outcome), red=not outcome.is_passed)


def run(check: Check) -> Outcome:
    """Run one check and say how it ended."""
    begun = time.monotonic()
    program, *arguments = check.command
    done = subprocess.run(  # noqa: S603 - our own tools
        [str(BIN / program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    outcome = Outcome(check, done.returncode == 0, time.monotonic() - begun, done.stdout + done.stderr)
    sys.stdout.write(f"{in_words(outcome)}\n")
    sys.stdout.flush()
    return outcome


def in_words(outcome: Outcome) -> str:
    """Return one line about an outcome."""
    return f"{outcome.check.name:<20} {'ok' if outcome.is_passed else 'FAILED':<8} {outcome.seconds:5.1f} s"


def arguments_for_pytest(given: Sequence[str], processors: int) -> list[str]:
    """Return the arguments, with a test process for each processor unless they say otherwise or ask for a debugger."""
    has_choice = any(each.startswith(("-n", "--numprocesses", "--pdb")) or "no:xdist" in each for each in given)
    return list(given) if has_choice else ["-n", str(min(processors, WORKERS_MAX)), "--dist", "worksteal", *given]


def main() -> int:
    """Run everything; 0 only when all of it passed."""
    os.chdir(ROOT)
    processors = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(processors) as pool:
        outcomes = list(pool.map(run, CHECKS))
    status = pytest.main(arguments_for_pytest(sys.argv[1:], processors), plugins=[Summary(outcomes)])
    return int(status) or int(not all(outcome.is_passed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
