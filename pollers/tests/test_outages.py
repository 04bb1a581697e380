"""Polling while one of our own servers is away: it goes on with what it has, and loses nothing it could keep."""

import asyncio

from contracts.interfaces import InterfacesCounted, InterfacesListed
from contracts.language.errors import Unavailable
from contracts.polls import PollObserved
from ops.connections.redis import open_cache
from ops.simulator import Fleet
from pollers.tests.scenes import PlainOpener, added, fact, of, polling, recorded, until


async def test_a_cache_that_dies_and_forgets_costs_no_look_and_no_login(own_servers, connect_bus, tmp_path):
    commands, pollers, reader = [await connect_bus(user) for user in ("commands", "pollers", "projections")]
    async with (
        open_cache(own_servers.site.redis_url) as cache,
        Fleet(devices=1, data_dir=tmp_path) as fleet,
        polling(pollers, cache, interval_seconds=0.2) as poller,
    ):
        await commands.publish(fact(added(fleet, fleet.routers[0])))
        (first, *_) = of(PollObserved, await recorded(reader, lambda found: len(of(PollObserved, found)) > 2))
        own_servers.children["valkey"].kill()
        seen = poller.tally.observed
        await until(lambda: poller.tally.observed > seen + 5)
        own_servers.restart("valkey")
        found = await recorded(reader, lambda found: of(PollObserved, found)[-1].epoch > first.epoch)
        polls = of(PollObserved, found)
        for epoch in {poll.epoch for poll in polls}:
            ticks = [poll.tick for poll in polls if poll.epoch == epoch]
            assert ticks == list(range(1, len(ticks) + 1))
        assert (poller.tally.logins, poller.tally.failed) == (1, 0)


async def test_what_a_dead_bus_did_not_take_is_counted_and_inventories_are_said_again(
    own_servers, connect_own_bus, cache, tmp_path
):
    commands, pollers, reader = [await connect_own_bus(user) for user in ("commands", "pollers", "projections")]
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, polling(pollers, cache, interval_seconds=0.2) as poller:
        await commands.publish(fact(added(fleet, fleet.routers[0])))
        await recorded(reader, lambda found: len(of(PollObserved, found)) > 2)
        own_servers.children["nats"].kill()
        await until(lambda: poller.tally.unpublished > 2)
        own_servers.restart("nats")
        seen = poller.tally.observed
        await until(lambda: poller.tally.observed > seen + 5)
        found = await recorded(reader, lambda found: len(of(PollObserved, found)) > 5)
        ticks = [poll.tick for poll in of(PollObserved, found)]
        assert ticks == sorted(set(ticks)), "nothing is doubled"
        assert max(ticks) - len(ticks) >= poller.tally.unpublished - 1, (
            "every look that was lost is a number that is missing"
        )
        assert len(of(InterfacesListed, found)) >= 1
        assert len(of(InterfacesCounted, found)) == len(ticks)
        assert poller.tally.logins == 1


async def test_a_key_service_that_is_away_stops_no_device_whose_password_is_known(connect_bus, cache, tmp_path):
    class Away(PlainOpener):
        is_away = False

        async def open(self, sealed, context):
            if self.is_away:
                raise Unavailable("no key service")
            return await super().open(sealed, context)

    commands, pollers = [await connect_bus(user) for user in ("commands", "pollers")]
    opener = Away()
    async with (
        Fleet(devices=1, data_dir=tmp_path) as fleet,
        polling(pollers, cache, interval_seconds=0.2, opener=opener) as poller,
    ):
        (router,) = fleet.routers
        await commands.publish(fact(added(fleet, router)))
        await until(lambda: poller.tally.observed > 1)
        opener.is_away = True
        poller._credentials._clock = lambda: 10_000.0 + asyncio.get_running_loop().time()
        router.misbehave(drop_mid_sentence=True)
        await until(lambda: poller.tally.failed > 0)
        router.behave()
        await until(lambda: poller.tally.logins > 1)
