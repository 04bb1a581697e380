"""`tod rebuild` and `tod verify`: read models built anew from the log beside the live ones, and held against them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress as Bar

from contracts.catalog import CODEC
from contracts.language.errors import NotFound
from migrations.grants import inbox
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, settings_of
from ops.cli.output import AsJson, console, print_json, progress
from ops.connections.nats import NatsBus, connect
from ops.settings import ProjectionsSettings
from projections.catalog import PROJECTIONS
from projections.engine.connection import Connect, open_connection
from projections.engine.projection import Projection
from projections.engine.rebuild import Progress, Rebuilt
from projections.engine.rebuild import rebuild as build_anew

DIFFERENCES_SHOWN_MAX: Final = 5
Models = Annotated[list[str] | None, typer.Argument(help="Names of read models, as `tod lag` shows them.")]
Everything = Annotated[bool, typer.Option("--all", help="All of them, one after the other.")]


def rebuild(
    models: Models = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    everything: Everything = False,
    accept_differences: Annotated[bool, typer.Option(help="Swap even if the rows are not those of before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill new generations beside the live ones while everything goes on, compare, and swap. Changes the database."""
    _run(models, data_dir, everything=everything, accepts=accept_differences, compares=False, is_json=as_json)


def verify(
    models: Models = None, data_dir: DataDir = DEFAULT_DATA_DIR, everything: Everything = False, as_json: AsJson = False
) -> None:
    """Build on the side, say whether the rows are identical, and throw it away."""
    _run(models, data_dir, everything=everything, accepts=False, compares=True, is_json=as_json)


def _run(
    models: list[str] | None, data_dir: Path, *, everything: bool, accepts: bool, compares: bool, is_json: bool
) -> None:
    chosen = chosen_of(models or [], everything=everything)
    done = asyncio.run(_build(chosen, data_dir, accepts=accepts, compares=compares))
    if is_json:
        print_json({name: _summary(rebuilt) for name, rebuilt in done.items()})
    else:
        for name, rebuilt in done.items():
            _show(name, rebuilt)
    raise typer.Exit(code=1 if any(rebuilt.differences for rebuilt in done.values()) and not accepts else 0)


def chosen_of(names: Sequence[str], *, everything: bool) -> list[Projection]:
    """The read models that are meant; raises NotFound for a name that is none."""
    known = {projection.name: projection for projection in PROJECTIONS}
    unknown = [name for name in names if name not in known]
    if unknown or not (names or everything):
        what = f"There is no read model {unknown[0]!r}." if unknown else "Name a read model, or say --all."
        raise NotFound(f"{what} There are {', '.join(known)}.")
    return list(PROJECTIONS) if everything else [known[name] for name in names]


async def _build(chosen: list[Projection], data_dir: Path, *, accepts: bool, compares: bool) -> dict[str, Rebuilt]:
    settings = settings_of(ProjectionsSettings, "projections", data_dir)
    bus = await connect(settings.nats_url, user="projections", seed=settings.nats_seed(), inbox=inbox("projections"))
    try:
        with progress() as bar:
            connections = partial(open_connection, settings.postgres_url)
            return {
                each.name: await _one(bar, bus, connections, each, accepts=accepts, compares=compares)
                for each in chosen
            }
    finally:
        await bus.close()


async def _one(
    bar: Bar, bus: NatsBus, connections: Connect, projection: Projection, *, accepts: bool, compares: bool
) -> Rebuilt:
    task = bar.add_task(projection.name, total=None, rate="")

    def advance(now: Progress) -> None:
        bar.update(task, completed=now.done, total=now.total, rate=f"{now.rate:,.0f}/s")

    return await build_anew(
        bus,
        connections,
        projection,
        CODEC,
        on_progress=advance,
        accepts_differences=accepts,
        only_compares=compares,
    )


def _summary(rebuilt: Rebuilt) -> dict[str, object]:
    return {
        "messages": rebuilt.messages,
        "seconds": round(rebuilt.seconds, 3),
        "is_identical": not rebuilt.differences,
        "is_swapped": rebuilt.is_swapped,
        "differences": rebuilt.differences[:DIFFERENCES_SHOWN_MAX],
    }


def _show(name: str, rebuilt: Rebuilt) -> None:
    verdict = "[red]different[/red]" if rebuilt.differences else "[green]identical[/green]"
    swapped = ", swapped" if rebuilt.is_swapped else ""
    console.print(f"{name}: {verdict}{swapped} ({rebuilt.messages:,} messages in {rebuilt.seconds:.1f} s)")
    for difference in rebuilt.differences[:DIFFERENCES_SHOWN_MAX]:
        console.print(f"  {difference}", highlight=False)
