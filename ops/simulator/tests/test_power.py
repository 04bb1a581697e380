import asyncio

import pytest

from ops.simulator.power import reboot
from ops.simulator.tests.conftest import pairs


def addresses(router):
    return [str(row["address"]) for row in router.table("/ip/address").rows.values() if isinstance(row["address"], str)]


SCHEDULE = "/system/scheduler/add"
EVENT = "=on-event=/ip address add address=10.8.8.1/24 interface=ether1"


async def test_an_entry_without_a_start_runs_one_interval_later(dial, fleet, new):
    wire = await dial(new)
    await wire.ask(SCHEDULE, "=name=once", "=interval=1h", EVENT)
    (row,) = await wire.rows("/system/scheduler/print")
    assert (row["run-count"], row["owner"]) == ("0", "tod")
    assert row["next-run"].startswith("20")
    await fleet.advance(3590)
    assert "10.8.8.1/24" not in addresses(new)
    await fleet.advance(20)
    assert "10.8.8.1/24" in addresses(new)
    (row,) = await wire.rows("/system/scheduler/print")
    assert row["run-count"] == "1"


async def test_an_entry_with_a_start_and_no_interval_runs_once(dial, fleet, new):
    wire = await dial(new)
    await wire.ask("/system/clock/set", "=date=2026-05-01", "=time=10:00:00")
    await wire.ask(SCHEDULE, "=name=at", "=start-date=2026-05-01", "=start-time=10:30:00", "=interval=0s", EVENT)
    (row,) = await wire.rows("/system/scheduler/print")
    assert row["next-run"] == "2026-05-01 10:30:00"
    await fleet.advance(1900)
    assert addresses(new).count("10.8.8.1/24") == 1
    (row,) = await wire.rows("/system/scheduler/print")
    assert "next-run" not in row
    assert row["run-count"] == "1"


async def test_an_entry_that_is_called_off_never_runs(dial, fleet, new):
    wire = await dial(new)
    await wire.ask(SCHEDULE, "=name=revert", "=interval=10m", EVENT)
    await wire.ask("/system/scheduler/remove", "=numbers=revert")
    await fleet.advance(7200)
    assert "10.8.8.1/24" not in addresses(new)


async def test_a_startup_entry_runs_after_boot_and_with_every_boot(dial, fleet, new):
    wire = await dial(new)
    await wire.ask(SCHEDULE, "=name=boot", "=start-time=startup", "=interval=0s", EVENT)
    await fleet.advance(3600)
    assert "10.8.8.1/24" not in addresses(new)
    reboot(new)
    await fleet.advance(10)
    assert "10.8.8.1/24" in addresses(new)
    table = new.table("/system/scheduler")
    assert [row["run-count"] for row in table.rows.values()] == ["1"]
    reboot(new)
    await fleet.advance(1)
    assert [row["run-count"] for row in new.table("/system/scheduler").rows.values()] == ["0"]


async def test_a_clock_that_jumps_does_not_fire_what_it_went_over(dial, fleet, new):
    wire = await dial(new)
    await wire.ask("/system/clock/set", "=date=2026-05-01", "=time=10:00:00")
    await wire.ask(SCHEDULE, "=name=at", "=start-date=2026-05-01", "=start-time=10:30:00", "=interval=0s", EVENT)
    new.jump_clock(7200)
    await fleet.advance(60)
    assert "10.8.8.1/24" not in addresses(new)


async def test_an_entry_runs_with_the_policies_it_keeps(dial, fleet, new):
    wire = await dial(new)
    await wire.ask(SCHEDULE, "=name=weak", "=interval=1m", "=policy=read,test", EVENT)
    await fleet.advance(70)
    assert "10.8.8.1/24" not in addresses(new)
    lines = await wire.rows("/log/print", "?topics=script,error")
    assert "not enough permissions (9)" in lines[-1]["message"]


async def test_device_mode_forbids_the_scheduler(dial, new):
    wire = await dial(new)
    new.own("/system/device-mode").change(0, {"scheduler": "false"})
    trap, _ = (
        await wire.ask(SCHEDULE, "=name=x", "=interval=1m", EVENT)
        if "/system/device-mode" in new.stock.menus
        else ({}, 0)
    )
    assert pairs(trap)["message"] == "failure: not allowed by device-mode"


async def test_a_reboot_drops_connections_and_resets_what_memory_held(dial, fleet, new):
    wire = await dial(new)
    await wire.ask("/ip/address/add", "=address=10.9.9.1/24", "=interface=ether1")
    await wire.ask("/execute", "=script=:global g 5")
    assert await wire.ask("/system/reboot") == [("!done",)]
    assert await wire.receive() == ()
    with pytest.raises((AssertionError, ConnectionError)):
        await dial(new)
    await fleet.advance(3)
    wire = await dial(new)
    (clock,) = await wire.rows("/system/clock/print")
    assert clock["date"] == "1970-01-02"
    (resource,) = await wire.rows("/system/resource/print", "=.proplist=uptime")
    assert resource["uptime"] in {"2s", "3s", "4s"}
    assert "10.9.9.1/24" in addresses(new)
    assert new.variables is None
    await fleet.advance(30)
    (clock,) = await wire.rows("/system/clock/print")
    assert clock["date"].startswith("20")


