"""Actions that make a router go away, and the backups that go with them; the API asks nothing first (facts 9.9)."""

from __future__ import annotations

from ops.simulator.call import Action, Call
from ops.simulator.files import file_content, write_file
from ops.simulator.power import load_backup, reboot, save_backup
from ops.simulator.traps import Trap, failure, missing_values

_GOODBYE = 0.05  # seconds between the answer and the end of the connections


def _later(call: Call, what: str) -> None:
    router = call.router
    router.history.effect(call.session, f"{call.path}/{call.verb}", dict(call.args))
    router.log("system,info", f"router {what} by {call.session.via}:{call.session.user}@{call.session.address}")


def _reboot(call: Call) -> None:
    _later(call, "rebooted")
    router = call.router
    router.fleet.clock.wake_at(router.fleet.now() + _GOODBYE, lambda: reboot(router))


def _shutdown(call: Call) -> None:
    _later(call, "shut down")
    router = call.router
    router.fleet.clock.wake_at(router.fleet.now() + _GOODBYE, lambda: reboot(router, away_seconds=10 * 365 * 86400.0))


def _reset(call: Call) -> None:
    """Go back to the factory's configuration, run a file afterwards if one is named."""
    _later(call, "reset")
    router = call.router
    script = call.args.get("run-after-reset", "")
    content = file_content(router, script) if script else ""
    if content is None:
        raise failure("file not found")

    def reset() -> None:
        files = router.table("/file").copy()
        users = router.table("/user").copy() if call.args.get("keep-users") in {"yes", "true", ""} else None
        router.overlay = {"/file": files} | ({"/user": users} if users is not None else {})
        reboot(router)
        if content:
            boot = router.booted_at + 5.0
            router.fleet.clock.wake_at(boot, lambda: _start(call, content))

    router.fleet.clock.wake_at(router.fleet.now() + _GOODBYE, reset)


def _start(call: Call, content: str) -> None:
    call.router.fleet.runner.start(call.session, content, "run-after-reset")


def _backup_name(name: str) -> str:
    return name if name.endswith(".backup") else f"{name}.backup"


def _save(call: Call) -> None:
    name = call.args.get("name") or f"{call.router.row('/system/identity')['name']}-backup"
    call.router.history.effect(call.session, "/system/backup/save", dict(call.args))
    fails = call.router.mishaps is not None and call.router.mishaps.backup_fails
    content = "" if fails else save_backup(call.router, call.args.get("password", ""))
    write_file(call.router, _backup_name(name), content, "backup")
    call.router.log("system,info", f"created new backup file {name}")


def _load(call: Call) -> None:
    name = call.args.get("name")
    if name is None:
        raise missing_values("name")
    if "password" not in call.args:
        raise missing_values("password")
    content = file_content(call.router, _backup_name(name)) or file_content(call.router, name)
    if content is None:
        raise Trap("file not found", 0)
    call.router.history.effect(call.session, "/system/backup/load", dict(call.args))
    load_backup(call.router, content, call.args["password"])


ACTIONS = {
    "/system/reboot": Action(_reboot, ("reboot",)),
    "/system/shutdown": Action(_shutdown, ("reboot",)),
    "/system/reset-configuration": Action(_reset, ("policy", "write")),
    "/system/backup/save": Action(_save, ("ftp", "read", "write", "policy", "sensitive")),
    "/system/backup/load": Action(_load, ("ftp", "read", "write", "policy", "sensitive")),
}
