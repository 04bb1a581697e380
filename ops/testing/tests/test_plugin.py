"""The fixtures keep tests apart, and hand out the house as it really is."""

import asyncpg

from contracts.language.streams import STREAMS
from migrations.streams import drift
from ops.testing.plugin import BusAccount, ConnectBus, Database


async def test_a_connected_bus_has_the_streams_of_the_contracts(connect_bus: ConnectBus):
    assert STREAMS
    assert await drift(await connect_bus("migrations")) == []


async def test_two_tests_never_share_a_bus_account(bus_account: BusAccount, connect_bus: ConnectBus):
    bus = await connect_bus("migrations")
    assert bus_account.url
    assert {stream.name for stream in STREAMS} == set((await bus.api("STREAM.NAMES"))["streams"])


async def test_a_database_is_migrated_and_open_to_its_logins(database: Database):
    connection = await asyncpg.connect(database.url("tod_gateway"))
    assert await connection.fetchval("SELECT tod.current_tenant()") is None
    await connection.close()
