"""Runs scripts on a router: commands of every menu, and the language around them.

The same interpreter serves `/system script run`, the scheduler, `/import`, `/execute`, and every line typed over SSH.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ops.simulator.actions import ACTIONS
from ops.simulator.call import Call
from ops.simulator.execute import complete
from ops.simulator.export import words_for
from ops.simulator.paths import resolve
from ops.simulator.plans import Ask
from ops.simulator.script.builtins import BUILTINS, Returned
from ops.simulator.script.nodes import (
    Argument,
    Array,
    Block,
    Code,
    Command,
    Expression,
    Literal,
    Named,
    Operation,
    Substitution,
    Template,
    Variable,
)
from ops.simulator.script.parse import parse
from ops.simulator.script.values import OPERATORS, number, text_of, truth, typed
from ops.simulator.traps import SCRIPTING, Trap
from ops.simulator.verbs import READS, WRITES, read_rows

if TYPE_CHECKING:
    from ops.simulator.users import Session

STEPS_MAX = 200_000
_TURN = 100  # commands between two turns of the event loop

FLAGS = frozenset(
    [
        "once",
        "detail",
        "terse",
        "compact",
        "verbose",
        "hide-sensitive",
        "show-sensitive",
        "as-value",
        "as-string",
        "count-only",
        "without-paging",
        "brief",
        "value-list",
        "follow",
        "follow-only",
        "interval",
        "stats",
        "ignore-missing",
        "without-header",
        "show-ids",
    ]
)
_POSITIONS: dict[str, tuple[str, ...]] = {
    "get": ("numbers", "value-name"),
    "move": ("numbers", "destination"),
    "import": ("file-name",),
    "ping": ("address",),
    "traceroute": ("address",),
    "save": ("name",),
    "load": ("name",),
    "find": (),
    "print": (),
    "export": (),
    "add": (),
}
_ITEM = ("numbers",)
_MESSAGE = ("message",)

Output = Callable[[str], None]
Show = Callable[[Call, list[dict[str, str]]], None]


class Scope:
    """The local variables of a block, and those around it."""

    __slots__ = ("around", "names")

    def __init__(self, around: Scope | None = None, names: dict[str, object] | None = None) -> None:
        self.around = around
        self.names = names or {}

    def holder(self, name: str) -> dict[str, object] | None:
        """Return the variables among which a name is known."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names
            scope = scope.around
        return None


