"""Make `.venv` what the lock files say, then become a module in it: the first step of `ops/up` and `ops/test`.

Runs on the system's Python with nothing installed, and is readable by an old one so that it can say what is missing.
Usage: `python3 ops/bootstrap.py LOCK MODULE [ARGUMENTS]`. Only pinned files with the locked digests are installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "tod-installed.json"
LOCKS = ROOT / "ops" / "locks"
BUILD = "build"
"""The lock of what builds the one dependency that comes as source; installed before any other."""
SOURCE_ONLY = "nkeys"
OLDEST = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14")
CAN_MAKE_VENV = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
OUTPUT_LINES_SHOWN = 15

COMMAND = """\
#!/bin/sh
exec "$(dirname -- "$(readlink -f -- "$0")")/python" -P -c \\
  'import sys; sys.argv[0] = "tod"; from ops.cli import main; sys.exit(main())' "$@"
"""


def bootstrap(lock: str, module: str, arguments: list[str]) -> NoReturn:
    """Install the lock if it is not installed yet, then run the module in place of this process."""
    python = able_python()
    if lock not in installed():
        with one_at_a_time():
            install(python, lock)
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", module, *arguments])  # noqa: S606 - becoming it is the purpose


def able_python() -> str:
    """Return a Python that is new enough and can make a virtual environment; end with one line of advice if none is."""
    if PYTHON.exists() and installed():
        return str(PYTHON)
    found = [path for path in (sys.executable, *map(shutil.which, CANDIDATES)) if path]
    for path in found:
        if subprocess.run([path, "-c", CAN_MAKE_VENV], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return path
    version = "{}.{}".format(*sys.version_info)
    if sys.version_info >= OLDEST:
        sys.exit(f"Python {version} cannot make virtual environments here: apt-get install python{version}-venv")
    sys.exit(f"TOD needs Python 3.11 or newer, this is {version}: apt-get install python3.11 python3.11-venv")


def digest(lock: str) -> str:
    """Return what identifies an installation: the lock's content, and where it stands, since it cannot be moved."""
    content = (LOCKS / f"{lock}.txt").read_bytes()
    return hashlib.sha256(content + os.fsencode(VENV)).hexdigest()


def installed() -> list[str]:
    """Return the locks that are installed as they are now; none when anything installed has changed since."""
    try:
        stamps = json.loads(STAMP.read_text())
        is_current = all(digest(lock) == stamp for lock, stamp in stamps.items())
    except (OSError, ValueError):
        return []
    return list(stamps) if is_current else []


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let no second bootstrap of this checkout in; it waits, and finds the work done."""
    with (ROOT / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another installation in this checkout to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(python: str, lock: str) -> None:
    """Bring the environment to the lock: on top of what is there when that is current, from nothing otherwise."""
    locks = installed()
    if lock in locks:
        return
    if not locks:
        say("making .venv")
        STAMP.unlink(missing_ok=True)
        run([python, "-m", "venv", "--clear", str(VENV)])
        pip_install(BUILD)
        locks = [BUILD]
    pip_install(lock)
    make_importable()
    STAMP.write_text(json.dumps({name: digest(name) for name in [*locks, lock]}))


def pip_install(lock: str) -> None:
    """Install exactly what a lock lists; a file with another digest, and anything that needs a compiler, is refused."""
    path = LOCKS / f"{lock}.txt"
    count = sum(line[:1].isalnum() for line in path.read_text().splitlines())
    say(f"installing what {path.relative_to(ROOT)} lists ({count})")
    options = ["--no-deps", "--require-hashes", "--no-build-isolation", "--disable-pip-version-check", "--no-input"]
    kinds = ["--only-binary=:all:", f"--no-binary={SOURCE_ONLY}"]
    run([str(PYTHON), "-m", "pip", "install", *options, *kinds, "-r", str(path)], count=count)


def make_importable() -> None:
    """Put the checkout on the environment's path, and the command line at `.venv/bin/tod`."""
    (site_packages,) = VENV.glob("lib/python3*/site-packages")
    (site_packages / "tod.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "tod"
    command.write_text(COMMAND)
    command.chmod(0o755)


def run(command: list[str], count: int = 0) -> None:
    """Run a command, counting pip's packages on one line; end with the last of its output if it fails."""
    lines: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as process:  # noqa: S603
        for line in process.stdout or ():
            lines.append(line)
            if count and sys.stderr.isatty() and line.startswith(("Collecting ", "Installing collected")):
                seen += 1
                step = f"{seen}/{count}" if seen <= count else "unpacking"
                sys.stderr.write(f"\r\033[K  {step} {' '.join(line.split()[1:2])}")
                sys.stderr.flush()
    if count and sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    if process.returncode != 0:
        sys.exit(f"{' '.join(command[1:4])} failed:\n{''.join(lines[-OUTPUT_LINES_SHOWN:])}")


def say(text: str) -> None:
    """Tell the person who waits what is going on."""
    sys.stderr.write(f"bootstrap: {text}\n")


if __name__ == "__main__":
    bootstrap(sys.argv[1], sys.argv[2], sys.argv[3:])
