"""Where RouterOS 6 and 7 say the same thing differently; a table, and the three questions that are put to it; pure.

A version check anywhere else is a leak. Menus and names are from facts 14; an unknown version asks everything.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pollers.device.values.versions import Stage, Version

_V7: Final = Version(7, 1, 0, Stage.ALPHA)


class Form(msgspec.Struct, frozen=True):
    """One menu or command, and the versions that have it: from `since` on, up to but not including `until`."""

    menu: str
    since: Version | None = None
    until: Version | None = None


class Sensor(msgspec.Struct, frozen=True):
    """One sensor of a board: the unit is one of C V A W RPM, or empty where it answers in words."""

    name: str
    text: str
    unit: str


MENUS: Final[Mapping[str, tuple[Form, ...]]] = {
    # Packages decide, not versions alone: a router may have both stacks, so whatever may be there is asked (14.12).
    "wireless.interfaces": (
        Form("/interface/wireless"),
        Form("/interface/wifiwave2", since=_V7, until=Version(7, 13)),
        Form("/interface/wifi", since=Version(7, 13)),
    ),
    "wireless.registrations": (
        Form("/interface/wireless/registration-table"),
        Form("/interface/wifiwave2/registration-table", since=_V7, until=Version(7, 13)),
        Form("/interface/wifi/registration-table", since=Version(7, 13)),
        Form("/caps-man/registration-table"),
    ),
    "capsman.interfaces": (Form("/caps-man/interface"),),
    "capsman.remote_caps": (
        Form("/caps-man/remote-cap"),
        Form("/interface/wifiwave2/capsman/remote-cap", since=_V7, until=Version(7, 13)),
        Form("/interface/wifi/capsman/remote-cap", since=Version(7, 13)),
    ),
    "bgp.sessions": (Form("/routing/bgp/peer", until=_V7), Form("/routing/bgp/session", since=_V7)),
    "bgp.connections": (Form("/routing/bgp/peer", until=_V7), Form("/routing/bgp/connection", since=_V7)),
    "ospf.neighbors": (Form("/routing/ospf/neighbor"), Form("/routing/ospf-v3/neighbor", until=_V7)),
    "ospf.interfaces": (
        Form("/routing/ospf/interface", until=_V7),
        Form("/routing/ospf/interface-template", since=_V7),
    ),
    "routes.all": (Form("/ip/route", until=_V7), Form("/routing/route", since=_V7)),
    "routes.rules": (Form("/ip/route/rule", until=_V7), Form("/routing/rule", since=_V7)),
    "ntp.servers": (Form("/system/ntp/client", until=_V7), Form("/system/ntp/client/servers", since=_V7)),
    "health.settings": (Form("/system/health", until=_V7), Form("/system/health/settings", since=_V7)),
    "ping": (Form("/ping", until=Version(7, 23)), Form("/tool/ping", since=_V7)),
    "lte.monitor": (Form("/interface/lte/info", until=_V7), Form("/interface/lte/monitor", since=_V7)),
    "users.log_out": (
        Form("/user/active/request-logout", until=Version(7, 20)),
        Form("/user/active/remove", since=Version(7, 20)),
    ),
    "export.on_device": (Form("/execute", since=_V7),),  # =as-string= is an unknown parameter before (9.5)
    "safe_mode": (Form("/safe-mode", since=Version(7, 18)),),
    "file.read": (Form("/file/read", since=Version(7, 13)),),
    "package.apply": (Form("/system/package/apply-changes", since=Version(7, 18)),),
}
"""What is meant, and which menus say it in which version."""

SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    names[0]: names
    for names in (
        ("factory-software", "minimum-version"),  # 7.24 (14.1)
        ("factory-firmware", "minimum-firmware"),
        ("installed-version", "current-version"),  # the latter in old 6 (14.6)
        ("DHCP", "dhcp"),  # 14.21
        ("iccid", "uicc"),  # 14.16
        ("routing-table", "routing-mark"),  # 14.18
        ("signal", "signal-strength", "rx-signal"),  # wifi, wireless, CAPsMAN (8.9)
        ("remote.address", "remote-address"),  # BGP, 14.19
        ("remote.as", "remote-as"),
        ("remote.id", "remote-id"),
        ("local.address", "local-address"),
        ("hold-time", "used-hold-time"),
        ("dr", "dr-address"),  # OSPF, 14.20
        ("bdr", "backup-dr-address"),
        ("servers", "primary-ntp"),  # 14.9
        ("synced-server", "active-server"),
    )
}
"""A field, and every name it has had; the first is the one to write in an Ask."""

_UNITS_OF_HEALTH: Final = (
    ("-temperature", "C"),
    ("-voltage", "V"),
    ("-current", "A"),
    ("-consumption", "W"),
    ("-speed", "RPM"),
    ("-state", ""),
)
_BOARD_VOLTAGE_MAX: Final = 100.0  # no board takes more, so a larger number counts tenths of a volt (14.3)
_BOARD_CURRENT_MAX: Final = (
    30.0  # nor this, so a larger number counts milliamperes; supplies (`psu1-current`) say amperes
)


def menus(meaning: str, version: Version | None) -> tuple[str, ...]:
    """List the menus worth asking for `meaning`; all of them when the version is not known yet."""
    return tuple(
        form.menu
        for form in MENUS[meaning]
        if version is None
        or ((form.since is None or form.since <= version) and (form.until is None or version < form.until))
    )


def spellings(field: str) -> tuple[str, ...]:
    """List every name of a field, the present one first."""
    return SPELLINGS.get(field) or (field,)


def is_old_calendar(version: Version) -> bool:
    """Whether the device writes `jul/21/2023` (up to 7.9) and not `2023-07-21` (facts 8.3)."""
    return version < Version(7, 10, 0, Stage.ALPHA)


def sensors(rows: Iterable[Mapping[str, str]]) -> list[Sensor]:
    """Read `/system/health` of either kind: a row per sensor (7), or a field per sensor in one row (6; facts 14.3)."""
    found: list[Sensor] = []
    for row in rows:
        if "name" in row:
            found.append(Sensor(row["name"], row.get("value", ""), row.get("type", "")))
            continue
        for name, text in row.items():
            unit = _unit_of(name)
            if unit is not None:
                found.append(Sensor(name, text, unit))
    return [_in_si(sensor) for sensor in found if sensor.text]


def _unit_of(name: str) -> str | None:
    """Say in which unit a field of the old menu counts; None for a setting that stands among the sensors."""
    return next((unit for ending, unit in _UNITS_OF_HEALTH if f"-{name}".endswith(ending)), None)


def _in_si(sensor: Sensor) -> Sensor:
    """Put right a voltage that was told in tenths, and a current that was told in thousandths."""
    limit, divisor = {"V": (_BOARD_VOLTAGE_MAX, 10), "A": (_BOARD_CURRENT_MAX, 1000)}.get(sensor.unit, (0.0, 1))
    if divisor == 1 or not sensor.text.isdigit() or float(sensor.text) <= limit:
        return sensor
    return Sensor(sensor.name, f"{int(sensor.text) / divisor:g}", sensor.unit)
