"""The whole poller on real servers against simulated routers."""

import msgspec
import pytest

from contracts.devices import (
    CertificateSeen,
    CredentialSet,
    DeviceIdentified,
    DeviceMoved,
    DeviceRetired,
    DeviceTrusted,
)
from contracts.health import HealthObserved
from contracts.interfaces import InterfacesCounted, InterfacesListed
from contracts.language.transport import Transport
from contracts.polls import PollFailed, PollObserved
from contracts.reachability import ReachabilitySeen
from ops.simulator import Fleet
from ops.testing.plugin import ConnectBus
from pollers.reachability import FAILURES_NEEDED
from pollers.tests.scenes import added, address, credential, entities, fact, of, polling, recorded, reported, until


@pytest.fixture
async def buses(connect_bus: ConnectBus):
    """The buses of commands, pollers and a reader."""
    return [await connect_bus(user) for user in ("commands", "pollers", "projections")]


async def test_every_board_is_polled_from_the_fact_that_adds_it(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=16, seed=3, data_dir=tmp_path) as fleet, polling(pollers, cache) as poller:
        facts = [added(fleet, router) for router in fleet.routers]
        await commands.publish_many([fact(one) for one in facts])
        found = await recorded(reader, lambda found: len(entities(InterfacesCounted, found)) == 16)
        for one in facts:
            (identified,) = of(DeviceIdentified, found, one.device_id)
            assert identified.identity == one.title
            assert len(of(InterfacesListed, found, one.device_id)) == 1
            assert of(HealthObserved, found, one.device_id)[0].uptime_seconds > 0
        assert (poller.tally.logins, poller.tally.failed) == (16, 0)


async def test_looks_are_numbered_without_a_hole_and_logged_in_once(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.2) as poller:
        await commands.publish(fact(added(fleet, fleet.routers[0])))
        found = await recorded(reader, lambda found: len(of(PollObserved, found)) >= 8)
        polls = of(PollObserved, found)
        assert [poll.tick for poll in polls] == list(range(1, len(polls) + 1))
        assert len({poll.epoch for poll in polls}) == 1
        assert {poll.rung for poll in polls} == {Transport.PLAIN}
        assert poller.tally.logins == 1


async def test_a_device_that_falls_silent_is_reported_and_so_is_its_return(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.3):
        (router,) = fleet.routers
        await commands.publish(fact(added(fleet, router)))
        await reported(reader, ReachabilitySeen, lambda seen: [one.is_online for one in seen] == [True])
        router.misbehave(drop_mid_sentence=True)
        (_, offline) = await reported(reader, ReachabilitySeen, lambda seen: len(seen) == 2)
        assert (offline.is_online, offline.code) == (False, "device.unreachable")
        found = await recorded(reader, lambda found: len(of(PollFailed, found)) >= FAILURES_NEEDED)
        assert [one.failures for one in of(PollFailed, found)][:3] == [1, 2, 3]
        router.behave()
        *_, online = await reported(reader, ReachabilitySeen, lambda seen: len(seen) == 3)
        assert online.is_online
        assert online.since > offline.since


async def test_a_refused_login_is_left_alone_until_the_credential_is_another(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.2) as poller:
        router = fleet.routers[0]
        device = added(fleet, router, password="wrong")
        await commands.publish(fact(device))
        found = await recorded(reader, lambda found: of(PollFailed, found))
        assert [one.code for one in of(PollFailed, found)] == ["device.denied"]
        right = CredentialSet(device_id=device.device_id, credential=credential(router.password))
        await commands.publish(fact(right))
        found = await recorded(reader, lambda found: of(PollObserved, found))
        assert len(of(PollFailed, found)) == 1
        assert of(PollObserved, found)[0].tick == 2
        assert poller.tally.logins == 1


async def test_a_moved_device_is_asked_at_its_new_address(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=2, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.2):
        one, two = fleet.routers
        device = added(fleet, one, password=two.password)
        device = msgspec.structs.replace(device, credential=credential(one.password))
        await commands.publish(fact(device))
        await recorded(reader, lambda found: of(DeviceIdentified, found))
        await commands.publish_many(
            [
                fact(CredentialSet(device_id=device.device_id, credential=credential(two.password))),
                fact(DeviceMoved(device_id=device.device_id, address=address(fleet, two))),
            ]
        )
        found = await recorded(reader, lambda found: len(of(DeviceIdentified, found)) == 2)
        assert [each.identity for each in of(DeviceIdentified, found)] == [one.identity, two.identity]


