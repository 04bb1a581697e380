"""The device list, the card and the fleet in one look, from events to answers."""

import pytest

from contracts.devices import (
    Address,
    Credential,
    DeviceAdded,
    DeviceDistrusted,
    DeviceIdentified,
    DeviceRenamed,
    DeviceRetired,
    DeviceTrusted,
    LoginProved,
    Package,
)
from contracts.health import HealthObserved
from contracts.language.errors import NotFound
from contracts.language.identity import JobId, repeatable_id
from contracts.language.sealed import Sealed
from contracts.language.transport import Transport
from contracts.reachability import CameOnline, WentOffline
from ops.testing.telling import ROUTER, Telling

OTHER = repeatable_id("tenant", "other")
SEALED = Sealed("tenant-x", "vault:v1:secret")


def added(title, device_id=ROUTER, host="192.0.2.1"):
    return DeviceAdded(
        device_id=device_id,
        title=title,
        address=Address(host=host),
        credential=Credential(username="tod", password=SEALED),
    )


async def test_a_device_is_listed_with_what_it_is_and_how_it_is(read_side):
    told = Telling()
    told.say(added("core"))
    told.say(CameOnline(device_id=ROUTER, since=told.now))
    told.look(
        DeviceIdentified(identity="core-1", routeros_version="7.16", board="CCR2004", serial="S1"),
        HealthObserved(uptime_seconds=60, cpu_load_percent=7, memory_total_bytes=1000, memory_free_bytes=250),
    )
    await read_side.take(told)
    [device] = await read_side.rows("/devices")
    assert (device.title, device.status, device.identity, device.cpu_load_percent) == ("core", "online", "core-1", 7)
    assert device.memory_used_percent == 75
    assert device.rung == Transport.TLS_PINNED


async def test_a_card_tells_trust_login_and_the_outage_that_lasts(read_side):
    told = Telling()
    told.say(added("core"))
    told.say(DeviceTrusted(device_id=ROUTER, fingerprint="ab" * 32))
    told.say(
        LoginProved(
            device_id=ROUTER,
            job_id=JobId(repeatable_id("job")),
            rung=Transport.TLS_PINNED,
            identity="core-1",
            routeros_version="7.16",
            took_ms=12,
        )
    )
    told.say(DeviceDistrusted(device_id=ROUTER, fingerprint="cd" * 32, expected_fingerprint="ab" * 32))
    told.say(WentOffline(device_id=ROUTER, since=told.now, code="device.timeout", message="No answer within 15 s"))
    told.look(DeviceIdentified(packages=(Package("routeros", "7.16"),)))
    await read_side.take(told)
    card = await read_side.one("/devices/{device_id:uuid}", device_id=ROUTER)
    assert (card.trust, card.fingerprint[:2], card.shown_fingerprint[:2]) == ("changed", "ab", "cd")
    assert (card.login, card.login_rung) == ("proved", "tls_pinned")
    assert (card.status, card.status_code, card.outage_began_at) == ("offline", "device.timeout", told.now)
    assert card.packages == (Package("routeros", "7.16"),)
    assert card.sequence == 4, "the newest fact about the device, which reachability is not"


async def test_a_device_that_never_spoke_is_unknown_and_not_invented(read_side):
    told = Telling()
    told.say(added("silent"))
    await read_side.take(told)
    [device] = await read_side.rows("/devices")
    assert (device.status, device.cpu_load_percent, device.board, device.seen_at) == ("unknown", None, None, None)


async def test_a_retired_device_leaves_the_list_and_keeps_its_card(read_side):
    told = Telling()
    told.say(added("old"))
    told.say(DeviceRetired(device_id=ROUTER))
    await read_side.take(told)
    assert await read_side.rows("/devices") == []
    card = await read_side.one("/devices/{device_id:uuid}", device_id=ROUTER)
    assert (card.status, card.retired_at) == ("retired", told.now)


async def test_the_list_is_filtered_searched_and_sorted(read_side):
    told = Telling()
    ids = [repeatable_id("device", number) for number in range(4)]
    for number, device_id in enumerate(ids):
        told.say(added(f"router {number}", device_id, host=f"192.0.2.{number}"))
        if number:
            told.say(CameOnline(device_id=device_id, since=told.now))
            told.look(
                DeviceIdentified(routeros_version=f"7.{number}", board="hAP", serial=f"SER{number}"),
                HealthObserved(uptime_seconds=1, cpu_load_percent=number * 10),
                device_id=device_id,
            )
    await read_side.take(told)

    async def titles(**words):
        return [device.title for device in await read_side.rows("/devices", words=words)]

    assert await titles(status="unknown") == ["router 0"]
    assert await titles(search="ser2") == ["router 2"]
    assert await titles(search="192.0.2.3") == ["router 3"]
    assert await titles(version=["7.1", "7.3"]) == ["router 1", "router 3"]
    assert await titles(board="hAP", sort="-cpu_load_percent") == ["router 3", "router 2", "router 1"]
    assert await titles(sort="-cpu_load_percent") == ["router 3", "router 2", "router 1", "router 0"]
    assert await titles(cpu_at_least="20") == ["router 2", "router 3"]


