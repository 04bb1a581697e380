"""Makes streams, consumers, roles, functions and schemas what this release says, and ends.

Safe to run any number of times.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import structlog

from migrations import grants, streams
from migrations.apply import migrate
from ops.connections.nats import connect
from ops.connections.openbao import open_keys
from ops.processes.life import live
from ops.settings import MigrateSettings

log = structlog.get_logger(__name__)
TENANT_TOKEN_PATH = "tod/tenant-token"  # noqa: S105 - where it lies, not what it is


async def body(settings: MigrateSettings, _stopping: asyncio.Event) -> None:
    """Provision NATS and migrate PostgreSQL."""
    async with AsyncExitStack() as stack:
        bus = await connect(
            settings.nats_url, user="migrations", seed=settings.nats_seed(), inbox=grants.inbox("migrations")
        )
        stack.push_async_callback(bus.close)
        sizes = {"OBSERVATIONS": settings.observations_bytes_max}
        made = await streams.provision(bus, replicas=settings.nats_replicas, bytes_max=sizes)
        log.info("streams.provisioned", made=made)
        keys = await stack.enter_async_context(open_keys(settings.openbao_url, settings.openbao_role()))
        token_key = await keys.read(TENANT_TOKEN_PATH)
        ran = await migrate(
            settings.postgres_url,
            tenant_token_key=(token_key["kid"], token_key["key"]),
            role_passwords=_passwords(settings.postgres_passwords_file),
        )
        log.info("migration.applied", ran=ran)


def _passwords(path: str) -> dict[str, str]:
    return msgspec.json.decode(Path(path).read_bytes(), type=dict[str, str]) if path else {}


if __name__ == "__main__":
    live("migrations", MigrateSettings, body)