async def test_a_retired_device_is_asked_no_more(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.2) as poller:
        device = added(fleet, fleet.routers[0])
        await commands.publish(fact(device))
        await recorded(reader, lambda found: len(of(PollObserved, found)) >= 2)
        await commands.publish(fact(DeviceRetired(device_id=device.device_id)))
        await until(lambda: poller.devices_held == 0)
        assert poller.sessions_open == 0
        await until(lambda: not any(router.sessions for router in fleet.routers))


async def test_two_pollers_share_the_fleet_and_the_one_that_stays_takes_it_over(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=24, data_dir=tmp_path) as fleet, polling(pollers, cache) as one:
        await commands.publish_many([fact(added(fleet, router)) for router in fleet.routers])
        await until(lambda: one.devices_held == 24)
        async with polling(pollers, cache) as two:
            await until(lambda: one.devices_held + two.devices_held == 24 and two.devices_held > 4)
            await until(lambda: two.tally.observed > 0)
            shared = await recorded(reader, lambda found: len(entities(PollObserved, found)) == 24)
        await until(lambda: one.devices_held == 24)
        seen = len(of(PollObserved, shared))
        found = await recorded(reader, lambda found: len(entities(PollObserved, found[seen:])) == 24)
        for device_id in entities(PollObserved, found):
            epochs = [poll.epoch for poll in of(PollObserved, found, device_id)]
            assert epochs == sorted(epochs), "an old holder does not speak after a new one"


async def test_a_certificate_is_reported_when_it_is_first_seen_and_when_it_changed(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with (
        Fleet(devices=1, tls="self-signed", data_dir=tmp_path) as fleet,
        polling(pollers, cache, interval_seconds=0.2) as poller,
    ):
        device = added(fleet, fleet.routers[0], transport=Transport.AUTO)
        await commands.publish(fact(device))
        (seen,) = await reported(reader, CertificateSeen, bool)
        await commands.publish(fact(DeviceTrusted(device_id=device.device_id, fingerprint=seen.fingerprint)))
        await until(lambda: poller.tally.observed > 5)
        assert poller.tally.logins == 1
        await commands.publish(fact(DeviceMoved(device_id=device.device_id, address=device.address)))
        await commands.publish(fact(DeviceTrusted(device_id=device.device_id, fingerprint="0" * 64)))
        found = await recorded(reader, lambda found: of(PollFailed, found))
        assert of(PollFailed, found)[0].code == "device.untrusted"
        again = await reported(reader, CertificateSeen, lambda seen: len(seen) >= 2)
        assert {one.fingerprint for one in again} == {seen.fingerprint}


async def test_a_device_with_a_certificate_of_the_authority_is_met_through_it_and_not_pinned(buses, cache, tmp_path):
    commands, pollers, reader = buses
    async with (
        Fleet(devices=1, data_dir=tmp_path, tls="ca") as fleet,
        polling(pollers, cache, interval_seconds=0.2, authority_pem=fleet.vault.ca_file.read_text()) as poller,
    ):
        await commands.publish(fact(added(fleet, fleet.routers[0], transport=Transport.AUTO)))
        found = await recorded(reader, lambda found: len(of(PollObserved, found)) > 2)
        assert {poll.rung for poll in of(PollObserved, found)} == {Transport.TLS_AUTHORITY}
        assert await reported(reader, CertificateSeen, lambda seen: True) == []
        assert poller.tally.logins == 1


VICES = (
    {"crumbs": True},
    {"tag_last": True, "cancel_answer_last": True},
    {"missing_fields": 0.5},
    {"stray_fields": True},
    {"vanishing_rows": 0.5, "missing_fields": 0.3, "stray_fields": True},
    {"garbage": True},
    {"fatal": "session terminated"},
    {"drop_mid_sentence": True},
    {"refuse": True},
)


async def test_no_vice_of_a_device_makes_a_poll_that_its_contract_refuses(buses, cache, tmp_path, capsys):
    commands, pollers, reader = buses
    async with (
        Fleet(devices=16, data_dir=tmp_path, seed=5) as fleet,
        polling(pollers, cache, interval_seconds=0.3) as poller,
    ):
        for number, router in enumerate(fleet.routers):
            router.misbehave(seed=number, **VICES[number % len(VICES)])
        await commands.publish_many([fact(added(fleet, router)) for router in fleet.routers])
        await until(lambda: poller.tally.observed > 60 and poller.tally.failed > 10)
        found = await recorded(reader, lambda found: entities(PollFailed, found) and entities(PollObserved, found))
        well_behaved = [router for router in fleet.routers if router.mishaps and router.mishaps.distorts]
        assert len(entities(PollObserved, found)) >= len(well_behaved)
        assert {one.code for one in of(PollFailed, found)} <= {"device.unreachable", "device.denied", "device.busy"}
    assert "visit.broken" not in capsys.readouterr().out