@pytest.mark.parametrize("sort", ["title", "-title", "-cpu_load_percent", "cpu_load_percent", "status"])
async def test_pages_give_every_device_once(read_side, sort):
    told = Telling()
    ids = [repeatable_id("device", number) for number in range(7)]
    for number, device_id in enumerate(ids):
        told.say(added(f"router {number % 3}", device_id))
        if number % 2:
            told.look(HealthObserved(uptime_seconds=1, cpu_load_percent=number % 3), device_id=device_id)
    await read_side.take(told)
    whole = [device.device_id for device in await read_side.rows("/devices", words={"sort": sort})]
    seen, cursor = [], None
    while cursor is not None or not seen:
        words = {"sort": sort, "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = await read_side.page("/devices", words=words)
        seen += [row["device_id"] for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == whole
    assert sorted(seen) == sorted(ids)


async def test_a_device_is_shown_as_it_was(read_side):
    told = Telling()
    told.say(added("first"))
    told.say(CameOnline(device_id=ROUTER, since=told.now))
    told.look(HealthObserved(uptime_seconds=60, cpu_load_percent=11))
    then = told.wait(minutes=1).now
    told.wait(hours=2).say(DeviceRenamed(device_id=ROUTER, title="second", previous_title="first"))
    told.say(WentOffline(device_id=ROUTER, since=told.now, code="device.timeout", message="No answer"))
    await read_side.take(told)
    words = {"as_of": then.isoformat()}
    card = await read_side.one("/devices/{device_id:uuid}", device_id=ROUTER, words=words)
    assert (card.title, card.status, card.cpu_load_percent, card.outage_began_at) == ("first", "online", 11, None)
    [device] = await read_side.rows("/devices", words=words)
    assert (device.title, device.status, device.cpu_load_percent) == ("first", "online", 11)
    [device] = await read_side.rows("/devices")
    assert (device.title, device.status) == ("second", "offline")
    before = {"as_of": "2020-01-01T00:00:00Z"}
    assert await read_side.rows("/devices", words=before) == []


async def test_the_fleet_in_one_look_counts_and_names_the_worst(read_side):
    told = Telling()
    for number in range(8):
        device_id = repeatable_id("device", number)
        told.say(added(f"router {number}", device_id))
        if number < 7:
            told.say(CameOnline(device_id=device_id, since=told.now))
            told.look(
                DeviceIdentified(routeros_version="7.16" if number else "6.49", board="hAP"),
                HealthObserved(uptime_seconds=1, cpu_load_percent=number, temperature_celsius=40 + number),
                device_id=device_id,
            )
    told.say(WentOffline(device_id=repeatable_id("device", 6), since=told.now, code="device.timeout", message=""))
    await read_side.take(told)
    fleet = await read_side.one("/fleet/summary")
    assert (fleet.total, fleet.online, fleet.offline, fleet.unknown) == (8, 6, 1, 1)
    assert [(share.name, share.devices) for share in fleet.versions] == [("7.16", 6), ("6.49", 1)]
    assert [worst.value for worst in fleet.worst_cpu] == [5, 4, 3, 2, 1], "only what is online, five at most"
    assert fleet.worst_temperature[0].title == "router 5"
    assert fleet.worst_memory == ()


async def test_an_empty_fleet_is_an_honest_nought(read_side):
    fleet = await read_side.one("/fleet/summary")
    assert (fleet.total, fleet.versions, fleet.cpu_load_percent) == (0, (), None)


async def test_another_tenant_sees_no_device(read_side):
    told = Telling()
    told.say(added("core"))
    await read_side.take(told)
    assert await read_side.rows("/devices", as_tenant=OTHER) == []
    assert (await read_side.one("/fleet/summary", as_tenant=OTHER)).total == 0
    with pytest.raises(NotFound):
        await read_side.one("/devices/{device_id:uuid}", as_tenant=OTHER, device_id=ROUTER)
    assert len(await read_side.rows("/devices", as_tenant=None)) == 1, "a super admin sees all tenants"
