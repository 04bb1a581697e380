"""The four servers, for real: they know their users, keep their data, and come back."""

import asyncpg
import nats
import pytest
import redis.asyncio

from migrations.grants import USERS, inbox
from ops.embedded.servers import Servers
from ops.embedded.site import open_site
from ops.testing.plugin import BusAccount, Database


async def connect(url, seed, user="migrations"):
    return await nats.connect(url, nkeys_seed=str(seed), inbox_prefix=inbox(user).encode())


async def test_every_bus_user_connects_with_its_own_key(servers: Servers):
    for user in USERS:
        connection = await connect(servers.site.nats_url, servers.site.secrets.seed_file(user), user)
        assert connection.is_connected
        await connection.close()


async def test_streams_of_two_bus_accounts_never_meet(servers: Servers, bus_account: BusAccount):
    stranger = await connect(servers.site.nats_url, servers.site.secrets.seed_file("migrations"))
    ours = await connect(bus_account.url, bus_account.seeds["migrations"])
    await ours.jetstream().add_stream(name="ONLY_OURS", subjects=["x"])
    with pytest.raises(nats.js.errors.NotFoundError):
        await stranger.jetstream().stream_info("ONLY_OURS")
    await ours.close()
    await stranger.close()


async def test_the_database_is_not_open_without_the_password(empty_database: Database):
    connection = await asyncpg.connect(empty_database.url())
    assert await connection.fetchval("SELECT current_database()") == empty_database.name
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(empty_database.url(), password="wrong")


async def test_each_login_reaches_the_migrated_database(database: Database):
    for role in ("tod_projector", "tod_gateway"):
        connection = await asyncpg.connect(database.url(role))
        assert await connection.fetchval("SELECT current_user") == role
        await connection.close()


async def test_valkey_wants_its_password(servers: Servers, valkey_url: str):
    async with redis.asyncio.from_url(valkey_url) as client:
        assert await client.ping()
    async with redis.asyncio.from_url(f"redis://127.0.0.1:{servers.site.ports['valkey']}/0") as client:
        with pytest.raises(redis.exceptions.AuthenticationError):
            await client.ping()


async def test_servers_resume_on_the_same_data(own_servers: Servers):
    site = own_servers.site
    connection = await asyncpg.connect(site.postgres_url("postgres"))
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    await connection.close()
    own_servers.stop()

    again = Servers(open_site(site.folder, takes_usual_ports=False), USERS)
    assert again.site.ports == site.ports
    try:
        again.start()
        connection = await asyncpg.connect(again.site.postgres_url("postgres"))
        assert await connection.fetchval("SELECT one FROM kept") == 1
        await connection.close()
    finally:
        again.stop()


def test_a_killed_server_comes_back(own_servers: Servers):
    for name, child in own_servers.children.items():
        before = child.pid
        child.kill()
        assert not child.is_serving()
        own_servers.restart(name)
        assert child.is_serving()
        assert child.pid != before
