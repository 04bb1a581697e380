"""Safe mode and undo (facts 9.6, 9.10), and throwing sessions out (facts 14.31)."""

from __future__ import annotations

from ops.simulator.call import Action, Call
from ops.simulator.release import Release
from ops.simulator.router import Router
from ops.simulator.traps import missing_values, no_such_item

_SAFE_MODE_SINCE = Release(7, 18)
_REMOVE_SINCE = Release(7, 20)


def _has_safe_mode(router: Router) -> bool:
    return router.release >= _SAFE_MODE_SINCE


def _take(call: Call) -> None:
    call.router.history.take(call.session)


def _release(call: Call) -> None:
    call.router.history.release(call.session)


def _unroll(call: Call) -> None:
    call.router.history.unroll(call.session)


def _get(call: Call) -> str:
    holder = call.router.history.holder
    return "none" if holder is None else "taken" if holder is call.session else "taken by another"


def _toggle(call: Call) -> None:
    history = call.router.history
    if history.holder is call.session:
        history.release(call.session)
    else:
        history.take(call.session)


def _undo(call: Call) -> None:
    call.router.history.undo()


def _throw_out(call: Call) -> None:
    reference = call.args.get(".id") or call.args.get("numbers")
    if reference is None:
        raise missing_values("numbers")
    key = call.router.table("/user/active").find(reference)
    sessions = call.router.sessions or []
    if not 0 < key <= len(sessions):
        raise no_such_item()
    end = sessions[key - 1].end
    if end is not None:
        end()


ACTIONS = {
    "/safe-mode/take": Action(_take, ("write",), _has_safe_mode),
    "/safe-mode/release": Action(_release, ("write",), _has_safe_mode),
    "/safe-mode/unroll": Action(_unroll, ("write",), _has_safe_mode),
    "/safe-mode/get": Action(_get, ("read",), _has_safe_mode),
    "/safe-mode/toggle": Action(_toggle, ("write",), _has_safe_mode),
    "/undo": Action(_undo, ("write",)),
    "/user/active/request-logout": Action(_throw_out, ("policy",), lambda router: router.release < _REMOVE_SINCE),
    "/user/active/remove": Action(_throw_out, ("policy",), lambda router: router.release >= _REMOVE_SINCE),
}
