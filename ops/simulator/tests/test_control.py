import asyncio
import json
import sys

import pytest

from ops.simulator.control import ControlError, Remote, serve_control
from ops.simulator.mishaps import Mishaps


@pytest.fixture
async def remote(fleet, tmp_path):
    """The fleet, as another process would reach it."""
    path = tmp_path / "control"
    server = await serve_control(fleet, path)
    async with Remote(path) as client:
        yield client
    server.close()


async def test_a_fleet_describes_itself(remote, fleet):
    assert await remote.ask("describe") == fleet.describe()


async def test_changes_by_hand_are_seen_and_counted(remote, new):
    at = {"address": new.address}
    assert (
        await remote.ask("run", **at, line="/ip address add address=10.3.3.1/24 interface=ether1; :put done") == "done"
    )
    rows = await remote.ask("read", **at, menu="/ip/address")
    assert "10.3.3.1/24" in [row["address"] for row in rows]
    (effect,) = await remote.ask("effects", **at)
    assert (effect["user"], effect["via"], effect["command"]) == ("hand", "console", "/ip/address/add")


async def test_mishaps_are_switched_by_name(remote, new):
    await remote.ask("misbehave", address=new.address, ways={"slow_seconds": 3, "throttle": True})
    assert (new.mishaps.slow_seconds, new.mishaps.throttle is not None) == (3, True)
    await remote.ask("behave", address=new.address)
    assert new.mishaps is None


async def test_time_plugs_and_power_are_in_reach(remote, fleet, new):
    at = {"address": new.address}
    before = fleet.now()
    await remote.ask("advance", seconds=100)
    assert fleet.now() - before >= 100
    downs = int((await remote.ask("read", **at, menu="/interface"))[0]["link-downs"])
    await remote.ask("plug", **at, interface="ether1", linked=False)
    (row,) = [row for row in await remote.ask("read", **at, menu="/interface") if row["name"] == "ether1"]
    assert (row["running"], int(row["link-downs"])) == ("false", downs + 1)
    await remote.ask("reboot", **at, away=100)
    assert (await remote.ask("count"))["away"] == 1
    await remote.ask("jump", **at, seconds=-5)
    await remote.ask("newest", version="7.20.9")
    assert fleet.newest_version == "7.20.9"


async def test_an_item_reappears_under_a_new_id(remote, dial, new):
    wire = await dial(new)
    ((_, ret),) = await wire.ask("/interface/vlan/add", "=name=v9", "=interface=ether1")
    fresh = await remote.ask("reappear", address=new.address, menu="/interface/vlan", name="v9")
    assert fresh != ret.removeprefix("=ret=")
    (row,) = await wire.rows("/interface/print", "?name=v9")
    assert row[".id"] == fresh


@pytest.mark.parametrize(
    ("do", "arguments", "error"),
    [
        ("dance", {}, "no such word: 'dance'"),
        ("read", {"address": "10.0.0.1"}, "no router at '10.0.0.1'"),
        ("read", {"menu": "/nowhere"}, "no such command or directory (nowhere)"),
        ("misbehave", {"ways": {"fly": 1}}, "no such mishap: fly"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_reason(remote, new, do, arguments, error):
    with pytest.raises(ControlError, match=error.replace("(", r"\(").replace(")", r"\)")):
        await remote.ask(do, **({"address": new.address} | arguments))


def test_every_mishap_has_a_name():
    assert {"slow_seconds", "half_open", "garbage", "reboot_every"} <= set(Mishaps.names())


async def test_the_process_says_where_it_is_and_ends_when_told(tmp_path):
    control = tmp_path / "control"
    ports = [f"--{name}-port=0" for name in ("api", "tls", "ssh")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops.simulator", "--devices=3", "--seed=5", *ports, f"--control={control}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert (ready["ready"], ready["devices"], ready["first"], ready["last"]) == (True, 3, "127.1.0.1", "127.1.0.3")
    async with Remote(control) as remote:
        assert [each["api_port"] for each in await remote.ask("describe")] == [ready["api"]] * 3
    process.terminate()
    assert await process.wait() == 0
