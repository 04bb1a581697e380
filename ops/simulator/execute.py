"""Finds what a command means on a router and runs it: an action, or a verb on the items of a menu.

Whoever asks (API, terminal, script) comes through here, so rights, history, journal and listeners are the same for all.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable

from ops.simulator.actions import ACTIONS
from ops.simulator.call import Call, Result
from ops.simulator.hands import home
from ops.simulator.paths import first_unknown
from ops.simulator.stock import INTERFACES
from ops.simulator.traps import Trap, no_such_command, no_such_item, no_such_verb, unknown_parameter
from ops.simulator.verbs import READS, WRITES, check_writable

_OF_ANY_INTERFACE = frozenset(
    {"name", "comment", "disabled", "mtu", "l2mtu", ".id", "numbers", "value-name", "!comment"}
)


def execute(call: Call) -> Result | Awaitable[Result]:
    """Run one command; what takes time comes back as an awaitable. Raises Trap."""
    router = call.router
    action = ACTIONS.get(f"{call.path}/{call.verb}")
    if action is not None and action.is_there(router):
        call.needs(*action.policies)
        return action.run(call)
    if call.path not in router.stock.menus:
        raise no_such_command(first_unknown(router.stock, f"{call.path}/{call.verb}"), router.release)
    if call.verb in READS:
        call.needs("read")
        return READS[call.verb](call)
    if call.verb in WRITES:
        return write(call)
    raise no_such_verb()


async def complete(call: Call) -> Result:
    """Run one command to its end."""
    result = execute(call)
    return await result if inspect.isawaitable(result) else result


def write(call: Call) -> Result:
    """Change items; a command that fails leaves the menu as it was."""
    if call.path == INTERFACES:
        _write_interfaces(call)
        return None
    check_writable(call)
    router = call.router
    before = router.table(call.path).copy()
    detail = dict(call.args)
    try:
        result = WRITES[call.verb](call)
    except Trap:
        if router.overlay is not None and call.path in router.overlay:
            router.overlay[call.path] = before
        raise
    router.history.changed(call, before)
    router.history.effect(call.session, f"{call.path}/{call.verb}", detail)
    router.written(call.path, before)
    return result


def _write_interfaces(call: Call) -> None:
    """Hand a write to /interface on to the menus whose items are meant."""
    if call.verb in {"add", "move"}:
        raise no_such_verb()
    for name in call.args:
        if name not in _OF_ANY_INTERFACE:
            raise unknown_parameter(name)
    references = call.args.pop("numbers", None) or call.args.pop(".id", "")
    call.args.pop(".id", None)
    view = call.router.table(INTERFACES)
    keys = [view.find(part) for part in references.split(",") if part]
    if not keys:
        raise no_such_item()
    for key in keys:
        path, _ = home(call.router, str(view.rows[key]["name"]))
        write(Call(call.session, path, call.verb, {**call.args, ".id": f"*{key:X}"}))
