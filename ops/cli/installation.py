"""Which installation a command speaks to.

The one `ops/up` made in the data folder, or the one the environment names.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from contracts.language.errors import InvalidRequest
from ops.embedded.site import find_site

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="TOD_DATA_DIR", help="Where `ops/up` keeps the installation.")
]
DEFAULT_DATA_DIR: Final = Path(".tod")


def environment(process: str, data_dir: Path) -> Mapping[str, str]:
    """The `TOD_` variables of one process; raises InvalidRequest when there is no installation to be found."""
    if (site := find_site(data_dir)) is not None:
        return {**site.environment(process), **{k: v for k, v in os.environ.items() if k == "TOD_LOG_LEVEL"}}
    if "TOD_NATS_URL" in os.environ:
        return os.environ
    raise InvalidRequest(
        f"There is no installation in {data_dir}. Start one with `ops/up`, name its folder with --data-dir, "
        "or set the TOD_ variables of a running one."
    )


class Running(msgspec.Struct, frozen=True):
    """One process of the installation that runs on this machine."""

    name: str
    pid: int
    memory_bytes: int


def running(data_dir: Path) -> list[Running]:
    """The child processes of `ops/up`, with the memory that each really takes (proportional set size where told)."""
    found = []
    for path in sorted((data_dir / "run").glob("*.pid")):
        pid = int(path.read_text(encoding="ascii").split()[0])
        if (size := _tree_bytes(pid)) > 0:
            found.append(Running(path.stem, pid, size))
    return found


def _tree_bytes(pid: int) -> int:
    """The memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        below = [int(child) for child in children.read_text(encoding="ascii").split()]
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    return own + sum(_tree_bytes(child) for child in below)
