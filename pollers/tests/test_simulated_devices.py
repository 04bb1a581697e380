"""The device layer against simulated routers of every board, version, login and kind of TLS."""

import asyncio

import librouteros
import pytest
from librouteros import async_plain, async_token
from librouteros.query import Key

from contracts.language.errors import DeviceDenied, DeviceUntrusted
from contracts.language.transport import Transport
from ops.simulator import Fleet
from pollers.device import dialect, values
from pollers.device.ask import Ask
from pollers.device.security import CertificateChanged, Trust
from pollers.device.session import Target, connect
from pollers.device.values import Version

PLAIN = Trust(transport=Transport.PLAIN)
RESOURCE = Ask("/system/resource", ("version", "uptime", "total-memory", "cpu-load"))
IDENTITY = Ask("/system/identity", ("name",))
INTERFACES = Ask("/interface", ("name", "type", "rx-byte", "tx-byte", "running"))
HEALTH = Ask("/system/health")
CLOCK = Ask("/system/clock", ("date", "time", "gmt-offset"))
NOWHERE = Ask("/no/such/menu")


@pytest.fixture(scope="module")
async def fleet(tmp_path_factory):
    async with Fleet(devices=16, seed=7, data_dir=tmp_path_factory.mktemp("fleet")) as running:
        yield running
        for _ in range(20):  # turns of the loop in which both sides see the end of their connections
            await asyncio.sleep(0)


def target(fleet, router, trust=PLAIN, password=None):
    return Target(
        host=router.address,
        username="tod",
        password=router.password if password is None else password,
        api_port=fleet.ports.api,
        tls_port=fleet.ports.tls,
        trust=trust,
    )


@pytest.mark.parametrize("index", range(16))
async def test_every_board_is_asked_everything_in_one_go(fleet, index):
    router = fleet.routers[index]
    session = await connect(target(fleet, router))
    asks = [RESOURCE, IDENTITY, INTERFACES, HEALTH, CLOCK, NOWHERE]
    replies = await session.ask(asks)
    resource, identity, interfaces, health, clock, nowhere = replies
    ((version, uptime, memory, load),) = RESOURCE.pick(resource)
    assert values.version_of(version)
    assert values.duration_seconds(uptime) is not None
    assert (values.size_bytes(memory) or 0) > 0
    assert 0 <= (values.percent(load) or 0) <= 100
    assert IDENTITY.pick(identity) == [(router.identity,)]
    assert all(name and values.whole(received) is not None for name, _, received, _, _ in INTERFACES.pick(interfaces))
    assert nowhere.trap is not None
    assert nowhere.trap.is_no_such_menu
    for sensor in dialect.sensors([] if health.trap else health.rows()):
        assert not sensor.unit or values.number(sensor.text) is not None
    ((date, time, offset),) = CLOCK.pick(clock)
    assert values.clock_instant(date or "", time or "", offset).year > 2000
    session.close()


async def test_every_board_says_the_same_to_librouteros(fleet):
    fields = [Key(name) for name in ("name", "type", "mtu", "disabled")]
    for router in fleet.routers:
        session = await connect(target(fleet, router))
        ours = [row async for row in session.api().path("/interface").select(*fields)]
        session.close()
        version = values.version_of(router.stock.board.version)
        assert version is not None
        api = await librouteros.async_connect(
            router.address,
            "tod",
            router.password,
            port=fleet.ports.api,
            encoding="utf-8",
            login_method=async_token if version < Version(6, 43) else async_plain,
        )
        theirs = [row async for row in api.path("/interface").select(*fields)]
        await api.close()
        assert len(ours) > 1
        assert ours == theirs


async def test_every_kind_of_tls_ends_on_its_own_rung(fleet):
    authority = fleet.vault.ca_file.read_text()
    rungs = {"ca": Transport.TLS_AUTHORITY, "self-signed": Transport.TLS_PINNED}
    for router in fleet.routers[:6]:
        kind = fleet.tls_kind(router)
        if kind == "anonymous":
            with pytest.raises(DeviceUntrusted, match="tls_anonymous"):
                await connect(target(fleet, router, Trust(authority_pem=authority)))
            session = await connect(target(fleet, router, Trust(transport=Transport.TLS_ANONYMOUS)))
            assert (session.rung, session.fingerprint) == (Transport.TLS_ANONYMOUS, "")
            session.close()
            continue
        session = await connect(target(fleet, router, Trust(authority_pem=authority)))
        assert session.rung is rungs[kind]
        assert len(INTERFACES.pick((await session.ask([INTERFACES]))[0])) > 1
        session.close()
        pinned = Trust(fingerprint=session.fingerprint)
        again = await connect(target(fleet, router, pinned))
        assert (again.rung, again.fingerprint) == (Transport.TLS_PINNED, session.fingerprint)
        again.close()
        with pytest.raises(CertificateChanged):
            await connect(target(fleet, router, Trust(fingerprint="00" * 32)))


async def test_a_wrong_password_is_denied_by_old_and_new_devices(fleet):
    for router in fleet.routers:
        with pytest.raises(DeviceDenied, match="refused the login of tod"):
            await connect(target(fleet, router, password="wrong"))


async def test_many_devices_are_asked_at_once(fleet):
    sessions = await asyncio.gather(*(connect(target(fleet, router)) for router in fleet.routers))
    for _ in range(3):
        answers = await asyncio.gather(*(session.ask([IDENTITY, RESOURCE]) for session in sessions))
        names = [IDENTITY.pick(identity) for identity, _ in answers]
        assert names == [[(router.identity,)] for router in fleet.routers]
    for session in sessions:
        session.close()


async def test_a_count_and_a_query_are_answered(fleet):
    session = await connect(target(fleet, fleet.routers[10]))
    count = Ask("/interface", attributes={"count-only": ""}, where=("?type=ether",))
    ethers = Ask("/interface", ("name",), where=(Key("type") == "ether",))
    counted, listed = await session.ask([count, ethers])
    assert values.whole(counted.ret) == len(ethers.pick(listed)) > 0
    session.close()
