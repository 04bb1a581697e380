"""The words of the script language itself: variables, branches, loops, errors, and functions on values."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from ops.simulator.script.nodes import Code, Command, Literal, Variable
from ops.simulator.script.parse import parse
from ops.simulator.script.values import number, text_of, truth, type_of, typed
from ops.simulator.texts import duration, seconds_in
from ops.simulator.traps import SCRIPTING, Trap

if TYPE_CHECKING:
    from ops.simulator.script.run import Interpreter, Scope

Builtin = Callable[["Interpreter", Command, "Scope"], Awaitable[object]]
ROUNDS_MAX = 100_000  # of one loop


class Returned(Exception):
    """`:return` was met."""

    def __init__(self, value: object) -> None:
        super().__init__("return")
        self.value = value


async def _values(run: Interpreter, command: Command, scope: Scope) -> list[object]:
    """Return the unnamed arguments, evaluated; bare words in front count as well."""
    first: list[object] = [typed(word) for word in command.words[1:]]
    return first + [await run.value(each.value, scope) for each in command.arguments if each.name is None]


def _named(command: Command, name: str) -> object | None:
    return next((each.value for each in command.arguments if each.name == name), None)


async def _body(run: Interpreter, command: Command, name: str, scope: Scope) -> object:
    """Run `name={...}` if it is there."""
    code = _named(command, name)
    if isinstance(code, Code):
        return await run.block(code.body, type(scope)(scope))
    if isinstance(code, Literal):
        return await run.run(str(code.value))
    return None


async def _put(run: Interpreter, command: Command, scope: Scope) -> object:
    values = await _values(run, command, scope)
    text = text_of(values[0]) if values else ""
    run.put(text)
    return text


async def _declare(run: Interpreter, command: Command, scope: Scope, into: dict[str, object], *, keep: bool) -> object:
    if len(command.words) > 1:
        name, rest = command.words[1], [typed(word) for word in command.words[2:]]
        values = rest + [await run.value(each.value, scope) for each in command.arguments if each.name is None]
    else:
        found = [each for each in command.arguments if each.name is None]
        if not found:
            raise Trap(f"syntax error {command.place}", SCRIPTING)
        name = text_of(found[0].value.value) if isinstance(found[0].value, Literal) else _variable_name(found[0].value)
        values = [await run.value(each.value, scope) for each in found[1:]]
    code = _named(command, "do")
    if isinstance(code, Code):
        values = [code]
    if values:
        into[name] = values[0]
    elif not keep:
        into[name] = None
    else:
        into.setdefault(name, None)
    return None


def _variable_name(node: object) -> str:
    if isinstance(node, Variable):
        return node.name
    raise Trap("expected variable name", SCRIPTING)


async def _local(run: Interpreter, command: Command, scope: Scope) -> object:
    return await _declare(run, command, scope, scope.names, keep=False)


async def _global(run: Interpreter, command: Command, scope: Scope) -> object:
    return await _declare(run, command, scope, run.globals, keep=True)


async def _set(run: Interpreter, command: Command, scope: Scope) -> object:
    words = list(command.words[1:])
    arguments = [each for each in command.arguments if each.name is None]
    target = words.pop(0) if words else _variable_name(arguments.pop(0).value)
    holder = scope.holder(target)
    if holder is None:
        holder = run.globals
    values = [typed(word) for word in words] + [await run.value(each.value, scope) for each in arguments]
    holder[target] = values[0] if values else None
    return None


async def _if(run: Interpreter, command: Command, scope: Scope) -> object:
    values = await _values(run, command, scope)
    if not values:
        raise Trap(f"syntax error {command.place}", SCRIPTING)
    return await _body(run, command, "do" if truth(values[0]) else "else", scope)


async def _for(run: Interpreter, command: Command, scope: Scope) -> object:
    async def bound(name: str, missing: int) -> int:
        node = next((each.value for each in command.arguments if each.name == name), None)
        return missing if node is None else number(await run.value(node, scope))

    first, last = await bound("from", 0), await bound("to", 0)
    step = await bound("step", 1 if first <= last else -1)
    for round_, value in enumerate(range(first, last + (1 if step > 0 else -1), step or 1)):
        _check_rounds(round_)
        await _body(run, command, "do", type(scope)(scope, {command.words[1]: value}))
    return None


async def _foreach(run: Interpreter, command: Command, scope: Scope) -> object:
    names = ",".join(command.words[1:]).split(",")
    source = next((each.value for each in command.arguments if each.name == "in"), None)
    value = await run.value(source, scope) if source is not None else []
    pairs: Sequence[tuple[object, object]]
    if isinstance(value, dict):
        pairs = list(value.items())
    else:
        items = value if isinstance(value, list) else text_of(value).split(";") if text_of(value) else []
        pairs = list(enumerate(items))
    for key, item in pairs:
        variables = {names[0]: item} if len(names) == 1 else {names[0]: key, names[1]: item}
        await _body(run, command, "do", type(scope)(scope, variables))
    return None


async def _while(run: Interpreter, command: Command, scope: Scope) -> object:
    rounds = 0
    while truth((await _values(run, command, scope))[0]):
        _check_rounds(rounds)
        await _body(run, command, "do", scope)
        rounds += 1
    return None


def _check_rounds(rounds: int) -> None:
    if rounds >= ROUNDS_MAX:
        raise Trap("script runs for too long", SCRIPTING)


async def _do(run: Interpreter, command: Command, scope: Scope) -> object:
    code = next((each.value for each in command.arguments if each.name is None), None)
    condition = next((each.value for each in command.arguments if each.name == "while"), None)
    rounds = 0
    while isinstance(code, Code):
        try:
            await run.block(code.body, type(scope)(scope))
        except Trap:
            if _named(command, "on-error") is None:
                raise
            await _body(run, command, "on-error", scope)
        if condition is None or not truth(await run.value(condition, scope)):
            return None
        rounds += 1
        _check_rounds(rounds)
    return None


async def _onerror(run: Interpreter, command: Command, scope: Scope) -> object:
    """Run `:onerror e in={...} do={...}` (7.13)."""
    try:
        await _body(run, command, "in", scope)
    except Trap as trap:
        await _body(run, command, "do", type(scope)(scope, {command.words[1]: trap.message}))
        return True
    return False


async def _delay(run: Interpreter, command: Command, scope: Scope) -> object:
    values = await _values(run, command, scope)
    node = next((each.value for each in command.arguments if each.name == "delay-time"), None)
    value = values[0] if values else await run.value(node, scope) if node is not None else 1
    seconds = seconds_in(text_of(value))
    if seconds is None:
        raise Trap(f"invalid time value for argument delay-time {command.place}", SCRIPTING)
    await run.router.fleet.clock.sleep(seconds)
    return None


async def _error(run: Interpreter, command: Command, scope: Scope) -> object:
    values = await _values(run, command, scope)
    raise Trap(text_of(values[0]) if values else "", SCRIPTING)


async def _return(run: Interpreter, command: Command, scope: Scope) -> object:
    values = await _values(run, command, scope)
    raise Returned(values[0] if values else None)


async def _len(run: Interpreter, command: Command, scope: Scope) -> object:
    value = (await _values(run, command, scope) or [None])[0]
    return len(value) if isinstance(value, list | dict) else len(text_of(value))


async def _pick(run: Interpreter, command: Command, scope: Scope) -> object:
    source, *limits = await _values(run, command, scope)
    first = number(limits[0]) if limits else 0
    last = number(limits[1]) if len(limits) > 1 else first + 1
    if isinstance(source, list):
        return source[first:last] if len(limits) > 1 else source[first]
    return text_of(source)[first:last]


async def _find(run: Interpreter, command: Command, scope: Scope) -> object:
    source, wanted, *start = await _values(run, command, scope)
    after = number(start[0]) + 1 if start else 0
    if isinstance(source, list):
        texts = [text_of(each) for each in source]
        return texts.index(text_of(wanted), after) if text_of(wanted) in texts[after:] else None
    place = text_of(source).find(text_of(wanted), after)
    return place if place >= 0 else None


async def _toarray(run: Interpreter, command: Command, scope: Scope) -> object:
    value = (await _values(run, command, scope) or [None])[0]
    if isinstance(value, list | dict):
        return value
    text = text_of(value)
    return [typed(part) for part in text.replace(";", ",").split(",")] if text else []


async def _tonum(run: Interpreter, command: Command, scope: Scope) -> object:
    value = (await _values(run, command, scope) or [None])[0]
    try:
        return number(value)
    except Trap:
        return None


async def _totime(run: Interpreter, command: Command, scope: Scope) -> object:
    seconds = seconds_in(text_of((await _values(run, command, scope) or [None])[0]))
    return None if seconds is None else duration(int(seconds))


async def _tobool(run: Interpreter, command: Command, scope: Scope) -> object:
    return truth((await _values(run, command, scope) or [None])[0])


async def _tostr(run: Interpreter, command: Command, scope: Scope) -> object:
    return text_of((await _values(run, command, scope) or [None])[0])


async def _typeof(run: Interpreter, command: Command, scope: Scope) -> object:
    return type_of((await _values(run, command, scope) or [None])[0])


async def _parse(run: Interpreter, command: Command, scope: Scope) -> object:
    text = text_of((await _values(run, command, scope) or [None])[0])
    return Code(parse(text), text)


async def _time(run: Interpreter, command: Command, scope: Scope) -> object:
    started = run.router.fleet.now()
    for each in command.arguments:
        if isinstance(each.value, Code):
            await run.block(each.value.body, type(scope)(scope))
    return duration(int(run.router.fleet.now() - started))


async def _rndnum(run: Interpreter, command: Command, scope: Scope) -> object:
    bounds = {each.name: number(await run.value(each.value, scope)) for each in command.arguments if each.name}
    return random.randint(bounds.get("from", 0), bounds.get("to", 2**32 - 1))  # noqa: S311 - a script's dice


async def _nothing(run: Interpreter, command: Command, scope: Scope) -> object:
    del run, command, scope
    return None


BUILTINS: dict[str, Builtin] = {
    "put": _put,
    "local": _local,
    "global": _global,
    "set": _set,
    "if": _if,
    "for": _for,
    "foreach": _foreach,
    "while": _while,
    "do": _do,
    "onerror": _onerror,
    "delay": _delay,
    "error": _error,
    "return": _return,
    "len": _len,
    "pick": _pick,
    "find": _find,
    "toarray": _toarray,
    "tonum": _tonum,
    "toip": _tostr,
    "totime": _totime,
    "tobool": _tobool,
    "tostr": _tostr,
    "typeof": _typeof,
    "parse": _parse,
    "time": _time,
    "rndnum": _rndnum,
    "nothing": _nothing,
    "beep": _nothing,
}
