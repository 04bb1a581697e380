"""What every collector makes of the recordings beside it, and of whatever real devices answered.

A recording is one file a menu, `<menu>.json` with the rows, and `expected.json` with the parts of the poll; a menu
without a file is not there on that device. Write the expected observation by hand, or check every field of it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.catalog import CODEC
from pollers.catalog import COLLECTORS
from pollers.engine.collector import Survey
from pollers.engine.observe import blank, observe
from pollers.tests.answers import of_menus
from pollers.tests.corpus import needs_corpus, recordings

RECORDINGS = sorted(path for path in (Path(__file__).parent / "recordings").iterdir() if path.is_dir())
SURVEY = Survey(COLLECTORS, 60)
ALL = SURVEY.plan(SURVEY.turn(0, 0).due, 0)
MENUS = {menu for collector in COLLECTORS for menu in collector.menus}
NOON = datetime(2025, 7, 21, 12, tzinfo=UTC)


def parts_of(menus):
    """The parts of a first look at a device with these menus, each held against its contract."""
    observed = observe(SURVEY, ALL, of_menus(ALL, menus), blank(SURVEY), at=NOON)
    for name, part in observed.parts.items():
        assert CODEC.decode_body(f"tod.{name}", part) is not None
    return {name: json.loads(bytes(memoryview(part))) for name, part in observed.parts.items()}


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda path: path.name)
def test_a_recorded_device_gives_the_expected_observation(folder):
    menus = {"/" + path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if path.stem != "expected"}
    by_path = {
        menu.path: menus["/" + menu.path[1:].replace("/", "-")]
        for menu in MENUS
        if "/" + menu.path[1:].replace("/", "-") in menus
    }
    assert len(by_path) == len(menus), "every recorded menu is asked for"
    assert parts_of(by_path) == json.loads((folder / "expected.json").read_text())


@needs_corpus
@pytest.mark.parametrize(
    "recorded",
    [one for one in recordings("api", "rest", "cli") if one.menu in {menu.path for menu in MENUS}],
    ids=lambda one: one.file,
)
def test_whatever_a_real_device_answered_becomes_an_observation_that_its_contract_takes(recorded):
    menus = {
        "/system/clock": [{"date": "2025-07-21", "time": "12:00:00"}],
        "/interface": [],
        recorded.menu: recorded.rows,
    }
    parts = parts_of(menus)
    if recorded.menu == "/interface":
        assert parts["interfaces.counted.v1"]["names"] == [row["name"] for row in recorded.rows]
    if recorded.menu == "/system/resource":
        (row,) = recorded.rows  # some were shortened by those who published them
        assert ("health.observed.v1" in parts) == ("uptime" in row)
        assert row.get("version", "").startswith(parts["devices.identified.v1"].get("routeros_version", ""))
    if recorded.menu.endswith("registration-table"):
        assert len(parts["wireless.observed.v1"]["stations"]) == len(recorded.rows)
        assert len(parts["clients.listed.v1"]["clients"]) == len(recorded.rows)
    if recorded.menu == "/ip/neighbor":
        assert len(parts["topology.listed.v1"]["neighbours"]) == len(recorded.rows)
    if recorded.menu == "/ip/route":
        assert parts["routes.counted.v1"]["total"] == len(recorded.rows)
    if recorded.menu in {"/ip/arp", "/ip/dhcp-server/lease"}:
        assert parts["clients.listed.v1"]["total"] == len(
            {row["mac-address"] for row in recorded.rows if "mac-address" in row}
        )
    if recorded.menu == "/system/health":
        assert "health.observed.v1" not in parts, "without an uptime there is no look"
