"""The run loop on real servers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.catalog import CODEC
from contracts.devices import Address, Credential, DeviceAdded, DeviceRenamed
from contracts.language.envelope import Envelope
from contracts.language.sealed import Sealed
from ops.testing.plugin import ConnectBus, Database
from projections.catalog import PROJECTIONS
from projections.engine.connection import open_connection
from projections.engine.projector import run

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TENANT = UUID(int=7)


def added(device: UUID, title: str):
    return DeviceAdded(
        device_id=device,
        title=title,
        address=Address(host="192.0.2.1"),
        credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
    )


@asynccontextmanager
async def projecting(bus, database: Database) -> AsyncIterator[None]:
    task = asyncio.create_task(run(bus, lambda: open_connection(database.url("tod_projector")), PROJECTIONS, CODEC))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Any]) -> Any:
    async with asyncio.timeout(20):
        while True:
            with suppress(asyncpg.UndefinedTableError):  # the views come with the first generation
                if found := await check():
                    return found
            await asyncio.sleep(0.02)


async def test_a_fact_becomes_a_row(connect_bus: ConnectBus, database: Database) -> None:
    writer, reader = await connect_bus("commands"), await connect_bus("projections")
    device = uuid4()
    for number, message in enumerate(
        (added(device, "one"), DeviceRenamed(device_id=device, title="two", previous_title="one"))
    ):
        envelope = Envelope(id=f"{device}-{number}", occurred_at=NOON, source="test")
        await writer.publish(CODEC.encode(message, TENANT, envelope))
    connection = await asyncpg.connect(database.url("tod_projector"))
    try:
        async with projecting(reader, database):
            row = await until(lambda: connection.fetchrow("SELECT * FROM read.devices WHERE title = 'two'"))
        assert row["device_id"] == device
        assert row["sequence"] == 2
    finally:
        await connection.close()
