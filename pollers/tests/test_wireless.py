from datetime import UTC, datetime

import pytest

from contracts.wireless import Stack
from pollers.engine.collector import Look
from pollers.wireless import RADIOS, REGISTRATIONS, _width, step

NOON = datetime(2025, 7, 21, 12, tzinfo=UTC)


def look(menus, mark=None):
    tables = []
    for menu in (*(menu for _, menu in RADIOS), *REGISTRATIONS):
        rows = menus.get(menu.path)
        tables.append(None if rows is None else tuple(tuple(row.get(field) for row in rows) for field in menu.fields))
    return step(Look(tuple(tables), NOON, mark))


def test_two_packages_on_one_router_are_one_list():
    seen = look(
        {
            "/interface/wireless": [{"name": "wlan1", "ssid": "old", "running": "true", "frequency": "5180"}],
            "/interface/wifi": [{"name": "wifi1", "configuration.ssid": "new", "running": "true"}],
            "/interface/wireless/registration-table": [
                {
                    "interface": "wlan1",
                    "mac-address": "AA:00:00:00:00:01",
                    "signal": "-60@6Mbps",
                    "signal-to-noise": "40",
                }
            ],
            "/interface/wifi/registration-table": [
                {"interface": "wifi1", "mac-address": "AA:00:00:00:00:02", "signal": "-50", "bytes": "1,2"}
            ],
        }
    ).observation
    assert [(radio.interface, radio.stack, radio.ssid, radio.station_count) for radio in seen.radios] == [
        ("wlan1", Stack.WIRELESS, "old", 1),
        ("wifi1", Stack.WIFI, "new", 1),
    ]
    assert seen.radios[0].noise_dbm == -100.0
    assert [(s.mac[-1], s.signal_dbm, s.tx_bytes, s.rx_bytes) for s in seen.stations] == [
        ("1", -60.0, None, None),
        ("2", -50.0, 1, 2),
    ]


def test_a_menu_that_answers_under_two_names_is_not_counted_twice():
    radio, station = [{"name": "wifi1"}], [{"interface": "wifi1", "mac-address": "AA:00:00:00:00:01"}]
    both = {f"/interface/{name}": radio for name in ("wifi", "wifiwave2")}
    both |= {f"/interface/{name}/registration-table": station for name in ("wifi", "wifiwave2")}
    seen = look(both).observation
    assert (len(seen.radios), len(seen.stations)) == (1, 1)


def test_a_radio_of_capsman_is_read_out_of_its_channel():
    row = {"name": "cap1", "current-state": "running-ap", "current-channel": "5220/20-Ce/ac/P(15dBm)"}
    (radio,) = look({"/caps-man/interface": [row]}).observation.radios
    assert (radio.frequency_hertz, radio.channel_width_hertz, radio.tx_power_dbm, radio.is_running) == (
        5_220_000_000,
        40_000_000,
        15.0,
        True,
    )


def test_a_device_without_radios_is_silent_and_says_once_that_the_last_one_has_gone():
    assert look({"/interface/wifi": []}).observation is None
    there = look({"/interface/wifi": [{"name": "wifi1"}]})
    gone = look({"/interface/wifi": []}, there.mark)
    assert gone.observation.radios == ()
    assert look({"/interface/wifi": []}, gone.mark).observation is None


@pytest.mark.parametrize(
    ("text", "megahertz"),
    [("20mhz", 20), ("20/40mhz-XX", 40), ("20/40/80mhz-Ceee", 80), ("20-Ce", 40), ("20", 20), ("", None), (None, None)],
)
def test_a_channel_is_as_wide_as_its_widest_part(text, megahertz):
    assert _width(text) == (megahertz * 1_000_000 if megahertz else None)
