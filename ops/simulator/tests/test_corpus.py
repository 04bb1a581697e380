"""Our replies beside those of real devices: the same fields, and the same form of value in each of them."""

import re
from collections import defaultdict

from ops.simulator import Fleet
from ops.simulator.boards.catalog import BOARDS
from ops.simulator.boards.radios import lte_reading
from ops.simulator.console import Console
from ops.simulator.menus import MENUS
from ops.simulator.moment import reading_of
from ops.simulator.query import reading
from ops.simulator.tests.corpus import corpus_replies
from ops.simulator.users import Session, policies_of

SHAPES = {
    "flag": r"true|false",
    "yes-no": r"yes|no",
    "whole number": r"-?\d+",
    "decimal": r"-?\d+\.\d+",
    "duration": r"(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?(\d+us)?",
    "old date": r"[a-z]{3}/\d\d/\d{4} \d\d:\d\d:\d\d",
    "build date": r"[A-Z][a-z]{2}/\d\d/\d{4} \d\d:\d\d:\d\d",
    "ISO date": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "id": r"\*[0-9A-F]+",
    "MAC": r"[0-9A-F]{2}(:[0-9A-F]{2}){5}",
    "client id": r"1(:[0-9a-f]{1,2}){6}",
    "address": r"\d+\.\d+\.\d+\.\d+",
    "network": r"\d+\.\d+\.\d+\.\d+/\d+",
    "pair": r"\d+,\d+",
    "slash pair": r"\d+/\d+",
    "legacy rate": r"[\d.]+Mbps(-\d+MHz/\dS(/SGI)?)?",
    "legacy signal": r"-\d+@[\d.]+Mbps",
    "version": r"\d+\.\d+(\.\d+)?( \([a-z-]+\))?",
    "hex number": r"0x[0-9A-Fa-f]+",
}
ALIKE = (
    {"whole number", "decimal", "version"},  # 23 and 23.9 are the same voltage, 7.4 is a version and a decimal
    {"old date", "ISO date"},  # which of the two is a matter of the version, and tested by itself
    {"build date", "ISO date", "old date"},
    {"address", "network"},  # 0.0.0.0/0 or a single address
    {"duration", "whole number"},
)
WORDS = {"never", "none", "auto", "disabled", "any", "default", "unlimited", "infinity", "no-limit", "local"}
ACCEPTED = {  # where a real device of the corpus holds what is not typical for the field
    ("/ip/service", "address"),  # one prefix or a list of them
    ("/interface/wireless", "frequency"),  # auto, or a number
    ("/interface/wireless", "scan-list"),
    ("/snmp", "engine-id"),
    ("/ppp/secret", "last-caller-id"),  # a MAC address over PPPoE, an IP address over the tunnels
    ("/routing/bgp/connection", "as"),  # a number, or a number and a confederation
}


def shape(text):
    """Name the form of a value; None when it is plain text, a word, or nothing at all."""
    if text in WORDS or text == "":
        return None
    return next((name for name, form in SHAPES.items() if re.fullmatch(form, text)), None)


def fits(ours, theirs):
    if ours == theirs or None in {ours, theirs}:
        return True
    return any({ours, theirs} <= each for each in ALIKE)


def printed(reply):
    return reply["command"].split()[0] in {"print", "listen"}


def declared():
    """Return the fields of each menu by path and major version."""
    fields: dict[tuple[str, int], set[str]] = defaultdict(set)
    for menu in MENUS:
        for major in (6, 7):
            if menu.since.major <= major <= menu.until.major:
                fields[menu.path, major] |= {".id", ".dead", ".nextid", *menu.by_name}
    return fields


def spoken():
    """Return the values that a fleet of every board gives, by path, major version and field."""
    values: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for router in Fleet(len(BOARDS)).routers:
        moment = router.moment()
        for path in router.stock.menus:
            for row in router.table(path).rows.values():
                for name, text in reading(row, moment).items():
                    values[path, router.release.major][name].add(text)
    return values


