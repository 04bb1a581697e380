"""Outages, how a device is asked, and what happened to it in words."""

from datetime import timedelta

from contracts.devices import Address, Credential, DeviceAdded, DeviceIdentified, DeviceRenamed
from contracts.health import HealthObserved
from contracts.language.identity import repeatable_id
from contracts.language.sealed import Sealed
from contracts.polls import PollFailed
from contracts.reachability import CameOnline, WentOffline
from ops.testing.telling import ROUTER, Telling

SECOND = repeatable_id("device", "second")
OUTAGES = "/devices/{device_id:uuid}/outages"
POLLS = "/devices/{device_id:uuid}/polls"
TIMELINE = "/devices/{device_id:uuid}/timeline"


def tell():
    told = Telling()
    for device_id, title in ((ROUTER, "core"), (SECOND, "edge")):
        told.say(
            DeviceAdded(
                device_id=device_id,
                title=title,
                address=Address(host="192.0.2.1"),
                credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
            ),
            actor="user:ada",
        )
    return told


def offline(told, device_id=ROUTER):
    told.say(WentOffline(device_id=device_id, since=told.now, code="device.timeout", message="No answer within 15 s"))


def online(told, device_id=ROUTER):
    told.say(CameOnline(device_id=device_id, since=told.now))


async def test_an_outage_has_a_begin_an_end_a_length_and_a_reason(read_side):
    told = tell()
    online(told)
    offline(told.wait(hours=1))
    began_at = told.now
    online(told.wait(minutes=90))
    await read_side.take(told)
    [outage] = await read_side.rows(OUTAGES, device_id=ROUTER)
    assert (outage.began_at, outage.ended_at - began_at) == (began_at, timedelta(minutes=90))
    assert (outage.duration_seconds, outage.code, outage.is_open, outage.title) == (
        5400,
        "device.timeout",
        False,
        "core",
    )


async def test_an_outage_that_lasts_has_no_end_and_is_not_begun_twice(read_side):
    told = tell()
    online(told)
    offline(told.wait(hours=1))
    began_at = told.now
    offline(told.wait(minutes=5))
    await read_side.take(told)
    [outage] = await read_side.rows("/outages", words={"is_open": "true"})
    assert (outage.began_at, outage.ended_at, outage.duration_seconds) == (began_at, None, None)
    assert await read_side.rows("/outages", words={"is_open": "false"}) == []


async def test_a_device_that_answers_for_the_first_time_had_no_outage(read_side):
    told = tell()
    online(told)
    await read_side.take(told)
    assert await read_side.rows(OUTAGES, device_id=ROUTER) == []


async def test_looks_are_counted_and_lost_ones_reported(read_side):
    told = tell()
    for tick in (1, 2, 5):
        told.look(device_id=ROUTER, tick=tick)
    told.say(PollFailed(epoch=1, tick=6, code="device.timeout", message="No answer", failures=1), entity=ROUTER)
    told.look(device_id=ROUTER, epoch=2, tick=2)
    await read_side.take(told)
    polls = await read_side.one(POLLS, device_id=ROUTER)
    assert (polls.answered_total, polls.failed_total, polls.missed_total) == (4, 1, 3)
    assert (polls.failures, polls.code, polls.gap_at) == (0, "", told.now)


async def test_a_look_of_an_outdated_poller_is_not_counted(read_side):
    told = tell()
    told.look(epoch=7, tick=1)
    told.look(epoch=6, tick=400)
    told.look(epoch=7, tick=1)
    await read_side.take(told)
    polls = await read_side.one(POLLS, device_id=ROUTER)
    assert (polls.answered_total, polls.missed_total) == (1, 0)


async def test_a_failing_device_says_how(read_side):
    told = tell()
    for failures in (1, 2):
        told.say(
            PollFailed(epoch=1, tick=failures, code="device.denied", message="Wrong password", failures=failures),
            entity=ROUTER,
        )
    await read_side.take(told)
    polls = await read_side.one(POLLS, device_id=ROUTER)
    assert (polls.failures, polls.code, polls.answered_at, polls.failed_at) == (2, "device.denied", None, told.now)


async def test_the_timeline_tells_what_was_done_and_what_the_device_did(read_side):
    told = tell()
    told.look(
        HealthObserved(uptime_seconds=86_400), DeviceIdentified(routeros_version="7.15", identity="core", board="hAP")
    )
    told.wait(minutes=1).say(DeviceRenamed(device_id=ROUTER, title="core-1", previous_title="core"), actor="user:ada")
    offline(told.wait(minutes=1))
    online(told.wait(minutes=1))
    told.wait(minutes=1).look(
        HealthObserved(uptime_seconds=30), DeviceIdentified(routeros_version="7.16", identity="core", board="hAP")
    )
    await read_side.take(told)
    lines = await read_side.rows(TIMELINE, device_id=ROUTER)
    assert {line.words for line in lines[:2]} == {
        "Started anew after 1 day",
        "Changed routeros version from 7.15 to 7.16",
    }
    assert [line.words for line in lines[2:]] == [
        "Came online",
        "Went offline: No answer within 15 s",
        "Renamed from core to core-1",
        "Added as core, reached at 192.0.2.1",
    ]
    assert (lines[4].actor, lines[4].title, lines[3].severity) == ("user:ada", "core-1", "bad")


async def test_the_fleets_timeline_is_paged_without_a_gap(read_side):
    told = tell()
    for number in range(5):
        offline(told.wait(minutes=1), SECOND if number % 2 else ROUTER)
        online(told.wait(minutes=1), SECOND if number % 2 else ROUTER)
    await read_side.take(told)
    seen, words = [], {"limit": "3"}
    while True:
        page = await read_side.page("/timeline", words=words)
        seen += [row["line_id"] for row in page.items]
        if page.next is None:
            break
        words["cursor"] = page.next
    assert len(seen) == len(set(seen)) == 12
    bad = await read_side.rows("/timeline", words={"severity": "bad"})
    assert len(bad) == 5
