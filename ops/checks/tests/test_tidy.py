"""Each house rule has an example that it lets pass and one that it catches."""

from pathlib import PurePosixPath

import pytest

from ops.checks.tidy import FILE_LINES_MAX, FUNCTION_LINES_MAX, RULES, findings

ANYWHERE = "pollers/engine/rounds.py"
PURE = "projections/health.py"

EXAMPLES = {
    "short_file": (ANYWHERE, "x = 1\n" * FILE_LINES_MAX, "x = 1\n" * (FILE_LINES_MAX + 1)),
    "short_functions": (
        ANYWHERE,
        "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1),
        "async def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX,
    ),
    "environment_in_settings": (ANYWHERE, "import os\nos.getpid()\n", "import os\nx = os.environ['TOD_X']\n"),
    "no_clock_no_chance": (
        PURE,
        "from datetime import datetime\n",
        "from datetime import datetime\nx = datetime.now()\n",
    ),
    "literal_log_events": (ANYWHERE, "log.info('round.finished', n=1)\n", "log.info(f'round {n} finished')\n"),
    "limits_end_in_max": (ANYWHERE, "BATCH_MAX = 3\n", "MAX_BATCH = 3\n"),
    "no_machine_path": (ANYWHERE, "x = '/opt'\n", "x = '/root/tod'\n"),
}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_lets_the_good_example_pass(rule: str):
    path, good, _ = EXAMPLES[rule]
    assert findings(PurePosixPath(path), good) == []


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_catches_the_bad_example(rule: str):
    path, _, bad = EXAMPLES[rule]
    assert len(findings(PurePosixPath(path), bad)) == 1


def test_a_file_name_must_tell_what_the_file_owns():
    assert findings(PurePosixPath("pollers/engine/lease.py"), "") == []
    assert len(findings(PurePosixPath("pollers/engine/utils.py"), "")) == 1


def test_every_rule_has_an_example():
    assert {rule.__name__ for rule in RULES} == {*EXAMPLES, "telling_name"}


@pytest.mark.parametrize("line", ["import time", "from random import choice", "x = uuid4()", "x = time.monotonic()"])
def test_a_pure_module_knows_neither_clock_nor_chance(line: str):
    assert findings(PurePosixPath("commands/devices/decide.py"), line)
    assert findings(PurePosixPath("contracts/language/codec.py"), line)
    assert not findings(PurePosixPath("commands/engine/worker.py"), line)
    assert not findings(PurePosixPath("commands/tests/test_devices.py"), line)


@pytest.mark.parametrize("event", ["'Round finished'", "'finished'", "name", "'a.' + name"])
def test_a_log_event_is_a_literal_noun_and_state(event: str):
    assert findings(PurePosixPath(ANYWHERE), f"log.warning({event})")


def test_the_settings_may_read_the_environment():
    assert findings(PurePosixPath("ops/settings.py"), "import os\nx = os.environ\n") == []
