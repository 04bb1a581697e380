"""The fixtures of all packages, over one set of real servers for each test process; `pyproject.toml` names it.

A test that wants its own world asks for `bus_account` or `database`: both are fresh, both are cheap. One that kills
servers asks for `own_servers`. Valkey and OpenBao are shared by all tests of a process: use ids of your own in them.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import nats
import pytest

import ops.connections.nats
from migrations.apply import migrate
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus
from ops.connections.openbao import OpenBao, open_keys
from ops.connections.redis import Cache, open_cache
from ops.embedded.servers import Servers
from ops.embedded.site import Site, open_site
from ops.provision import openbao
from ops.provision.nats import ACCOUNT
from ops.provision.postgres import OWNER

SPARE_ACCOUNTS = tuple(f"SPARE_{number}" for number in range(8))
"""More than one, so that what an earlier test left connected does not meet the next one."""
FAULT_ROUNDS = 8
"""As many as the time of a whole run of the tests allows."""

DATABASE_GRANTS = """
    SELECT grants.grantee::regrole::text AS role, grants.privilege_type AS privilege
    FROM pg_database, aclexplode(datacl) AS grants WHERE datname = $1 AND grants.grantee <> 0
"""
"""What a copy of a database does not take over by itself."""

ConnectBus = Callable[[str], Awaitable[NatsBus]]
"""Connect as the named user of `migrations.grants`."""
ConnectKeys = Callable[[str], Awaitable[OpenBao]]
"""Connect with the policy of the named process."""


class BusAccount(msgspec.Struct, frozen=True):
    """A bus of its own: no stream or subject of it meets another's. It has no streams before they are provisioned."""

    url: str
    seeds: dict[str, Path]
    """The seed file of each user in `migrations.grants`."""


class Database(msgspec.Struct, frozen=True):
    """A database of its own."""

    site: Site
    name: str

    def url(self, role: str = OWNER) -> str:
        """Return its address for a login: the superuser `postgres`, `tod_projector` or `tod_gateway`."""
        return self.site.postgres_url(role, self.name)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the stories of faults may be told."""
    group = parser.getgroup("faults")
    group.addoption(
        "--fault-seed", dest="fault_seed", type=int, default=1, help="What is killed and when follows from it."
    )
    group.addoption("--fault-rounds", dest="fault_rounds", type=int, default=FAULT_ROUNDS, help="How often.")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The four real servers, shared by all tests of this process; `servers.site` has addresses and credentials."""
    yield from _running(tmp_path_factory.mktemp("servers"))


@pytest.fixture
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of this test alone, to kill and restart as it likes: `own_servers.children["nats"].kill()`."""
    yield from _running(tmp_path_factory.mktemp("own-servers"))


def _running(folder: Path) -> Iterator[Servers]:
    site = open_site(folder, takes_usual_ports=False)
    running = Servers(site, USERS, accounts=(ACCOUNT, *SPARE_ACCOUNTS))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def spare_accounts() -> deque[str]:
    """The accounts that no test has right now, the longest unused first."""
    return deque(SPARE_ACCOUNTS)


@pytest.fixture
async def bus_account(servers: Servers, spare_accounts: deque[str]) -> AsyncIterator[BusAccount]:
    """An empty bus on the shared nats-server, with all users of the house; emptied again afterwards."""
    account = spare_accounts.popleft()
    bus = BusAccount(servers.site.nats_url, servers.seeds(account))
    yield bus
    connection = await nats.connect(
        bus.url, nkeys_seed=str(bus.seeds["migrations"]), inbox_prefix=inbox("migrations").encode()
    )
    administration = connection.jetstream()
    for stream in await administration.streams_info():
        await administration.delete_stream(stream.config.name or "")
    await connection.close()
    spare_accounts.append(account)


@pytest.fixture
async def connect_bus(bus_account: BusAccount) -> AsyncIterator[ConnectBus]:
    """Connections to a bus of this test alone, its streams made: call it with the name of a user."""
    async with _connections(bus_account) as connect:
        yield connect


@pytest.fixture
async def connect_own_bus(own_servers: Servers) -> AsyncIterator[ConnectBus]:
    """The same on servers that the test may kill."""
    async with _connections(BusAccount(own_servers.site.nats_url, own_servers.seeds(ACCOUNT))) as connect:
        yield connect


@asynccontextmanager
async def _connections(account: BusAccount) -> AsyncIterator[ConnectBus]:
    connected: list[NatsBus] = []

    async def connect(user: str) -> NatsBus:
        seed = account.seeds[user].read_text()
        bus = await ops.connections.nats.connect(account.url, user=user, seed=seed, inbox=inbox(user))
        connected.append(bus)
        return bus

    await provision(await connect("migrations"))
    yield connect
    for bus in connected:
        await bus.close()


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncIterator[Database]:
    """A database with nothing in it, for the superuser alone: logins come with the migrations."""
    async with _database(servers.site, template="template1") as database:
        yield database


@pytest.fixture(scope="session")
def tenant_token_key(servers: Servers) -> tuple[str, str]:
    """The id and the hexadecimal text of the key that tenant tokens are checked with."""
    return openbao.tenant_token_key(servers.site.openbao_url, servers.site.secrets.role("migrations"))


@pytest.fixture(scope="session")
async def migrated_template(servers: Servers, tenant_token_key: tuple[str, str]) -> AsyncIterator[Database]:
    """The database that every `database` is a copy of."""
    async with _database(servers.site, template="template1") as database:
        passwords = servers.site.login_passwords()
        await migrate(database.url(), tenant_token_key=tenant_token_key, role_passwords=passwords)
        yield database


@pytest.fixture
async def database(servers: Servers, migrated_template: Database) -> AsyncIterator[Database]:
    """A database of this test alone with all migrations applied, and no read model yet."""
    async with _database(servers.site, template=migrated_template.name) as database:
        yield database


@asynccontextmanager
async def _database(site: Site, template: str) -> AsyncIterator[Database]:
    name = f"t{uuid4().hex}"
    admin = await asyncpg.connect(site.postgres_url(OWNER, "postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        for grant in await admin.fetch(DATABASE_GRANTS, template):
            await admin.execute(f"GRANT {grant['privilege']} ON DATABASE {name} TO {grant['role']}")
        yield Database(site, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def valkey_url(servers: Servers) -> str:
    """The address of the shared Valkey, with its password."""
    return servers.site.redis_url


@pytest.fixture
def openbao_url(servers: Servers) -> str:
    """The address of the shared OpenBao; `servers.site.secrets.role_file("pollers")` is what a process shows it."""
    return servers.site.openbao_url


@pytest.fixture
async def cache(valkey_url: str) -> AsyncIterator[Cache]:
    """The shared Valkey as the processes speak to it."""
    async with open_cache(valkey_url) as connected:
        yield connected


@pytest.fixture
async def connect_keys(servers: Servers) -> AsyncIterator[ConnectKeys]:
    """Connections to OpenBao, each with the policy of the process that is named."""
    async with AsyncExitStack() as opened:

        async def connect(process: str) -> OpenBao:
            role = servers.site.secrets.role(process)
            return await opened.enter_async_context(open_keys(servers.site.openbao_url, (role.role_id, role.secret_id)))

        yield connect
