"""The load of a device: at the last look, over time, and as a small line."""

from datetime import timedelta

import pytest

from contracts.devices import Address, Credential, DeviceAdded
from contracts.health import HealthObserved
from contracts.language.sealed import Sealed
from ops.testing.telling import NOON, ROUTER, Telling


def tell(looks=0, every_seconds=60):
    told = Telling()
    told.say(
        DeviceAdded(
            device_id=ROUTER,
            title="core",
            address=Address(host="192.0.2.1"),
            credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
        )
    )
    for number in range(looks):
        told.look(
            HealthObserved(
                uptime_seconds=3600 + number,
                cpu_load_percent=number % 100,
                memory_total_bytes=1000,
                memory_free_bytes=500,
                temperature_celsius=40.5,
                sensors={"fan1-speed": 4200.0},
                states={"psu1-state": "ok"},
            )
        )
        told.wait(seconds=every_seconds)
    return told


async def test_the_last_look_is_told_exactly(read_side):
    await read_side.take(tell(looks=2))
    now = await read_side.one("/devices/{device_id:uuid}/health", device_id=ROUTER)
    assert (now.cpu_load_percent, now.memory_free_bytes, now.memory_used_percent) == (1, 500, 50)
    assert (now.sensors, now.states) == ({"fan1-speed": 4200.0}, {"psu1-state": "ok"})
    assert (now.voltage_volts, now.storage_used_percent) == (None, None), "a sensor that is not there is null"


SERIES = "/devices/{device_id:uuid}/health/series"


def span(minutes, resolution="look"):
    to_at = NOON + timedelta(minutes=minutes)
    return {"from_at": NOON.isoformat(), "to_at": to_at.isoformat(), "resolution": resolution}


async def test_a_series_gives_every_look_of_the_hour_in_order(read_side):
    await read_side.take(tell(looks=90))
    points = await read_side.points(SERIES, device_id=ROUTER, words=span(60))
    assert [point.cpu_load_percent_avg for point in points] == list(range(60))
    assert points[0].at == NOON


async def test_a_series_is_binned_on_demand(read_side):
    await read_side.take(tell(looks=30))
    points = await read_side.points(SERIES, device_id=ROUTER, words=span(30, "15m"))
    assert [(point.cpu_load_percent_avg, point.cpu_load_percent_max) for point in points] == [(7, 14), (22, 29)]
    assert [point.voltage_volts_min for point in points] == [None, None]


async def test_a_silent_device_has_an_empty_series(read_side):
    await read_side.take(tell())
    assert await read_side.points(SERIES, device_id=ROUTER, words=span(30)) == []


@pytest.mark.parametrize("resolution", ["look", "5m", "15m", "1h", "6h", "1d"])
async def test_every_resolution_answers(read_side, resolution):
    await read_side.take(tell(looks=3))
    await read_side.points(SERIES, device_id=ROUTER, words=span(30, resolution))
