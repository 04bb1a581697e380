"""A console without a screen: runs a line and hands back what a terminal would show, errors included (facts 13.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ops.simulator import export
from ops.simulator.files import file_content, write_file
from ops.simulator.printout import rows_as_text
from ops.simulator.script.nodes import Block
from ops.simulator.script.parse import parse
from ops.simulator.script.run import Interpreter, Scope
from ops.simulator.traps import SCRIPTING, Trap

if TYPE_CHECKING:
    from ops.simulator.call import Call
    from ops.simulator.users import Session

IMPORTED = "Script file loaded and executed successfully"
_SAID = {"/system/backup/save": "Configuration backup saved"}


class Console:
    """One terminal, or one exec request: variables and the current menu last from line to line."""

    def __init__(self, session: Session, put: Callable[[str], None]) -> None:
        self.session = session
        self.put = put
        self.interpreter = Interpreter(session, put, self._show)

    @property
    def where(self) -> str:
        """The menu that the prompt shows, with a blank after it."""
        here = self.interpreter.here
        return f"/{here[1:].replace('/', ' ')}" + " " if here else ""

    async def line(self, text: str) -> bool:
        """Run a line; say whether it went well. What goes wrong is printed like everything else."""
        try:
            await self.run(text)
        except Trap as trap:
            self.put(trap.message)
            return False
        return True

    async def run(self, text: str) -> None:
        """Run a line. Raises Trap."""
        await self.interpreter.block(parse(text), Scope())

    def _show(self, call: Call, rows: list[dict[str, str]]) -> None:
        command = f"{call.path}/{call.verb}"
        if call.verb == "export":
            self._export(call)
        elif command == "/import":
            self.put(IMPORTED)
        elif command in _SAID:
            self.put(_SAID[command])
        elif call.verb == "print":
            menu = call.router.stock.menus.get(call.path)
            for line in rows_as_text(menu, rows, call.router.release, frozenset(call.args)):
                self.put(line)
        else:
            for row in rows:
                for line in rows_as_text(None, [row], call.router.release, frozenset()):
                    self.put(line)

    def _export(self, call: Call) -> None:
        name = call.args.get("file")
        if name is not None:
            export_to_file(call, name)
            return
        for line in exported(call, to_file=False).splitlines():
            self.put(line)


def exported(call: Call, *, to_file: bool) -> str:
    """Return the export that a command asks for."""
    call.needs("read")
    router = call.router
    wanted = export.options(router, frozenset(call.args), call.session.policies, to_file=to_file)
    return export.export(router, wanted, call.path)


def export_to_file(call: Call, name: str) -> None:
    """Write an export onto the router's disk."""
    full = name if name.endswith(".rsc") else f"{name}.rsc"
    text = exported(call, to_file=True)
    write_file(call.router, full, text.encode("utf-8", "surrogateescape").decode("latin-1"), "script")
    call.router.history.effect(call.session, "/export", {"file": full})


async def import_file(session: Session, name: str, options: Mapping[str, str]) -> None:
    """Run a file of commands: the first error ends it, and what was done before stays (facts 11.2)."""
    content = file_content(session.router, name)
    if content is None:
        raise Trap("file not found", SCRIPTING)
    text = content.encode("latin-1").decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    block = parse(text)
    if "dry-run" in options:
        return
    interpreter = Interpreter(session, lambda _: None)
    scope = Scope()
    mishaps = session.router.mishaps
    limit = mishaps.import_stops_after if mishaps is not None else None
    first = int(options.get("from-line", "1") or "1")
    for done, command in enumerate(block.commands):
        if limit is not None and done >= limit:
            raise Trap("std failure: timeout (13)")
        if command.place.line >= first:
            await interpreter.block(Block((command,)), scope)