async def test_counters_start_again_at_boot(dial, fleet, new):
    wire = await dial(new)
    words = ("/interface/print", "=.proplist=rx-byte", "?name=ether1")
    (before,) = await wire.rows(*words)
    reboot(new)
    await fleet.advance(60)
    wire = await dial(new)
    (after,) = await wire.rows(*words)
    assert 0 < int(after["rx-byte"]) < int(before["rx-byte"])


async def test_a_backup_brings_everything_back_and_reboots(dial, fleet, old):
    wire = await dial(old)
    await wire.ask("/ip/address/add", "=address=10.9.9.1/24", "=interface=ether1", "=comment=kept")
    assert await wire.ask("/system/backup/save", "=name=b", "=password=p") == [("!done",)]
    (file,) = await wire.rows("/file/print", "?name=b.backup")
    assert (file["type"], int(file["size"]) > 0) == ("backup", True)
    await wire.ask("/ip/address/remove", "=.id=*1")
    await wire.ask("/system/identity/set", "=name=broken")
    trap, _ = await wire.ask("/system/backup/load", "=name=b", "=password=wrong")
    assert pairs(trap)["message"] == "failure: wrong password"
    assert await wire.ask("/system/backup/load", "=name=b", "=password=p") == [()]
    await fleet.advance(5)
    assert "10.9.9.1/24" in addresses(old)
    assert old.row("/system/identity")["name"] == old.identity
    wire = await dial(old)
    assert len(await wire.rows("/ip/address/print", "?.id=*1")) == 1
    assert len(await wire.rows("/file/print", "?name=b.backup")) == 1


async def test_files_in_the_ram_disk_are_gone_after_a_reboot(dial, fleet, new):
    wire = await dial(new)
    for name in ("lost", "flash/kept"):
        await wire.ask("/system/backup/save", f"=name={name}", "=dont-encrypt=yes")
    reboot(new)
    await fleet.advance(5)
    names = [row["name"] for row in new.table("/file").rows.values()]
    assert "flash/kept.backup" in names
    assert "lost.backup" not in names


async def test_a_panic_revert_reverts_when_nobody_calls_it_off(dial, fleet, old):
    wire = await dial(old)
    await wire.ask("/system/backup/save", "=name=before", "=password=")
    await wire.ask(
        SCHEDULE,
        "=name=panic",
        "=interval=5m",
        '=on-event=/system scheduler remove panic; /system backup load name=before password=""',
    )
    await wire.ask("/system/identity/set", "=name=mistake")
    await wire.ask("/interface/disable", "=numbers=ether2")
    await fleet.advance(301)
    await fleet.advance(5)
    assert old.row("/system/identity")["name"] == old.identity
    wire = await dial(old)
    assert not await wire.rows("/system/scheduler/print")
    (row,) = await wire.rows("/interface/print", "?name=ether2")
    assert row["disabled"] == "false"


async def test_an_upgrade_finds_fetches_and_starts_the_new_version(dial, fleet, new):
    wire = await dial(new)
    fleet.newest_version = "7.20.6"
    wire.send("/system/package/update/check-for-updates", "=once=")
    await asyncio.sleep(0.05)
    await fleet.advance(1)
    replies = [pairs(reply) for reply in [await wire.receive() for _ in range(3)]]
    assert replies[1]["status"] == "New version is available"
    wire.send("/system/package/update/install")
    await asyncio.sleep(0.05)
    await fleet.advance(40)
    wire = await dial(new)
    (resource,) = await wire.rows("/system/resource/print", "=.proplist=version")
    assert resource["version"] == "7.20.6 (stable)"
    (board,) = await wire.rows("/system/routerboard/print")
    assert (board["current-firmware"], board["upgrade-firmware"]) == ("7.18.2", "7.20.6")
    await wire.ask("/system/routerboard/upgrade")
    reboot(new)
    await fleet.advance(2)
    assert new.row("/system/routerboard")["current-firmware"] == "7.20.6"


async def test_an_upgrade_that_fails_comes_back_as_it_was(dial, fleet, new):
    new.misbehave(install_fails=True)
    wire = await dial(new)
    fleet.newest_version = "7.20.6"
    for command in ("check-for-updates", "install"):
        wire.send(f"/system/package/update/{command}")
        await asyncio.sleep(0.05)
        await fleet.advance(5)
    await fleet.advance(30)
    assert new.row("/system/resource")["version"] == "7.18.2 (stable)"
