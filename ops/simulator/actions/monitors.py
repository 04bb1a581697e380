"""Commands that run on and tell the same again every second: monitor and monitor-traffic (facts 3.11, 14.11-14.16)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from ops.simulator.boards.radios import lte_reading
from ops.simulator.call import Action, Call, Result
from ops.simulator.moment import Moment, reading_of
from ops.simulator.release import V7, Release
from ops.simulator.router import Router
from ops.simulator.stock import INTERFACES
from ops.simulator.texts import seconds_in
from ops.simulator.traps import BAD_VALUE, Trap, missing_values
from ops.simulator.tree import Row, Table

ETHERNET = "/interface/ethernet"
_BASE_T_NAMES_SINCE = Release(7, 8)
_GIGABIT = 1000
Reading = Callable[[Call, Row, Moment], Mapping[str, str]]


def _chosen(call: Call, table: Table) -> list[Row]:
    reference = call.args.get("numbers") or call.args.get(".id") or call.args.get("interface")
    if reference is None:
        raise missing_values("numbers")
    rows: list[Row] = []
    for part in reference.split(","):
        try:
            rows.append(table.rows[table.find(part)])
        except Trap:
            raise Trap(
                f"input does not match any value of {'interface' if 'interface' in call.args else 'numbers'}", BAD_VALUE
            ) from None
    return rows


async def _stream(call: Call, sections: int | None, tell: Callable[[int], None]) -> None:
    section = 0
    while sections is None or section < sections:
        tell(section)
        section += 1
        if sections is None or section < sections:
            await call.router.fleet.clock.sleep(1.0)


def _wished_sections(call: Call) -> int | None:
    """Return how many rounds are wished for: `once`, `count`, `duration`, or none: until cancelled."""
    if "once" in call.args:
        return 1
    if "count" in call.args:
        return max(int(call.args["count"]), 1)
    seconds = seconds_in(call.args.get("duration", ""))
    return None if seconds is None else max(int(seconds), 1)


def _monitor(path: str, read: Reading) -> Callable[[Call], Result | Awaitable[Result]]:
    """Make a monitor over the items of a menu."""

    def tell(call: Call, section: int, *, alone: bool) -> None:
        moment = call.router.moment()
        for row in _chosen(call, call.router.table(path)):
            call.emit({**read(call, row, moment)} if alone else {**read(call, row, moment), ".section": str(section)})

    def run(call: Call) -> Result | Awaitable[Result]:
        sections = _wished_sections(call)
        _chosen(call, call.router.table(path))
        if sections == 1:
            tell(call, 0, alone="once" in call.args)
            return None
        return _run_on(call, sections, lambda section: tell(call, section, alone=False))

    return run


async def _run_on(call: Call, sections: int | None, tell: Callable[[int], None]) -> Result:
    await _stream(call, sections, tell)
    return None


def _modes(speed: int, version: Release) -> str:
    if version >= _BASE_T_NAMES_SINCE:
        names = {10: "10M-baseT", 100: "100M-baseT", 1000: "1G-baseT"}
    else:
        names = {10: "10M", 100: "100M", 1000: "1000M"}
    return ",".join(f"{name}-half,{name}-full" for mbps, name in names.items() if mbps <= speed)


def _ethernet(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    version = call.router.release
    if call.router.stock.board.is_virtual:
        return {
            "name": str(row["name"]),
            "status": "link-ok",
            "auto-negotiation": "done",
            "rate": "",
            "full-duplex": "false",
        }
    speed = int(str(row.get("~speed", "1000")))
    is_up = "~down" not in row and row.get("disabled") != "true"
    found = {"name": str(row["name"]), "status": "link-ok" if is_up else "no-link", "auto-negotiation": "done"}
    if is_up:
        found["rate"] = f"{speed // _GIGABIT}Gbps" if speed >= _GIGABIT else f"{speed}Mbps"
        found |= {"full-duplex": "true", "tx-flow-control": "false", "rx-flow-control": "false"}
    if version >= _BASE_T_NAMES_SINCE:
        found["supported"] = _modes(speed, version)
    found["advertising"] = _modes(speed, version)
    found["link-partner-advertising"] = _modes(speed, version) if is_up else ""
    return found | (_sfp(moment) if "sfp" in str(row["default-name"]) else {})


def _sfp(moment: Moment) -> dict[str, str]:
    return {
        "sfp-module-present": "true",
        "sfp-rx-loss": "false",
        "sfp-tx-fault": "false",
        "sfp-type": "SFP/SFP+/SFP28/SFP56",
        "sfp-connector-type": "LC",
        "sfp-vendor-name": "Mikrotik",
        "sfp-vendor-part-number": "S+85DLC03D",
        "sfp-vendor-serial": f"STST{moment.router.seed % 10**10:010d}",
        "sfp-wavelength": "850",
        "sfp-temperature": str(31 + int(6 * moment.noise(31))),
        "sfp-supply-voltage": f"{3.23 + 0.03 * moment.noise(32):.3f}",
        "sfp-tx-bias-current": "6",
        "sfp-tx-power": f"{-2.7 - 0.3 * moment.noise(33):.3f}",
        "sfp-rx-power": f"{-4.9 - 0.6 * moment.noise(34):.3f}",
        "eeprom-checksum": "good",
    }


def _lte(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    del row
    return reading_of(lte_reading(v7=call.router.release >= V7), moment)


def _traffic(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    del call
    swing = 0.5 + moment.noise(41, 1)
    rx, tx = (int(float(str(row.get(name, "0"))) * 8 * swing) for name in ("~rx", "~tx"))
    found = {"name": str(row["name"])}
    for side, bits in (("rx", rx), ("tx", tx)):
        found |= {f"{side}-packets-per-second": str(bits // 5600), f"{side}-bits-per-second": str(bits)}
        found |= {f"{side}-drops-per-second": "0", f"{side}-errors-per-second": "0"}
    return found


def _wifi(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    del moment
    path = "/interface/wifi/registration-table"
    peers = sum(1 for each in call.router.table(path).rows.values() if each.get("interface") == row.get("name"))
    found = {"state": "running", "channel": str(row.get("~channel", "")), "registered-peers": str(peers)}
    return found | {"authorized-peers": str(peers), "tx-power": "20"}


def _wireless(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    path = "/interface/wireless/registration-table"
    clients = sum(1 for each in call.router.table(path).rows.values() if each.get("interface") == row.get("name"))
    found = {
        "status": "running-ap",
        "channel": f"{row.get('frequency')}/20-Ce/gn(20dBm)",
        "wireless-protocol": "802.11",
    }
    found |= {
        "noise-floor": str(-108 - int(6 * moment.noise(51, 300))),
        "overall-tx-ccq": str(70 + int(28 * moment.noise(52, 300))),
    }
    return found | {"registered-clients": str(clients), "authenticated-clients": str(clients), "current-distance": "1"}


def _poe(call: Call, row: Row, moment: Moment) -> Mapping[str, str]:
    del call
    found = {"name": str(row["name"]), "poe-out": str(row.get("poe-out", "auto-on"))}
    if row.get("poe-out") == "off":
        return found | {"poe-out-status": "disabled"}
    if hash_of(str(row["name"])) % 3 == 0:
        return found | {"poe-out-status": "waiting-for-load"}
    milliamperes = 90 + hash_of(str(row["name"])) % 200 + int(20 * moment.noise(61))
    found |= {"poe-out-status": "powered-on", "poe-out-voltage": "24.1", "poe-out-current": str(milliamperes)}
    return found | {"poe-out-power": f"{24.1 * milliamperes / 1000:.1f}"}


def hash_of(text: str) -> int:
    """Return a small number that follows from a text."""
    return sum(map(ord, text))


def _traffic_sources(call: Call) -> Result | Awaitable[Result]:
    """Monitor the interfaces' own menus: only they know the rates."""
    sections = _wished_sections(call)
    rows = [
        _source(call.router, name) for name in (call.args.get("interface") or call.args.get("numbers") or "").split(",")
    ]

    def tell(section: int) -> None:
        moment = call.router.moment()
        for row in rows:
            reading = _traffic(call, row, moment)
            call.emit(reading if "once" in call.args else {**reading, ".section": str(section)})

    if sections == 1:
        tell(0)
        return None
    return _run_on(call, sections, tell)


