"""`tod status`, `tod devices` and `tod lag`.

How the fleet and the installation are, over the platform's own HTTP interface.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.language.subject import Kind, kind_filter
from ops.cli import api
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, running
from ops.cli.log import operator_bus, polls_per_second
from ops.cli.output import AsJson, console, print_json, print_pairs, print_table, size

PAGE: Final = 200
WINDOW_POLLS_MAX: Final = 1000
COLOURS: Final = {"online": "green", "offline": "red"}


def status(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show the fleet, the polls per second, the lag of the read models and the memory of the processes."""
    fleet = api.get(data_dir, "/fleet/summary")
    models = api.get(data_dir, "/projections")["items"]
    rate = asyncio.run(_polls_per_second(data_dir))
    processes = running(data_dir)
    if as_json:
        print_json({"fleet": fleet, "polls_per_second": rate, "projections": models, "processes": processes})
        return
    online = (
        f"[green]{fleet['online']} online[/green], [red]{fleet['offline']} offline[/red], {fleet['unknown']} unknown"
    )
    pairs = {"Devices": f"{fleet['total']}: {online}", "Polls": f"{rate:.1f}/s", "Gateway": api.address(data_dir)}
    print_pairs("TOD", pairs)
    console.print()
    _print_lag(models)
    console.print()
    rows = ((process.name, process.pid, size(process.memory_bytes)) for process in processes)
    print_table("Processes", ("name", "pid", "memory"), rows, empty="No process of ops/up runs here.")


async def _polls_per_second(data_dir: Path) -> float:
    """The rate over the newest polls that are stored, at most WINDOW_POLLS_MAX of them."""
    bus = await operator_bus(data_dir)
    try:
        newest = await bus.last("OBSERVATIONS", kind_filter(Kind.OBSERVATION))
        if newest is None:
            return 0.0
        begin = max(newest.sequence - WINDOW_POLLS_MAX, 0)
        async for batch in bus.follow("OBSERVATIONS", [kind_filter(Kind.OBSERVATION)], after=begin, batch_max=1):
            return polls_per_second(newest, batch[0])
    finally:
        await bus.close()
    return 0.0


def devices(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    state: Annotated[str, typer.Option("--status", help="online, offline or unknown.")] = "",
    search: Annotated[str, typer.Option(help="Part of a title, address, identity or serial number.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List the devices."""
    wanted = {name: value for name, value in (("status", state), ("search", search)) if value}
    items: list[dict[str, Any]] = []
    cursor = ""
    while len(items) < limit:
        page = api.get(data_dir, "/devices", limit=min(PAGE, limit - len(items)), **wanted, **_after(cursor))
        items += page["items"]
        cursor = page["next"] or ""
        if not cursor:
            break
    if as_json:
        print_json(items)
        return
    columns = ("title", "address", "status", "board", "RouterOS", "CPU", "memory", "uptime", "seen")
    empty = "No device matches. `POST /api/devices` adds one; see the handbook."
    print_table("Devices", columns, map(_device, items), empty=empty)


def _after(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


def _device(device: dict[str, Any]) -> tuple[object, ...]:
    colour = COLOURS.get(device["status"], "yellow")
    return (
        device["title"],
        device["host"],
        f"[{colour}]{device['status']}[/{colour}]",
        device["board"],
        device["routeros_version"],
        _percent(device["cpu_load_percent"]),
        _percent(device["memory_used_percent"]),
        _span(device["uptime_seconds"]),
        _ago(device["seen_at"]),
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def _span(seconds: float | None) -> str:
    """A duration in its two largest units."""
    if seconds is None:
        return ""
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{value}{unit}" for value, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (left, "s")) if value]
    return " ".join(parts[:2]) or "0s"


def _ago(instant: str | None) -> str:
    if instant is None:
        return "never"
    return f"{_span((datetime.now(UTC) - datetime.fromisoformat(instant)).total_seconds())} ago"


def lag(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show how far each read model is behind its stream, and whether the stream's end still moves."""
    models = api.get(data_dir, "/projections")["items"]
    if as_json:
        print_json(models)
    else:
        _print_lag(models)


def _print_lag(models: list[dict[str, Any]]) -> None:
    rows = ((m["name"], m["stream"], m["sequence"], m["lag"], _ago(m["advanced_at"]), m["state"]) for m in models)
    columns = ("read model", "stream", "sequence", "behind", "advanced", "state")
    print_table("Read models", columns, rows, empty="No read model runs yet: start the projections process.")