def test_every_field_of_a_real_reply_is_a_field_of_ours():
    ours = declared()
    compared = 0
    strange: dict[tuple[str, int], set[str]] = defaultdict(set)
    for reply in filter(printed, corpus_replies()):
        key = reply["menu"], int(reply["routeros"][0])
        if key in ours:
            compared += 1
            for row in reply["rows"]:
                strange[key] |= set(row) - ours[key]
    assert {key: names for key, names in strange.items() if names} == {}
    assert compared >= 90


def test_the_menus_that_managers_poll_have_every_field_of_a_real_reply():
    ours = spoken()
    lacking: dict[tuple[str, int], set[str]] = defaultdict(set)
    for reply in filter(printed, corpus_replies()):
        key = reply["menu"], int(reply["routeros"][0])
        if key in ours and reply["menu"] in POLLED:
            for row in reply["rows"]:
                lacking[key] |= set(row) - set(ours[key]) - POLLED[reply["menu"]]
    assert {key: names for key, names in lacking.items() if names} == {}


_ID = {".id"}
POLLED = {  # and what a real one had that ours never has
    "/system/resource": {"serial-number"},  # seen on 6.33.3 on x86 only
    "/system/resource/cpu": _ID,
    "/system/health": _ID,
    "/system/routerboard": set(),
    "/system/package": _ID,
    "/system/ntp/client": set(),
    "/interface": _ID,
    "/interface/wireless/registration-table": _ID,
    "/interface/wifiwave2/registration-table": _ID,
    "/interface/wireguard": _ID,
    "/ip/address": _ID | {".dead"},
    "/ip/arp": _ID | {"comment"},
    "/ip/dhcp-server/lease": _ID,
    "/ip/dns": set(),
    "/ip/neighbor": _ID,
    "/ip/service": _ID,
    "/ip/firewall/connection/tracking": set(),
    "/ipv6/address": _ID,
    "/ipv6/neighbor": _ID,
    "/ppp/active": {"comment"},
    "/ppp/secret": _ID,
    "/queue/simple": _ID,
    "/routing/bgp/session": _ID,
    "/routing/bgp/peer": _ID,
    "/routing/table": _ID,
    "/user": _ID,
    "/certificate": _ID,
}


def test_values_have_the_form_that_real_devices_give_them():
    ours = spoken()
    wrong, compared = set(), 0
    for reply in filter(printed, corpus_replies()):
        key = reply["menu"], int(reply["routeros"][0])
        for row in reply["rows"] if key in ours else ():
            for name, text in row.items():
                if (reply["menu"], name) in ACCEPTED:
                    continue
                for own in ours[key].get(name, ()):
                    compared += 1
                    if not fits(shape(own), shape(text)):
                        wrong.add((reply["menu"], name, own, text))
    assert wrong == set()
    assert compared > 2000


async def test_monitors_tell_what_real_monitors_tell():
    async with Fleet(len(BOARDS)) as fleet:
        for reply in corpus_replies():
            path, command = reply["menu"], reply["command"].split()[0]
            if printed(reply) or path.rpartition("/")[2] not in {"monitor", "monitor-traffic"} or "lte" in path:
                continue
            real = {name for row in reply["rows"] for name in row} - {".section"}
            router = fleet.routers[-1]
            session = Session(router, "tod", group="full", policies=policies_of(router, "full"), via="ssh")
            lines: list[str] = []
            await Console(session, lines.append).line(f"{path.removesuffix('/' + command)}/{command} ether1 once")
            assert real <= {line.split(":")[0].strip() for line in lines}, (path, lines)


def test_a_modem_tells_what_a_real_modem_tells():
    router = next(router for router in Fleet(len(BOARDS)).routers if "lte" in router.stock.board.features)
    for reply in corpus_replies():
        if reply["menu"] == "/interface/lte/monitor":
            ours = reading_of(lte_reading(v7=False), router.moment())
            for row in reply["rows"]:
                assert set(row) == set(ours)
                assert all(fits(shape(ours[name]), shape(text)) for name, text in row.items())
