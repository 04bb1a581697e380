"""Actions that run scripts, write log lines and read files: script run, /execute, /import, /log, /file read."""

from __future__ import annotations

from collections.abc import Callable

from ops.simulator.call import Action, Call
from ops.simulator.files import file_content
from ops.simulator.release import V7, Release
from ops.simulator.router import Router
from ops.simulator.traps import (
    Trap,
    failure,
    missing_values,
    no_such_item,
    not_permitted,
    unknown_parameter,
)

SCRIPT_BYTES_MAX = 65536  # facts 9.5
READ_CHUNK_MAX = 32768  # facts 9.2
_READ_SINCE = Release(7, 13)
_DRY_RUN_SINCE = Release(7, 16)


async def _run(call: Call) -> None:
    table = call.router.own("/system/script")
    reference = call.args.get("number") or call.args.get("numbers") or call.args.get(".id") or call.args.get("name")
    if reference is None:
        raise missing_values("number")
    key = table.find(reference)
    row = table.rows[key]
    wanted = set(str(row["policy"]).split(",")) - {""}
    if row.get("dont-require-permissions") != "true" and not wanted <= call.session.policies:
        raise not_permitted()
    count = int(str(row.get("run-count", "0"))) + 1
    table.change(key, {"run-count": str(count), "last-started": call.router.stamp(call.router.device_time())})
    call.router.history.effect(call.session, "/system/script/run", {"name": str(row["name"])})
    await call.router.fleet.runner.run(call.session, str(row["source"]))


async def _execute(call: Call) -> str:
    script = call.args.get("script")
    if script is None:
        raise missing_values("script")
    if len(script) > SCRIPT_BYTES_MAX:
        raise failure("script too long")
    source = next(
        (str(row["source"]) for row in call.router.table("/system/script").rows.values() if row.get("name") == script),
        script,
    )
    if "as-string" not in call.args:
        return call.router.fleet.runner.start(call.session, source, "execute")
    if call.router.release < V7:
        raise unknown_parameter("as-string")
    lines: list[str] = []
    try:
        await call.router.fleet.runner.console(call.session, source, lines.append)
    except Trap as trap:  # facts 9.5: a parse error comes back as text
        lines.append(trap.message)
    return "\r\n".join(lines)


async def _import(call: Call) -> None:
    name = call.args.get("file-name")
    if name is None:
        raise missing_values("file-name")
    if "dry-run" in call.args and (call.router.release < _DRY_RUN_SINCE or "verbose" not in call.args):
        raise unknown_parameter("dry-run")
    call.router.history.effect(call.session, "/import", dict(call.args))
    await call.router.fleet.runner.import_file(call.session, name, call.args)


def _log(topic: str) -> Callable[[Call], None]:
    def write(call: Call) -> None:
        call.router.log(f"script,{topic}", call.args.get("message", ""))

    return write


def _read(call: Call) -> None:
    """Return a piece of a file (7.13)."""
    name = call.args.get("file")
    if name is None:
        raise missing_values("file")
    content = file_content(call.router, name)
    if content is None:
        raise no_such_item()
    size = int(call.args.get("chunk-size", READ_CHUNK_MAX))
    if not 1 <= size <= READ_CHUNK_MAX:
        raise Trap(f"value of chunk-size out of range (1..{READ_CHUNK_MAX})", 1)
    start = int(call.args.get("offset", "0"))
    piece = content[start : start + size].encode("latin-1").decode("utf-8", "surrogateescape")
    call.emit({"data": piece})


def _export(call: Call) -> None:
    """Write an export to a file; without one the API answers with nothing at all (facts 9.1, 9.2)."""
    name = call.args.get("file")
    if name is not None:
        call.needs("ftp", "write")
        call.router.fleet.runner.export_to_file(call, name)


def _since(version: Release) -> Callable[[Router], bool]:
    return lambda router: router.release >= version


ACTIONS = {
    "/system/script/run": Action(_run, ("test",)),
    "/execute": Action(_execute, ("write",)),
    "/import": Action(_import, ("write", "policy")),
    "/export": Action(_export, ("read",)),
    "/file/read": Action(_read, ("read",), _since(_READ_SINCE)),
    **{f"/log/{topic}": Action(_log(topic), ("write",)) for topic in ("info", "warning", "error", "debug")},
}
