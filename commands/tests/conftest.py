"""What the tests of this package share: a key service as `commands` is let in, and the process on an empty bus."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from commands.tests.house import House
from contracts.language.identity import TenantId
from contracts.language.sealed import tenant_key
from ops.connections.openbao import OpenBao, open_keys
from ops.connections.redis import Cache
from ops.embedded.servers import Servers
from ops.testing.plugin import ConnectBus


@pytest.fixture
async def keys(servers: Servers) -> AsyncIterator[OpenBao]:
    role = msgspec.json.decode(servers.site.secrets.role_file("commands").read_bytes(), type=dict[str, str])
    async with open_keys(servers.site.openbao_url, (role["role_id"], role["secret_id"])) as opened:
        yield opened


@pytest.fixture
async def house(connect_bus: ConnectBus, keys: OpenBao, cache: Cache, tmp_path: Path) -> House:
    """The process on an empty bus, and one tenant whose key is made."""
    tenant_id = TenantId(uuid4())
    await keys.make_key(tenant_key(tenant_id))
    return House(connect_bus, keys, cache, tenant_id, tmp_path / "mail")
