"""The cache on a real Valkey."""

from uuid import uuid4

import pytest

from contracts.language.errors import ContractBroken, Unavailable
from ops.connections.redis import ANSWER_SECONDS_MAX, open_cache


async def test_a_script_runs_the_first_time_and_every_time(valkey_url):
    async with open_cache(valkey_url) as cache:
        script = f"-- never seen before: {uuid4()}\nreturn {{ARGV[1], KEYS[1]}}"
        for _ in range(2):
            assert await cache.evaluate(script, ("tod:key",), (7,)) == [b"7", b"tod:key"]


async def test_a_script_that_fails_is_our_mistake(valkey_url):
    async with open_cache(valkey_url) as cache:
        with pytest.raises(ContractBroken, match="redis"):
            await cache.evaluate("return redis.call('NO', 'SUCH')", (), ())


async def test_a_ping_takes_some_time(valkey_url):
    async with open_cache(valkey_url) as cache:
        assert 0 < await cache.ping() < ANSWER_SECONDS_MAX * 1000


async def test_a_cache_that_is_gone_is_known_to_be_gone_at_once_and_found_again(own_servers):
    async with open_cache(own_servers.site.redis_url) as cache:
        assert await cache.evaluate("return 1", (), ()) == 1
        own_servers.children["valkey"].kill()
        with pytest.raises(Unavailable):
            await cache.evaluate("return 1", (), ())
        own_servers.restart("valkey")
        assert await cache.evaluate("return 1", (), ()) == 1
