"""`tod doctor`: looks at everything that has to be right, says what is not, and what to do about it."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import typer

from contracts.language.errors import TodError
from migrations.streams import drift
from ops.cli import api
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, running, settings_of
from ops.cli.log import operator_bus
from ops.cli.output import AsJson, console, print_json, size
from ops.connections.redis import open_cache
from ops.settings import GatewaySettings, PollersSettings

DISK_BYTES_MIN: Final = 2 * 1024**3
OPEN_FILES_MIN: Final = 4096
LAG_MAX: Final = 10_000
PROCESSES: Final = ("commands", "gateway", "pollers", "projections")


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    is_good: bool
    says: str
    advice: str = ""


Check = Callable[[Path], Awaitable[Finding]]


def doctor(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Look at the machine, the servers, the streams, the tables and the processes.

    Ends with 1 when something is wrong.
    """
    findings = asyncio.run(examine(data_dir))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = "[green]ok[/green]  " if finding.is_good else "[red]bad[/red] "
            console.print(f"{mark} {finding.what:<12} {finding.says}", highlight=False)
            if not finding.is_good and finding.advice:
                console.print(f"     [yellow]{finding.advice}[/yellow]", highlight=False)
    raise typer.Exit(code=0 if all(finding.is_good for finding in findings) else 1)


async def examine(data_dir: Path) -> list[Finding]:
    """Every finding, in the order in which one thing rests on another."""
    findings = list(_machine(data_dir))
    for what, check in CHECKS.items():
        try:
            findings.append(await check(data_dir))
        except TodError as error:
            findings.append(Finding(what, is_good=False, says=error.title, advice=error.message))
        except (OSError, asyncpg.PostgresError) as error:
            advice = f"Look at the logs in {data_dir / 'logs'}, or start it with `ops/up`."
            findings.append(Finding(what, is_good=False, says=str(error), advice=advice))
    return findings


def _machine(data_dir: Path) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0], "Python 3.11 or newer is needed.")
    free = shutil.disk_usage(data_dir if data_dir.exists() else Path()).free
    advice = f"Keep {size(DISK_BYTES_MIN)} free where {data_dir} lies: a full disk stops the log."
    yield Finding("disk", free >= DISK_BYTES_MIN, f"{size(free)} free", advice)
    files = os.sysconf("SC_OPEN_MAX")
    yield Finding("open files", files >= OPEN_FILES_MIN, f"{files} at most", "Raise it: `ulimit -n 65536`.")


async def _nats(data_dir: Path) -> Finding:
    bus = await operator_bus(data_dir)
    try:
        milliseconds = await bus.round_trip_ms()
        lines = await drift(bus)
        parked = (await bus.api("STREAM.INFO.PARKED"))["state"]["messages"]
    finally:
        await bus.close()
    if lines:
        return Finding(
            "nats", is_good=False, says="; ".join(lines), advice="A stream is not as declared; see the handbook."
        )
    says = f"answers in {milliseconds:.1f} ms, streams as declared, {parked} parked"
    return Finding("nats", parked == 0, says, "See `tod parked` for what was set aside and why.")


async def _postgres(data_dir: Path) -> Finding:
    connection = await asyncpg.connect(settings_of(GatewaySettings, "gateway", data_dir).postgres_url, timeout=5)
    try:
        version = await connection.fetchval("SHOW server_version")
        bare = await connection.fetchval(UNGUARDED)
    finally:
        await connection.close()
    advice = "A table without forced row-level security shows one tenant to another: stop the gateway and rebuild it."
    return Finding("postgres", bare == 0, f"{version}, {bare} tables that the gateway reads without a guard", advice)


UNGUARDED: Final = """
SELECT count(*)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tod')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
"""


async def _valkey(data_dir: Path) -> Finding:
    async with open_cache(settings_of(PollersSettings, "pollers", data_dir).redis_url) as cache:
        return Finding("valkey", is_good=True, says=f"answers in {await cache.ping():.1f} ms")


async def _gateway(data_dir: Path) -> Finding:
    models: list[dict[str, Any]] = (await asyncio.to_thread(api.get, data_dir, "/projections"))["items"]
    worst = max((model["lag"] or 0 for model in models), default=0)
    says = f"answers; {len(models)} read models, the worst is {worst} behind"
    return Finding("gateway", worst < LAG_MAX, says, "See `tod lag`; is the projections process running?")


async def _processes(data_dir: Path) -> Finding:
    names = {process.name for process in running(data_dir)}
    missing = [name for name in PROCESSES if names and name not in names]
    says = f"{len(names)} run here" if not missing else f"not running: {', '.join(missing)}"
    return Finding("processes", not missing, says, f"Look at the logs in {data_dir / 'logs'}.")


CHECKS: Final[dict[str, Check]] = {
    "nats": _nats,
    "postgres": _postgres,
    "valkey": _valkey,
    "gateway": _gateway,
    "processes": _processes,
}
