"""The HTTP process: it asks and shows, and holds nothing with which it could do more."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from commands.engine.tokens import ACCESS_KEY
from gateway.app import build_app
from gateway.http import tenancy
from gateway.http.limits import RATES, Limit, RateClass
from gateway.http.server import listening, serve
from migrations.grants import inbox
from ops.connections.openbao import open_keys
from ops.connections.postgres import open_pool
from ops.connections.redis import open_cache
from ops.processes.life import bus_of, live
from ops.settings import GatewaySettings

WRITE_BURST: Final = 60
STRANGER_BURST: Final = 30
READ_ONLY: Final = {"search_path": "read, tod", "default_transaction_read_only": "on", "statement_timeout": "5000"}


async def body(settings: GatewaySettings, stopping: asyncio.Event) -> None:
    """Open the connections, build the application, serve it until a signal."""
    async with AsyncExitStack() as stack:
        bus = await bus_of(settings, "gateway", inbox("gateway"))
        stack.push_async_callback(bus.close)
        cache = await stack.enter_async_context(open_cache(settings.redis_url))
        keys = await stack.enter_async_context(open_keys(settings.openbao_url, settings.openbao_role()))
        pool = await open_pool(
            settings.postgres_url,
            size_max=settings.pool_size_max,
            application="tod-gateway",
            settings=READ_ONLY,
            init=tenancy.prepare,
            reset=tenancy.keep,
        )
        stack.push_async_callback(pool.close)
        gateway = build_app(
            bus=bus,
            pool=pool,
            cache=cache,
            keys=keys,
            rates={
                **RATES,
                RateClass.WRITE: Limit(settings.writes_per_second_max, WRITE_BURST),
                RateClass.STRANGER: Limit(settings.strangers_per_second_max, STRANGER_BURST),
                RateClass.SIGN_IN: Limit(settings.sign_ins_per_minute_max / 60, settings.sign_ins_per_minute_max),
            },
            access_keys=partial(keys.public_keys, ACCESS_KEY),
            cors_origins=settings.cors_origins.split(),
            is_behind_tls=settings.is_behind_tls,
        )
        await stack.enter_async_context(gateway.running())
        where = listening(settings.http_host, settings.http_port)
        await serve(gateway, where, stopping=stopping, on_stop=gateway.stop)


if __name__ == "__main__":
    live("gateway", GatewaySettings, body)