def _source(router: Router, name: str) -> Row:
    for path, menu in router.stock.menus.items():
        if menu.interface is not None:
            for row in router.table(path).rows.values():
                if row.get("name") == name:
                    return row
    raise Trap("input does not match any value of interface", BAD_VALUE)


def _with(menu: str) -> Callable[[Router], bool]:
    return lambda router: menu in router.stock.menus


_READ = ("read", "test")
ACTIONS = {
    f"{ETHERNET}/monitor": Action(_monitor(ETHERNET, _ethernet), _READ),
    f"{ETHERNET}/poe/monitor": Action(_monitor(f"{ETHERNET}/poe", _poe), _READ, _with(f"{ETHERNET}/poe")),
    f"{INTERFACES}/monitor-traffic": Action(_traffic_sources, _READ),
    f"{INTERFACES}/lte/monitor": Action(_monitor(f"{INTERFACES}/lte", _lte), _READ, _with(f"{INTERFACES}/lte")),
    f"{INTERFACES}/lte/info": Action(_monitor(f"{INTERFACES}/lte", _lte), _READ, lambda router: router.release < V7),
    f"{INTERFACES}/wifi/monitor": Action(_monitor(f"{INTERFACES}/wifi", _wifi), _READ, _with(f"{INTERFACES}/wifi")),
    f"{INTERFACES}/wireless/monitor": Action(
        _monitor(f"{INTERFACES}/wireless", _wireless), _READ, _with(f"{INTERFACES}/wireless")
    ),
}
