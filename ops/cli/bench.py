"""`tod bench`: what each promise costs on this machine, measured against the real servers and kept as JSON."""

import asyncio
import importlib
import inspect
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from contracts.language.errors import InvalidRequest
from ops.bench import fleet
from ops.cli.output import AsJson, complaints, print_json, print_pairs

SUITES: Final = ("poll", "project", "publish", "query", "storage")
DEFAULT_FILE: Final = Path("bench.json")


def bench(
    suites: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {', '.join((*SUITES, 'fleet'))}; all by default.")
    ] = None,
    devices: Annotated[int, typer.Option(min=1, max=20_000, help="Size of the fleet.")] = 1000,
    minutes: Annotated[float, typer.Option(min=0.2, help="How long the fleet is watched.")] = 3.0,
    save: Annotated[Path, typer.Option(help="Where the figures go.")] = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Measure, print and save. Starts servers of its own on free ports; a running installation is not touched."""
    figures: dict[str, float] = {}
    for name in suites or (*SUITES, "fleet"):
        with complaints.status(f"measuring {name}") as told:
            if name == "fleet":
                figures |= fleet.measure(devices=devices, minutes=minutes, report=told.update)
            else:
                figures |= measure(name)
    document = {"machine": machine(), "figures": figures}
    save.write_bytes(msgspec.json.format(msgspec.json.encode(document)))
    if as_json:
        print_json(document)
    else:
        print_pairs(f"Figures (saved to {save})", {name: f"{value:,.4g}" for name, value in sorted(figures.items())})


def measure(name: str) -> dict[str, float]:
    """The figures of one suite; raises InvalidRequest when there is no such suite."""
    if name not in SUITES:
        raise InvalidRequest(f"There is no bench {name!r}; there are {', '.join((*SUITES, 'fleet'))}.")
    found: Any = importlib.import_module(f"ops.bench.{name}").measure()
    figures: dict[str, float] = asyncio.run(found) if inspect.iscoroutine(found) else found
    return figures


def machine() -> dict[str, str | int]:
    """What it was measured on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
