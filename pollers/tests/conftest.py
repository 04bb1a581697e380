"""A cache of each test's own, on the shared Valkey."""

import itertools
from collections.abc import AsyncIterator

import pytest

from ops.connections.redis import Cache, open_cache

_DATABASES = itertools.cycle(range(1, 16))


@pytest.fixture
async def cache(valkey_url) -> AsyncIterator[Cache]:
    async with open_cache(f"{valkey_url.rstrip('/').removesuffix('/0')}/{next(_DATABASES)}") as cache:
        await cache.evaluate("return redis.call('FLUSHDB')", (), ())
        yield cache
