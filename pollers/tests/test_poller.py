"""The whole poller on real servers against simulated routers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.catalog import CODEC
from contracts.devices import Address, Credential, DeviceAdded, DeviceIdentified
from contracts.health import HealthObserved
from contracts.interfaces import InterfacesCounted, InterfacesListed
from contracts.language.envelope import Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.message import Message
from contracts.language.sealed import Sealed, tenant_key
from contracts.language.transport import Transport
from contracts.polls import PollObserved
from ops.connections.redis import Cache, open_cache
from ops.simulator import Fleet
from ops.testing.plugin import ConnectBus
from pollers.catalog import COLLECTORS, JUDGE
from pollers.engine.poller import Poller

TENANT = TenantId(UUID(int=7))


class PlainOpener:
    """A key service whose ciphertext is the password: sealing is tested where it is done."""

    async def open(self, sealed, context):
        return sealed.text


def added(fleet, router, *, password=None):
    return DeviceAdded(
        device_id=DeviceId(uuid4()),
        title=router.identity,
        address=Address(
            host=router.address,
            api_port=fleet.ports.api,
            tls_port=fleet.ports.tls,
            transport=Transport.PLAIN,
        ),
        credential=credential(router.password if password is None else password),
    )


def credential(password):
    return Credential(username="tod", password=Sealed(tenant_key(TENANT), password))


def fact(message: Message):
    envelope = Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source="test")
    return CODEC.encode(message, TENANT, envelope)


@pytest.fixture
async def cache(valkey_url) -> AsyncIterator[Cache]:
    async with open_cache(valkey_url) as cache:
        await cache._client.delete("tod:pollers", "tod:leases")
        yield cache


@asynccontextmanager
async def polling(bus, cache, *, interval_seconds=1.0, instance=None):
    poller = Poller(
        bus=bus,
        cache=cache,
        opener=PlainOpener(),
        collectors=COLLECTORS,
        judge=JUDGE,
        instance=instance or uuid4().hex,
        interval_seconds=interval_seconds,
    )
    task = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()


async def observed(bus, *, until: Callable[[list], bool], stream="OBSERVATIONS", filters=("tod.*.obs.>",)):
    """Everything recorded so far, as soon as it satisfies `until`."""
    found = []
    async with asyncio.timeout(20):
        async for batch in bus.follow(stream, filters):
            for delivery in batch:
                found += CODEC.decode(delivery)
            if until(found):
                return found


def of(shape, found, device_id=None):
    return [
        one.message
        for one in found
        if type(one.message) is shape and (device_id is None or one.entity == str(device_id))
    ]


async def test_every_board_is_polled_from_the_fact_that_adds_it(connect_bus: ConnectBus, cache):
    commands, pollers, reader = [await connect_bus(user) for user in ("commands", "pollers", "projections")]
    async with Fleet(devices=16, seed=3) as fleet, polling(pollers, cache) as poller:
        facts = [added(fleet, router) for router in fleet.routers]
        await commands.publish_many([fact(one) for one in facts])
        found = await observed(
            reader,
            until=lambda found: (
                len({one.entity for one in found if type(one.message) is InterfacesCounted}) == 16
                and len(of(PollObserved, found)) > 40
            ),
        )
        for one in facts:
            identified = of(DeviceIdentified, found, one.device_id)
            assert [each.identity for each in identified] == [one.title]
            assert len(of(InterfacesListed, found, one.device_id)) == 1
            assert of(HealthObserved, found, one.device_id)[0].uptime_seconds > 0
        assert poller.tally.logins == 16
        assert poller.tally.failed == 0
