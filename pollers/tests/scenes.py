"""A fleet, a poller and what came of them: what the tests of the whole poller have in common."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.catalog import CODEC
from contracts.devices import Address, Credential, DeviceAdded
from contracts.language.codec import Recorded
from contracts.language.envelope import Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.message import Message
from contracts.language.sealed import Sealed, tenant_key
from contracts.language.transport import Transport
from pollers.catalog import COLLECTORS, JUDGE
from pollers.engine.poller import Poller

TENANT = TenantId(UUID(int=7))
PATIENCE_SECONDS = 30


class PlainOpener:
    """A key service whose ciphertext is the password: sealing is tested where it is done."""

    async def open(self, sealed, context):
        return sealed.text


def address(fleet, router, transport=Transport.PLAIN):
    return Address(host=router.address, api_port=fleet.ports.api, tls_port=fleet.ports.tls, transport=transport)


def credential(password):
    return Credential(username="tod", password=Sealed(tenant_key(TENANT), password))


def added(fleet, router, *, password=None, transport=Transport.PLAIN):
    return DeviceAdded(
        device_id=DeviceId(uuid4()),
        title=router.identity,
        address=address(fleet, router, transport),
        credential=credential(password or router.password),
    )


def fact(message: Message):
    envelope = Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source="test")
    return CODEC.encode(message, TENANT, envelope)


@asynccontextmanager
async def polling(bus, cache, *, interval_seconds=1.0, opener=None, authority_pem="") -> AsyncIterator[Poller]:
    """A poller at work; an error of its own is the test's."""
    poller = Poller(
        bus=bus,
        cache=cache,
        opener=opener or PlainOpener(),
        collectors=COLLECTORS,
        judge=JUDGE,
        instance=uuid4().hex,
        interval_seconds=interval_seconds,
        authority_pem=authority_pem,
    )
    task = asyncio.create_task(poller.run())
    try:
        yield poller
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        await task


async def until(condition: Callable[[], Any]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for knows of no event
            await asyncio.sleep(0.02)


async def recorded(bus, condition, *, stream="OBSERVATIONS", filters="tod.*.obs.>") -> list[Recorded]:
    """Everything a stream holds, as soon as that satisfies the condition."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            deliveries = await bus.history(stream, filters)
            found = [one for delivery in deliveries for one in CODEC.decode(delivery)]
            if condition(found):
                return found
            await asyncio.sleep(0.05)


async def reported(bus, shape, condition):
    """The reports of one shape, as soon as they satisfy the condition."""
    found = await recorded(bus, lambda found: condition(of(shape, found)), stream="JOBS", filters="tod.*.report.>")
    return of(shape, found)


def of(shape, found, device_id=None):
    return [
        one.message
        for one in found
        if type(one.message) is shape and (device_id is None or one.entity == str(device_id))
    ]


def entities(shape, found):
    return {one.entity for one in found if type(one.message) is shape}