class Interpreter:
    """One run of a script by one user; `put` takes what it prints, `show` prints rows."""

    def __init__(self, session: Session, put: Output, show: Show | None = None) -> None:
        self.session = session
        self.router = session.router
        self.put = put
        self.show = show
        self.here = ""
        self._steps = 0

    @property
    def globals(self) -> dict[str, object]:
        """The variables that outlive the script, until a reboot."""
        if self.router.variables is None:
            self.router.variables = {}
        return self.router.variables

    async def run(self, text: str, arguments: Mapping[str, object] | None = None) -> object:
        """Run a script from its text and return what it returns. Raises Trap."""
        try:
            return await self.block(parse(text), Scope(names=dict(arguments or {})))
        except Returned as returned:
            return returned.value

    async def block(self, block: Block, scope: Scope) -> object:
        """Run commands; the value is that of the last one."""
        value: object = None
        for command in block.commands:
            self._steps += 1
            if self._steps > STEPS_MAX:
                raise Trap("script runs for too long", SCRIPTING)
            if self._steps % _TURN == 0:
                await asyncio.sleep(0)
            value = await self.command(command, scope)
        return value

    async def command(self, command: Command, scope: Scope) -> object:
        """Run one command."""
        words = command.words
        if words and words[0].startswith(":"):
            builtin = BUILTINS.get(words[0][1:])
            if builtin is not None:
                return await builtin(self, command, scope)
            words = ("/" + words[0][1:], *words[1:])
        if not words:
            return await self._only_arguments(command, scope)
        is_absolute = words[0].startswith("/")
        if words[0] in BUILTINS and not is_absolute and not self.here:
            return await BUILTINS[words[0]](self, command, scope)
        path, verb, rest = resolve(self.router.stock, words, self.here, is_absolute=is_absolute)
        if verb is None:
            self.here = path
            return None
        outer, self.here = self.here, path  # `[find ...]` in an argument looks where the command works
        try:
            call = await self._call(command, path, verb, rest, scope)
        finally:
            self.here = outer
        return await self._perform(call, command, scope)

    async def _only_arguments(self, command: Command, scope: Scope) -> object:
        value: object = None
        for argument in command.arguments:
            value = await self.value(argument.value, scope)
            if isinstance(argument.value, Variable | Substitution) and isinstance(value, Code):
                named = {each.name: await self.value(each.value, scope) for each in command.arguments if each.name}
                return await self.function(value, named)
        return value

    async def function(self, code: Code, names: Mapping[str, object]) -> object:
        """Call a function that a variable holds."""
        try:
            return await self.block(code.body, Scope(names=dict(names)))
        except Returned as returned:
            return returned.value

    async def _call(self, command: Command, path: str, verb: str, rest: tuple[str, ...], scope: Scope) -> Call:
        args: dict[str, str] = {}
        prefix = ""
        positions = self._positions(path, verb)
        places = command.places[-len(rest) :] if rest else ()
        loose = [Argument(None, Literal(word), place) for word, place in zip(rest, places, strict=False)]
        flags = words_for(self.router.release) if verb == "export" else FLAGS
        for argument in (*loose, *command.arguments):
            value = await self.value(argument.value, scope)
            text = text_of(value)
            if argument.name is not None:
                name = f"{prefix}{argument.name}" if argument.name.startswith(".") else argument.name
                prefix = name.rpartition(".")[0]  # facts 10.8
                args[name] = text
            elif text in flags:
                args[text] = ""
            elif positions:
                name = positions.pop(0)
                args[name] = ",".join(map(text_of, value)) if isinstance(value, list) else text
            elif text:
                raise Trap(f"expected end of command {argument.place}", SCRIPTING)
        if "numbers" in args:
            args["numbers"] = self._by_place(path, args["numbers"])
        fields = None
        if "proplist" in args:
            fields = tuple(args.pop("proplist").split(","))
        return Call(self.session, path, verb, args, Ask(fields, count_only="count-only" in args))

    def _positions(self, path: str, verb: str) -> list[str]:
        """Return what the unnamed arguments of a command are, in order."""
        menu = self.router.stock.menus.get(path)
        if verb == "get" and menu is not None and menu.single:
            return ["value-name"]
        return list(_MESSAGE if path == "/log" else _POSITIONS.get(verb, _ITEM))

    def _by_place(self, path: str, reference: str) -> str:
        """Turn item numbers, which only a console knows, into ids."""
        if path not in self.router.stock.menus:
            return reference
        rows = self.router.table(path).rows
        named = {row.get("name") for row in rows.values()}
        keys = list(rows)
        return ",".join(
            f"*{keys[int(part)]:X}" if part.isdigit() and part not in named and int(part) < len(keys) else part
            for part in reference.split(",")
        )

    async def _perform(self, call: Call, command: Command, scope: Scope) -> object:
        self._check_known(call, command)
        if call.verb == "export" and self.show is not None:
            self.show(call, [])
            return None
        if call.verb in {"find", "print"} and call.path in self.router.stock.menus:
            return await self._look(call, command.condition, scope)
        if call.args.get("numbers") == "" and call.verb in {"set", "remove", "enable", "disable", "unset", "comment"}:
            return None  # nothing was found, so nothing is done
        rows: list[dict[str, str]] = []
        call.emit = lambda row: rows.append(dict(row))
        returned = await complete(call)
        if "as-value" in call.args:
            found: list[object] = [
                {name: typed(text) for name, text in row.items() if name != ".section"} for row in rows
            ]
            return found[0] if len(found) == 1 else found
        if self.show is not None and (rows or returned is None):
            self.show(call, rows)
        if call.verb == "get":
            return None if returned is None else typed(returned)
        return returned

    def _check_known(self, call: Call, command: Command) -> None:
        """Complain about commands that are not there the way a console does (facts 5.5)."""
        path, verb, router = call.path, call.verb, self.router
        action = ACTIONS.get(f"{path}/{verb}")
        if (action is not None and action.is_there(router)) or verb == "export":
            return
        if path not in router.stock.menus or (verb not in READS and verb not in WRITES):
            place = command.places[-1] if len(command.words) == 1 else command.places[min(1, len(command.places) - 1)]
            raise Trap(f"bad command name {verb} {place}", SCRIPTING)

    async def _look(self, call: Call, condition: Expression | None, scope: Scope) -> object:
        call.needs("read")
        rows = read_rows(Call(call.session, call.path, "print"))
        if condition is not None:
            rows = [row for row in rows if truth(await self.value(condition, scope, row))]
        if call.verb == "find":
            return [row[".id"] for row in rows if ".id" in row]
        if "count-only" in call.args:
            self.put(str(len(rows)))
            return len(rows)
        if "as-value" in call.args:
            return [{name: typed(text) for name, text in row.items()} for row in rows]
        if self.show is not None:
            self.show(call, rows)
        return None

    async def value(  # noqa: PLR0911 - one branch for each kind of expression
        self, node: Expression, scope: Scope, row: Mapping[str, str] | None = None
    ) -> object:
        """Return what an expression is worth; `row` is the item that a condition looks at."""
        match node:
            case Literal(value):
                return value
            case Template(parts):
                return "".join([text_of(await self.value(part, scope, row)) for part in parts])
            case Variable(name):
                return self.variable(name, scope)
            case Substitution(body):
                return await self._substituted(body, scope)
            case Named(name):
                return typed((row or {}).get(name, ""))
            case Array(items):
                return await self._array(items, scope)
            case Code():
                return node
            case Operation():
                return await self._operation(node, scope, row)

    async def _substituted(self, body: Block, scope: Scope) -> object:
        here = self.here
        try:
            return await self.block(body, Scope(scope))
        finally:
            self.here = here

    async def _array(self, items: tuple[tuple[Expression | None, Expression], ...], scope: Scope) -> object:
        if not any(key is not None for key, _ in items):
            return [await self.value(value, scope) for _, value in items]
        named: dict[str, object] = {}
        for place, (key, value) in enumerate(items):
            name = str(place) if key is None else text_of(await self.value(key, scope))
            named[name] = await self.value(value, scope)
        return named

    async def _operation(self, node: Operation, scope: Scope, row: Mapping[str, str] | None) -> object:
        right = node.right
        if node.left is None:
            value = await self.value(right, scope, row)
            return not truth(value) if node.operator == "!" else -number(value)
        left = await self.value(node.left, scope, row)
        if node.operator == "&&":
            return truth(left) and truth(await self.value(right, scope, row))
        if node.operator == "||":
            return truth(left) or truth(await self.value(right, scope, row))
        return OPERATORS[node.operator](left, await self.value(right, scope, row))

    def variable(self, name: str, scope: Scope) -> object:
        """Return a variable; one that nobody declared is nothing."""
        holder = scope.holder(name)
        return holder[name] if holder is not None else self.globals.get(name)
