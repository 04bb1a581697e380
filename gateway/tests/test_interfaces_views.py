"""The interfaces of a device with their counters now, and their rates over time."""

from datetime import timedelta

import pytest

from contracts.devices import Address, Credential, DeviceAdded
from contracts.interfaces import Interface, InterfacesCounted, InterfacesListed
from contracts.language.sealed import Sealed
from ops.testing.telling import NOON, ROUTER, Telling

SERIES = "/devices/{device_id:uuid}/interfaces/series"
LIST = "/devices/{device_id:uuid}/interfaces"


def counted(names, rx, tx=None, *, is_running=True):
    nought = tuple(0 for _ in names)
    return InterfacesCounted(
        names=names,
        is_running=tuple(is_running for _ in names),
        rx_bytes=rx,
        tx_bytes=tx or rx,
        rx_packets=nought,
        tx_packets=nought,
        rx_drops=nought,
        tx_drops=nought,
        rx_errors=nought,
        tx_errors=nought,
        link_downs=nought,
    )


def tell():
    told = Telling()
    told.say(
        DeviceAdded(
            device_id=ROUTER,
            title="core",
            address=Address(host="192.0.2.1"),
            credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
        )
    )
    return told


def span(resolution="look"):
    to_at = NOON + timedelta(hours=6)
    return {"from_at": NOON.isoformat(), "to_at": to_at.isoformat(), "resolution": resolution}


async def rates(read_side, resolution="look"):
    points = await read_side.points(SERIES, device_id=ROUTER, words=span(resolution))
    return [(point.interface, point.rx_bits_per_second_avg) for point in points]


async def test_interfaces_are_listed_in_the_order_of_the_device_with_what_they_count(read_side):
    told = tell()
    listed = (Interface(name="ether2", kind="ether", mac="02:00:00:00:00:02"), Interface(name="bridge1", kind="bridge"))
    told.look(InterfacesListed(interfaces=listed), counted(("ether2", "bridge1"), (1000, 5)))
    told.wait(seconds=10).look(counted(("ether2", "bridge1"), (2250, 5), (9000, 6)))
    await read_side.take(told)
    ether, bridge = await read_side.rows(LIST, device_id=ROUTER)
    assert (ether.name, ether.rx_bytes, ether.rx_bits_per_second) == ("ether2", 2250, 1000)
    assert (bridge.name, bridge.kind, bridge.tx_bytes, bridge.is_running) == ("bridge1", "bridge", 6, True)


async def test_an_interface_that_was_never_counted_has_no_counters(read_side):
    told = tell()
    told.look(InterfacesListed(interfaces=(Interface(name="vlan5", kind="vlan"),)))
    await read_side.take(told)
    [line] = await read_side.rows(LIST, device_id=ROUTER)
    assert (line.rx_bytes, line.rx_bits_per_second, line.is_running) == (None, None, None)


async def test_a_removed_interface_is_gone_now_and_still_there_in_the_past(read_side):
    told = tell()
    told.look(InterfacesListed(interfaces=(Interface(name="a", kind="vlan"), Interface(name="b", kind="vlan"))))
    then = told.now
    told.wait(hours=1).look(InterfacesListed(interfaces=(Interface(name="b", kind="vlan"),)))
    await read_side.take(told)
    assert [line.name for line in await read_side.rows(LIST, device_id=ROUTER)] == ["b"]
    past = await read_side.rows(LIST, device_id=ROUTER, words={"as_of": then.isoformat()})
    assert [line.name for line in past] == ["a", "b"]


async def test_a_rate_is_the_difference_of_two_looks(read_side):
    told = tell()
    for rx in (0, 750, 1500):
        told.look(counted(("ether1",), (rx,)))
        told.wait(seconds=60)
    await read_side.take(told)
    assert await rates(read_side) == [("ether1", 100), ("ether1", 100)]


async def test_a_counter_that_fell_gives_no_rate_and_never_a_negative_one(read_side):
    told = tell()
    for rx in (10_000, 500, 1250):
        told.look(counted(("ether1",), (rx,)))
        told.wait(seconds=60)
    await read_side.take(told)
    assert await rates(read_side) == [("ether1", None), ("ether1", 100)]


async def test_an_interface_that_is_new_has_no_rate_yet_and_its_neighbour_keeps_its_own(read_side):
    told = tell()
    told.look(counted(("ether1",), (0,)))
    told.wait(seconds=60).look(counted(("ether0", "ether1"), (99_999, 750)))
    await read_side.take(told)
    assert sorted(await rates(read_side)) == [("ether0", None), ("ether1", 100)]


async def test_a_long_silence_says_nothing_about_a_moment(read_side):
    told = tell()
    told.look(counted(("ether1",), (0,)))
    told.wait(hours=3).look(counted(("ether1",), (10**9,)))
    await read_side.take(told)
    assert await rates(read_side) == []


async def test_rates_are_binned_and_one_interface_can_be_picked(read_side):
    told = tell()
    for number in range(10):
        told.look(counted(("ether1", "ether2"), (750 * number, 0)))
        told.wait(seconds=60)
    await read_side.take(told)
    assert await rates(read_side, "15m") == [("ether1", 100), ("ether2", 0)]
    points = await read_side.points(SERIES, device_id=ROUTER, words=span() | {"interface": "ether2"})
    assert {point.interface for point in points} == {"ether2"}


@pytest.mark.parametrize("resolution", ["look", "5m", "15m", "1h", "6h", "1d"])
async def test_every_resolution_answers(read_side, resolution):
    await read_side.take(tell())
    assert await rates(read_side, resolution) == []
