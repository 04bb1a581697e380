"""The house rules that no linter knows. Each rule reads one file and says what is wrong, with the line.

Run alone with `python -m ops.checks.tidy`. Every rule has a good and a bad example in its test.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("contracts", "commands", "projections", "pollers", "gateway", "migrations", "ops")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
FORBIDDEN_NAMES = frozenset(
    ("utils", "helpers", "common", "misc", "base", "core", "manager", "service", "main", "models", "types", "constants")
)
READS_ENVIRONMENT = frozenset(
    (
        "ops/settings.py",  # the one reader of settings
        "ops/embedded/child.py",  # hands PATH on to a child
        "ops/testing/corpus.py",  # where recordings of real routers lie, if they are here at all
    )
)
CLOCK_AND_CHANCE = frozenset(("time", "random", "secrets"))
CLOCK_AND_CHANCE_CALLS = frozenset(
    ("now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "urandom", "monotonic", "time_ns")
)
PURE_EXCEPT = frozenset(("engine", "tests", "catalog"))
LOG_METHODS = frozenset(("debug", "info", "warning", "error", "exception", "critical"))
LOG_EVENT = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
LIMIT_BACKWARDS = re.compile(r"(MAX_\w+|max_\w+|\w+_LIMIT|\w+_limit)")
MACHINE_PATH = re.compile(r"""["' (](/root/|/home/|/Users/)""")


class Source(msgspec.Struct, frozen=True):
    """One Python file, read once for all rules."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        """Whether it only runs as a test."""
        return "tests" in self.path.parts

    @property
    def is_pure(self) -> bool:
        """Whether it decides, projects or names things, and so may know neither clock nor chance."""
        package, *rest = self.path.parts
        if self.is_test or package not in {"contracts", "commands", "projections"}:
            return False
        return package == "contracts" or PurePosixPath(rest[0]).stem not in PURE_EXCEPT


Finding = tuple[int, str]
Rule = Callable[[Source], Iterator[Finding]]


def short_file(source: Source) -> Iterator[Finding]:
    """A file has at most FILE_LINES_MAX lines."""
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield (
            FILE_LINES_MAX,
            f"the file has {lines} lines, at most {FILE_LINES_MAX} are allowed: split it by what it owns",
        )


def short_functions(source: Source) -> Iterator[Finding]:
    """A function has at most FUNCTION_LINES_MAX lines."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines, at most {FUNCTION_LINES_MAX} are allowed"


def telling_name(source: Source) -> Iterator[Finding]:
    """A file is called by what it owns, not by what it is made of."""
    if source.path.stem in FORBIDDEN_NAMES:
        yield 1, f"{source.path.name} could hold anything; name it by what it owns"


def environment_in_settings(source: Source) -> Iterator[Finding]:
    """Only the settings read the environment."""
    if source.is_test or str(source.path) in READS_ENVIRONMENT:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            yield node.lineno, "the environment is read in ops/settings.py only; take the value as an argument"


def no_clock_no_chance(source: Source) -> Iterator[Finding]:
    """Deciders, projections and contracts take time and ids from the event."""
    if not source.is_pure:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in CLOCK_AND_CHANCE.intersection(_imported(node)):
                yield node.lineno, f"{name} in a pure module: time and ids come in with the event"
        elif isinstance(node, ast.Call) and _called(node) in CLOCK_AND_CHANCE_CALLS:
            yield node.lineno, f"{_called(node)}() in a pure module: time and ids come in with the event"


def literal_log_events(source: Source) -> Iterator[Finding]:
    """A log line opens with a literal event name, noun.state, so that it can be searched for and counted."""
    if source.is_test:
        return
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id in {"log", "_log", "logger"}:
            event = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if not isinstance(event, str) or not LOG_EVENT.fullmatch(event):
                yield node.lineno, "a log event is a literal of the form noun.state; what varies is passed by name"


def limits_end_in_max(source: Source) -> Iterator[Finding]:
    """A number that limits is found by one word: its name ends in _max."""
    for node in source.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and LIMIT_BACKWARDS.fullmatch(target.id):
                yield node.lineno, f"{target.id} limits something: let its name end in _max"


def no_machine_path(source: Source) -> Iterator[Finding]:
    """Nothing in the project names a folder of the machine it was written on."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if str(source.path) != "ops/checks/tidy.py" and not source.is_test and MACHINE_PATH.search(line):
            yield number, "this names a folder of one machine"


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in names}


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


RULES: tuple[Rule, ...] = (
    short_file,
    short_functions,
    telling_name,
    environment_in_settings,
    no_clock_no_chance,
    literal_log_events,
    limits_end_in_max,
    no_machine_path,
)


def findings(path: PurePosixPath, text: str) -> list[Finding]:
    """Return what all rules say about one file."""
    source = Source(path, text, ast.parse(text))
    return sorted(finding for rule in RULES for finding in rule(source))


def tidy(root: Path = ROOT) -> list[str]:
    """Return every finding in the checkout, one line each."""
    return [
        f"{path.relative_to(root)}:{line}: {complaint}"
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
        for line, complaint in findings(PurePosixPath(path.relative_to(root).as_posix()), path.read_text())
    ]


if __name__ == "__main__":
    complaints = tidy()
    sys.stdout.write("".join(f"{complaint}\n" for complaint in complaints))
    sys.exit(bool(complaints))
