"""The radios of a device and their stations, and the clients behind them."""

from datetime import timedelta

from contracts.clients import Client, ClientsListed
from contracts.devices import Address, Credential, DeviceAdded
from contracts.language.identity import repeatable_id
from contracts.language.sealed import Sealed
from contracts.wireless import Radio, Stack, Station, WirelessObserved
from ops.testing.telling import NOON, ROUTER, Telling

SERIES = "/devices/{device_id:uuid}/wireless/series"
MAC = "02:00:00:00:00:0A"
SECOND = repeatable_id("device", "second")


def tell():
    told = Telling()
    for device_id in (ROUTER, SECOND):
        told.say(
            DeviceAdded(
                device_id=device_id,
                title=f"ap {device_id}",
                address=Address(host="192.0.2.1"),
                credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
            )
        )
    return told


def on_air(count, signal=None):
    radio = Radio(
        interface="wlan1",
        stack=Stack.WIRELESS,
        ssid="guests",
        station_count=count,
        signal_average_dbm=signal,
        signal_worst_dbm=signal,
    )
    stations = (Station(mac=MAC, interface="wlan1", ssid="guests", signal_dbm=signal),) if count else ()
    return WirelessObserved(radios=(radio,), stations=stations)


async def test_radios_and_stations_are_told_as_they_are_now(read_side):
    told = tell()
    told.look(on_air(3, -60.0))
    told.wait(seconds=60).look(on_air(1, -71.0))
    await read_side.take(told)
    now = await read_side.one("/devices/{device_id:uuid}/wireless", device_id=ROUTER)
    assert (now.station_count, now.signal_worst_dbm) == (1, -71)
    assert (now.radios[0].ssid, now.stations[0].mac) == ("guests", MAC)


async def test_a_device_without_a_radio_has_none(read_side):
    await read_side.take(tell())
    now = await read_side.one("/devices/{device_id:uuid}/wireless", device_id=ROUTER)
    assert (now.observed_at, now.radios, now.stations, now.station_count) == (None, (), (), 0)


async def test_a_radio_is_charted_by_its_stations_and_its_weakest_signal(read_side):
    told = tell()
    for count, signal in ((2, -60.0), (4, -80.0), (0, None)):
        told.look(on_air(count, signal))
        told.wait(seconds=60)
    await read_side.take(told)
    words = {"from_at": NOON.isoformat(), "to_at": (NOON + timedelta(hours=1)).isoformat()}
    looks = await read_side.points(SERIES, device_id=ROUTER, words=words | {"resolution": "look"})
    assert [(point.station_count_avg, point.signal_worst_dbm) for point in looks] == [(2, -60), (4, -80), (0, None)]
    [point] = await read_side.points(SERIES, device_id=ROUTER, words=words | {"resolution": "5m"})
    assert (point.radio, point.station_count_avg, point.station_count_max) == ("wlan1", 2, 4)
    assert (point.signal_average_dbm, point.signal_worst_dbm) == (-70, -80)


def clients(*macs, interface="bridge1"):
    listed = tuple(
        Client(mac=mac, addresses=("192.0.2.50",), hostname=f"host-{mac[-2:]}", interface=interface, is_lease=True)
        for mac in macs
    )
    return ClientsListed(clients=listed, total=len(macs))


async def test_a_client_on_the_air_has_its_signal(read_side):
    told = tell()
    told.look(clients(MAC, "02:00:00:00:00:0B"), on_air(1, -71.0))
    await read_side.take(told)
    on_the_air, by_wire = await read_side.rows("/devices/{device_id:uuid}/clients", device_id=ROUTER)
    assert (on_the_air.mac, on_the_air.signal_dbm, on_the_air.ssid) == (MAC, -71, "guests")
    assert (by_wire.hostname, by_wire.signal_dbm, by_wire.addresses) == ("host-0B", None, ("192.0.2.50",))


async def test_a_client_is_found_in_the_whole_fleet(read_side):
    told = tell()
    told.look(clients(MAC))
    told.look(clients("02:00:00:00:00:0C", MAC), device_id=SECOND)
    await read_side.take(told)
    found = await read_side.rows("/clients", words={"mac": MAC})
    assert {line.device_id for line in found} == {ROUTER, SECOND}
    assert [line.device_id for line in await read_side.rows("/clients", words={"search": "host-0c"})] == [SECOND]


async def test_who_left_is_gone(read_side):
    told = tell()
    told.look(clients(MAC, "02:00:00:00:00:0B"))
    told.wait(minutes=5).look(clients("02:00:00:00:00:0B"))
    await read_side.take(told)
    [left] = await read_side.rows("/devices/{device_id:uuid}/clients", device_id=ROUTER)
    assert left.mac == "02:00:00:00:00:0B"
