"""Which installation a command speaks to.

The one `ops/up` made in the data folder, or the one the environment names.
"""

from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
import typer

from contracts.language.errors import InvalidRequest
from ops.embedded.site import find_site
from ops.settings import load

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="TOD_DATA_DIR", help="Where `ops/up` keeps the installation.")
]
DEFAULT_DATA_DIR: Final = Path(".tod")
Settings = TypeVar("Settings", bound=msgspec.Struct)


def settings_of(kind: type[Settings], process: str, data_dir: Path) -> Settings:
    """The settings of one process of the installation; raises InvalidRequest when there is none to be found."""
    site = find_site(data_dir)
    try:
        return load(kind, None if site is None else site.environment(process))
    except InvalidRequest as error:
        if site is not None:
            raise
        raise InvalidRequest(
            f"There is no installation in {data_dir}. Start one with `ops/up`, name its folder with --data-dir, "
            f"or set the TOD_ variables of a running one ({error.message})"
        ) from error


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
