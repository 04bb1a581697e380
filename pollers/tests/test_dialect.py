import pytest

from pollers.device import dialect, values
from pollers.device.dialect import Sensor


@pytest.mark.parametrize(
    ("meaning", "version", "menus"),
    [
        ("bgp.sessions", "6.49.10", ("/routing/bgp/peer",)),
        ("bgp.sessions", "7.14.3", ("/routing/bgp/session",)),
        ("bgp.sessions", "7.1beta6", ("/routing/bgp/session",)),
        ("wireless.interfaces", "6.49.10", ("/interface/wireless",)),
        ("wireless.interfaces", "7.12.1", ("/interface/wireless", "/interface/wifiwave2")),
        ("wireless.interfaces", "7.13", ("/interface/wireless", "/interface/wifi")),
        ("users.log_out", "7.19.4", ("/user/active/request-logout",)),
        ("users.log_out", "7.20", ("/user/active/remove",)),
        ("safe_mode", "7.17", ()),
        ("safe_mode", "7.18", ("/safe-mode",)),
    ],
)
def test_each_version_is_asked_in_its_own_words(meaning, version, menus):
    assert dialect.menus(meaning, values.version_of(version)) == menus


@pytest.mark.parametrize("meaning", dialect.MENUS)
def test_a_device_of_unknown_version_is_asked_in_all_words(meaning):
    asked = dialect.menus(meaning, None)
    assert asked == tuple(form.menu for form in dialect.MENUS[meaning])
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("forms", dialect.MENUS.values())
def test_every_form_has_a_time(forms):
    for form in forms:
        assert form.menu.startswith("/")
        assert form.since is None or form.until is None or form.since < form.until


def test_no_name_of_a_field_means_two_fields():
    names = [name for listed in dialect.SPELLINGS.values() for name in listed]
    assert len(set(names)) == len(names)
    assert dialect.spellings("uptime") == ("uptime",)


def test_health_of_version_6_is_read_from_one_row():
    row = {"voltage": "24.2", "cpu-temperature": "49", "fan1-speed": "4100", "psu1-state": "ok", "fan-mode": "auto"}
    assert dialect.sensors([row]) == [
        Sensor("voltage", "24.2", "V"),
        Sensor("cpu-temperature", "49", "C"),
        Sensor("fan1-speed", "4100", "RPM"),
        Sensor("psu1-state", "ok", ""),
    ]


def test_health_of_version_7_is_read_from_a_row_per_sensor():
    rows = [
        {".id": "*D", "name": "voltage", "value": "24.2", "type": "V"},
        {".id": "*1CE9", "name": "psu1-state", "value": "fail", "type": ""},
        {".id": "*E", "name": "temperature"},
    ]
    assert dialect.sensors(rows) == [Sensor("voltage", "24.2", "V"), Sensor("psu1-state", "fail", "")]


def test_a_current_in_milliamperes_is_put_right():
    rows = [{"current": "860"}, {"current": "0.9"}, {"psu1-current": "4.2"}, {"psu2-current": "4"}]
    assert [sensor.text for sensor in dialect.sensors(rows)] == ["0.86", "0.9", "4.2", "4"]


def test_a_voltage_in_tenths_is_put_right():
    assert dialect.sensors([{"voltage": "242"}, {"voltage": "48"}]) == [
        Sensor("voltage", "24.2", "V"),
        Sensor("voltage", "48", "V"),
    ]


@pytest.mark.parametrize(
    ("version", "is_old"), [("6.49.10", True), ("7.9.2", True), ("7.10beta2", False), ("7.10", False)]
)
def test_the_calendar_changed_with_7_10(version, is_old):
    read = values.version_of(version)
    assert read is not None
    assert dialect.is_old_calendar(read) is is_old
