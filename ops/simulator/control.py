"""The back door of a fleet, for tests and the command line: JSON lines over a unix socket or a loopback port.

One request a line, `{"do": word, …}`; one answer a line, `{"ok": true, "answer": …}` or `{"ok": false, "error": text}`.
Not part of any device: what is asked here no router would tell.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ops.simulator.console import Console
from ops.simulator.hands import plug, reappear
from ops.simulator.mishaps import Mishaps, Throttle
from ops.simulator.power import reboot
from ops.simulator.query import reading
from ops.simulator.traps import Trap
from ops.simulator.users import Session, policies_of

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.router import Router

REQUEST_BYTES_MAX = 4 * 1024 * 1024
Request = dict[str, Any]


class ControlError(Exception):
    """The request makes no sense; the message says why."""


def _router(fleet: Fleet, request: Request) -> Router:
    router = fleet.router(str(request.get("address", "")))
    if router is None:
        raise ControlError(f"no router at {request.get('address')!r}")
    return router


def _describe(fleet: Fleet, request: Request) -> object:
    """Say what a person must know to add the routers to a manager."""
    del request
    return fleet.describe()


def _misbehave(fleet: Fleet, request: Request) -> object:
    """Switch failure modes: `ways` holds names and values."""
    ways = dict(request.get("ways", {}))
    unknown = set(ways) - set(Mishaps.names())
    if unknown:
        raise ControlError(f"no such mishap: {', '.join(sorted(unknown))}; there are {', '.join(Mishaps.names())}")
    if "throttle" in ways:
        ways["throttle"] = Throttle() if ways["throttle"] else None
    _router(fleet, request).misbehave(**ways)
    return None


def _behave(fleet: Fleet, request: Request) -> object:
    """Switch every failure mode off."""
    _router(fleet, request).behave()
    return None


def _read(fleet: Fleet, request: Request) -> object:
    """Return the items of a menu as they are now."""
    router = _router(fleet, request)
    moment = router.moment()
    table = router.table(str(request.get("menu", "")))
    return [{".id": f"*{key:X}", **reading(row, moment)} for key, row in table.rows.items()]


def _effects(fleet: Fleet, request: Request) -> object:
    """Return everything that was done to a router."""
    return [asdict(effect) for effect in _router(fleet, request).history.effects]


async def _run(fleet: Fleet, request: Request) -> object:
    """Run a line as somebody who stands in front of the router; return what it printed."""
    router = _router(fleet, request)
    lines: list[str] = []
    session = Session(router, "hand", group="full", policies=policies_of(router, "full"), via="console")
    await Console(session, lines.append).line(str(request.get("line", "")))
    return "\n".join(lines)


def _reboot(fleet: Fleet, request: Request) -> object:
    """Pull the plug; `away` says for how many seconds."""
    reboot(_router(fleet, request), away_seconds=request.get("away"))
    return None


def _jump(fleet: Fleet, request: Request) -> object:
    """Let a router's clock jump by `seconds`."""
    _router(fleet, request).jump_clock(float(request.get("seconds", 0)))
    return None


async def _advance(fleet: Fleet, request: Request) -> object:
    """Push the time of the whole fleet forward by `seconds`."""
    await fleet.advance(float(request.get("seconds", 0)))
    return None


def _plug(fleet: Fleet, request: Request) -> object:
    """Pull the cable of an interface, or put it back."""
    plug(_router(fleet, request), str(request.get("interface", "")), linked=bool(request.get("linked", False)))
    return None


def _reappear(fleet: Fleet, request: Request) -> object:
    """Let an item vanish and come back under a new id."""
    return reappear(_router(fleet, request), str(request.get("menu", "")), str(request.get("name", "")))


def _count(fleet: Fleet, request: Request) -> object:
    """Return how many routers there are, are connected to, and are away."""
    del request
    connected = sum(1 for router in fleet.routers if router.sessions)
    return {
        "devices": len(fleet.routers),
        "connected": connected,
        "sessions": sum(len(router.sessions or ()) for router in fleet.routers),
        "away": sum(1 for router in fleet.routers if router.is_away),
    }


def _newest(fleet: Fleet, request: Request) -> object:
    """Say which version check-for-updates finds from now on; none: the newest of each branch."""
    version = request.get("version")
    fleet.newest_version = None if version is None else str(version)
    return None


WORDS: dict[str, Callable[[Fleet, Request], object | Awaitable[object]]] = {
    "describe": _describe,
    "misbehave": _misbehave,
    "behave": _behave,
    "read": _read,
    "effects": _effects,
    "run": _run,
    "reboot": _reboot,
    "jump": _jump,
    "advance": _advance,
    "plug": _plug,
    "reappear": _reappear,
    "count": _count,
    "newest": _newest,
}


def _act(request: Request) -> Callable[[Fleet, Request], object | Awaitable[object]]:
    act = WORDS.get(str(request.get("do", "")))
    if act is None:
        raise ControlError(f"no such word: {request.get('do')!r}; there are {', '.join(WORDS)}")
    return act


async def answer(fleet: Fleet, line: bytes) -> bytes:
    """Answer one request."""
    try:
        request = json.loads(line)
        result = _act(request)(fleet, request)
        if asyncio.iscoroutine(result):
            result = await result
    except (ControlError, Trap, ValueError, TypeError) as error:
        return json.dumps({"ok": False, "error": str(error)}).encode() + b"\n"
    return json.dumps({"ok": True, "answer": result}).encode("utf-8", "surrogateescape") + b"\n"


async def serve_control(fleet: Fleet, path: Path) -> asyncio.Server:
    """Listen on a unix socket."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(await answer(fleet, line))
            await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(talk, path, limit=REQUEST_BYTES_MAX)


class Remote:
    """A fleet in another process: `async with Remote(path) as fleet: await fleet.ask("effects", address=…)`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        self._reader, self._writer = await asyncio.open_unix_connection(self._path, limit=64 * REQUEST_BYTES_MAX)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Hang up."""
        del error
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()

    async def ask(self, do: str, **arguments: object) -> Any:  # noqa: ANN401 - any JSON
        """Ask one thing. Raises ControlError with the fleet's own words."""
        if self._reader is None or self._writer is None:
            raise ControlError("not connected: use `async with`")
        self._writer.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        await self._writer.drain()
        line = await self._reader.readline()
        if not line:
            raise ControlError("the fleet hung up")
        told = json.loads(line)
        if not told["ok"]:
            raise ControlError(told["error"])
        return told["answer"]
