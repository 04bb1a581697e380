"""Firmware: looking for a version, fetching it, and coming back with it, or not (facts 15)."""

from __future__ import annotations

from ops.simulator.call import Action, Call
from ops.simulator.mishaps import Mishaps
from ops.simulator.power import UPDATE, reboot
from ops.simulator.release import V7, release
from ops.simulator.router import Router
from ops.simulator.tree import SINGLE

_NEWEST = {6: "6.49.18", 7: "7.20.6"}
_LOOKING = 0.3  # seconds that a check takes
_FIRMWARE_READY = "Firmware upgraded successfully, please reboot for changes to take effect!"


def _mishaps(router: Router) -> Mishaps:
    return router.mishaps if router.mishaps is not None else Mishaps()


def _newest(router: Router) -> str:
    """Return what the channel offers: from v6, the channel `upgrade` leads to 7.12.1 first (facts 15.4)."""
    wished = router.fleet.newest_version
    if wished is not None:
        return wished
    if router.row(UPDATE)["channel"] == "upgrade" and router.release < V7:
        return "7.12.1"
    return _NEWEST[router.release.major]


async def _check(call: Call) -> None:
    router = call.router
    installed = router.row(UPDATE)["installed-version"]
    common = {"channel": router.row(UPDATE)["channel"], "installed-version": installed}
    call.emit({**common, "status": "finding out latest version...", ".section": "0"})
    await router.fleet.clock.sleep(_LOOKING)
    wrong = _mishaps(router).update_status
    if wrong:
        router.own(UPDATE).change(SINGLE, {"status": wrong, "latest-version": None})
        call.emit({**common, "status": wrong, ".section": "1"})
        return
    latest = _newest(router)
    newer = release(latest) > release(installed)
    status = "New version is available" if newer else "System is already up to date"
    router.own(UPDATE).change(SINGLE, {"latest-version": latest, "status": status})
    call.emit({**common, "latest-version": latest, "status": status, ".section": "1"})


async def _download(call: Call) -> None:
    router = call.router
    latest = router.row(UPDATE).get("latest-version")
    if latest is None or release(latest) <= release(router.row(UPDATE)["installed-version"]):
        call.emit({"status": "System is already up to date", ".section": "0"})
        return
    call.emit({"status": "Downloading...", ".section": "0"})
    await router.fleet.clock.sleep(_LOOKING)
    status = "Downloaded, please reboot router to upgrade it"
    router.own(UPDATE).change(SINGLE, {"status": status, "~downloaded": latest})
    call.emit({"status": status, ".section": "1"})
    router.history.effect(call.session, f"{UPDATE}/download", {"version": latest})


async def _install(call: Call) -> None:
    await _download(call)
    if "~downloaded" in call.router.table(UPDATE).rows[SINGLE]:
        router = call.router
        router.fleet.clock.wake_at(router.fleet.now() + 0.05, lambda: reboot(router))


def _firmware(call: Call) -> None:
    board = call.router.own("/system/routerboard")
    row = board.rows[SINGLE]
    board.change(SINGLE, {"~staged": str(row.get("upgrade-firmware", ""))})
    call.router.history.effect(call.session, "/system/routerboard/upgrade", {})
    call.router.log("system,info,critical", _FIRMWARE_READY)


ACTIONS = {
    f"{UPDATE}/check-for-updates": Action(_check, ("write",)),
    f"{UPDATE}/download": Action(_download, ("write",)),
    f"{UPDATE}/install": Action(_install, ("write", "reboot")),
    "/system/routerboard/upgrade": Action(_firmware, ("write",), lambda router: router.stock.board.model is not None),
}
