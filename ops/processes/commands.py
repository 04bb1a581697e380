"""The deciding process: it alone appends facts and sends mail, and it sees no database and no device."""

import asyncio
from contextlib import AsyncExitStack

from commands.catalog import CATALOG
from commands.engine.worker import run
from commands.mail import MailOffice
from migrations.grants import inbox
from ops.connections.openbao import open_keys
from ops.connections.redis import open_cache
from ops.processes.life import bus_of, live, until
from ops.settings import CommandsSettings


async def body(settings: CommandsSettings, stopping: asyncio.Event) -> None:
    """Open the connections and decide until told to stop."""
    async with AsyncExitStack() as stack:
        bus = await bus_of(settings, "commands", inbox("commands"))
        stack.push_async_callback(bus.close)
        keys = await stack.enter_async_context(open_keys(settings.openbao_url, settings.openbao_role()))
        cache = await stack.enter_async_context(open_cache(settings.redis_url))
        office = MailOffice(bus, keys, public_url=settings.public_url, folder=settings.mail_folder)
        await until(stopping, run(bus, keys, cache, office, CATALOG))


if __name__ == "__main__":
    live("commands", CommandsSettings, body)
