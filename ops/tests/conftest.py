"""A nats-server for one test alone, to kill as it likes, and one whole installation for all the stories."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest

import ops.connections.nats
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus
from ops.embedded.servers import Servers
from ops.embedded.site import open_site
from ops.embedded.up import allow_open_files
from ops.provision.nats import ACCOUNT
from ops.testing.installation import Installation
from ops.testing.plugin import ConnectBus
from ops.testing.read_side import laid_out_template, read_side  # noqa: F401 - fixtures

DEVICES: Final = 8


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything, running, shared by all stories: each opens tenants of its own, and leaves all of it standing."""
    allow_open_files()
    installation = Installation(tmp_path_factory.mktemp("house"), devices=DEVICES)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture
def lone_nats(tmp_path: Path) -> Iterator[Servers]:
    """Only the bus runs: `lone_nats.children["nats"].kill()`, `lone_nats.restart("nats")`."""
    servers = Servers(open_site(tmp_path / "site", takes_usual_ports=False), USERS)
    for folder in ("nats", "valkey", "openbao"):
        (servers.site.folder / folder).mkdir()
    servers.write_configurations()
    servers.restart("nats")
    yield servers
    servers.children["nats"].stop()


@pytest.fixture
async def connect_lone(lone_nats: Servers) -> AsyncIterator[ConnectBus]:
    """Connections to the server that gets killed, its streams made: call it with the name of a user."""
    connected: list[NatsBus] = []

    async def connect(user: str) -> NatsBus:
        seed = lone_nats.seeds(ACCOUNT)[user].read_text()
        bus = await ops.connections.nats.connect(lone_nats.site.nats_url, user=user, seed=seed, inbox=inbox(user))
        connected.append(bus)
        return bus

    await provision(await connect("migrations"))
    yield connect
    for bus in connected:
        await bus.close()
