import asyncio
import json
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from contracts.language.access import Role
from contracts.language.errors import Unavailable
from gateway.http import live
from gateway.http.live import position_from, position_text
from gateway.http.notices import KEYS_MAX, Feed, Hub, Notice, merged


class Followed:
    """One event stream, read line by line."""

    def __init__(self, response):
        self._lines = response.aiter_lines()
        self.response = response

    async def next(self, within=5.0):
        """The next event as name, id and data; comments and hints are passed over."""
        event: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self._lines:
                if not line:
                    if "event" in event:
                        return event["event"], event["id"], json.loads(event["data"])
                    event = {}
                    continue
                name, _, value = line.partition(":")
                event[name] = value.strip()
        raise EOFError

    async def ended(self, within=5.0):
        async with asyncio.timeout(within):
            async for _ in self._lines:
                pass


@pytest.fixture
def follow(served):
    host, port = served

    @asynccontextmanager
    async def following(token, query="", **headers):
        named = {"authorization": f"Bearer {token}"} | {key.replace("_", "-"): value for key, value in headers.items()}
        async with (
            httpx.AsyncClient(base_url=f"http://{host}:{port}", headers=named, timeout=10) as client,
            client.stream("GET", f"/api/live{query}") as response,
        ):
            yield Followed(response)

    return following


async def test_a_follower_is_told_what_changed_in_his_tenant_alone(world, follow):
    [device] = await world.add_rows(["alpha"])
    async with follow(world.token(), "?models=devices") as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.response.headers
        assert await stream.next() == ("ready", "devices=0", {})
        await world.announce("devices", 4, ["foreign"], tenant=world.other_tenant)
        await world.announce("devices", 5, [str(device)])
        name, event_id, data = await stream.next()
    assert (name, event_id) == ("changed", "devices=5")
    assert data == {"model": "devices", "sequence": 5, "keys": [str(device)]}


async def test_a_super_admin_follows_every_tenant(world, follow):
    async with follow(world.token(Role.SUPER_ADMIN), "?models=devices") as stream:
        await stream.next()
        await world.announce("devices", 4, ["a"], tenant=world.other_tenant)
        assert (await stream.next())[2]["keys"] == ["a"]


async def test_who_comes_back_misses_nothing_and_is_told_nothing_twice(world, follow):
    await world.add_rows(["seen"], sequence=5)
    await world.announce("devices", 5, None)
    async with follow(world.token(), "?models=devices") as stream:
        _, last, _ = await stream.next()
    assert last == "devices=5"
    [missed] = await world.add_rows(["missed"], sequence=8)
    await world.add_rows(["foreign"], sequence=9, tenant=world.other_tenant)
    await world.announce("devices", 9, None)
    async with follow(world.token(), "?models=devices", last_event_id=last) as stream:
        name, event_id, data = await stream.next()
        assert (name, event_id, data["keys"]) == ("changed", "devices=9", [str(missed)])
        assert (await stream.next())[0] == "ready"
        await world.announce("devices", 9, ["old"])
        await world.announce("devices", 10, ["new"])
        assert (await stream.next())[2]["keys"] == ["new"]


async def test_a_position_in_one_model_says_nothing_about_another(world, follow):
    await world.announce("devices", 100, None)
    await world.announce("audit", 90, None)
    async with follow(world.token(), "?models=devices,audit", last_event_id="devices=100,audit=80") as stream:
        name, event_id, data = await stream.next()
        assert (name, event_id) == ("changed", "audit=90,devices=100")
        assert data == {"model": "audit", "sequence": 90, "keys": None}, "this model cannot tell its keys"
        assert (await stream.next())[0] == "ready"


async def test_after_a_rebuild_or_from_nowhere_everything_is_loaded_again(world, follow):
    await world.announce("devices", 5, None)
    for last in ("devices=900", "audit=3"):
        async with follow(world.token(), "?models=devices", last_event_id=last) as stream:
            name, _, data = await stream.next()
            assert (name, data["keys"], data["sequence"]) == ("changed", None, 5)


async def test_too_many_missed_keys_are_one_word(world, follow):
    await world.add_rows([f"device {number}" for number in range(KEYS_MAX + 1)], sequence=5)
    await world.announce("devices", 5, None)
    async with follow(world.token(), "?models=devices", last_event_id="devices=1") as stream:
        assert (await stream.next())[2]["keys"] is None


async def test_what_is_missed_between_question_and_answer_is_still_told(world, follow):
    """Events and rows arrive all the while somebody comes and goes; in the end he knows every key."""
    known: set[str] = set()
    expected: list[str] = []
    last, stop = "", asyncio.Event()

    async def produce():
        for sequence in range(1, 61):
            [device] = await world.add_rows([f"device {sequence}"], sequence=sequence)
            expected.append(str(device))
            await world.announce("devices", sequence, [str(device)])
        stop.set()

    producing = asyncio.create_task(produce())
    while not stop.is_set() or last != "devices=60":
        async with follow(world.token(), "?models=devices", last_event_id=last) as stream:
            if not last:
                _, last, _ = await stream.next()
                async with world.client(world.token()) as client:
                    answer = await client.get("/api/devices?limit=500")
                known |= {row["device_id"] for row in answer.json()["items"]}
            for _ in range(3):
                _, last, data = await stream.next()
                known |= set(data.get("keys") or ())
                if last == "devices=60":
                    break
    await producing
    assert known == set(expected)


async def test_only_models_that_exist_and_that_the_role_may_read_are_followed(world, follow):
    async with follow(world.token(), "?models=weather") as stream:
        assert stream.response.status_code == 400
    async with follow(world.token(Role.VIEWER), "?models=audit") as stream:
        assert stream.response.status_code == 403
    async with follow(world.token(Role.VIEWER)) as stream:
        assert (await stream.next())[1] == "devices=0,health=0"
    async with follow(world.token(), last_event_id="'; DROP TABLE") as stream:
        assert stream.response.status_code == 400


async def test_a_stream_is_heard_to_be_alive(world, follow, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    async with follow(world.token(), "?models=devices") as stream:
        await stream.next()
        async with asyncio.timeout(5):
            assert [line async for line in _some(stream._lines, 2)] == [": still here", ""]


async def _some(lines, count):
    async for line in lines:
        yield line
        count -= 1
        if not count:
            return


async def test_a_stream_ends_with_its_token(world, follow):
    async with follow(world.token(exp=int(time.time()) + 1), "?models=devices") as stream:
        await stream.next()
        await stream.ended()


async def test_one_caller_holds_only_so_many_streams(world, follow, monkeypatch):
    monkeypatch.setattr(live, "STREAMS_PER_CALLER_MAX", 1)
    async with follow(world.token(), "?models=devices") as first:
        await first.next()
        async with follow(world.token(), "?models=devices") as second:
            assert second.response.status_code == 429
        async with follow(world.token(Role.VIEWER), "?models=devices") as other:
            assert other.response.status_code == 200
    async with asyncio.timeout(5):
        while True:
            async with follow(world.token(), "?models=devices") as again:
                if again.response.status_code == 200:
                    break


async def test_who_leaves_is_forgotten(world, follow):
    async with world.client(world.token(Role.SUPER_ADMIN)) as client:

        async def followers():
            text = (await client.get("/metrics")).text
            return next(line.split()[1] for line in text.splitlines() if line.startswith("tod_http_followers"))

        async with follow(world.token(), "?models=devices") as stream:
            await stream.next()
            assert await followers() == "1.0"
        async with asyncio.timeout(5):
            while await followers() != "0.0":  # noqa: ASYNC110 - it is seen from outside only
                await asyncio.sleep(0.01)


async def test_everybody_is_sent_away_at_once_when_the_server_stops(world, serve_world):
    async with serve_world() as (host, port, stop):
        streams = []
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10) as client:
            headers = {"authorization": f"Bearer {world.token()}"}
            for _ in range(5):
                request = client.build_request("GET", "/api/live?models=devices", headers=headers)
                stream = Followed(await client.send(request, stream=True))
                await stream.next()
                streams.append(stream)
            begun = time.perf_counter()
            await stop()
            took = time.perf_counter() - begun
            for stream in streams:
                await stream.ended()
                await stream.response.aclose()
    assert took < 1.0, "0.2 s on a quiet machine; five seconds when uvicorn waits for streams"


def test_a_slow_follower_is_told_less_often_and_never_less():
    feed = Feed(frozenset({"devices"}))
    for sequence in range(1, 1001):
        feed.offer(Notice("devices", "LEDGER", sequence, (f"device-{sequence % 7}",)))
        feed.offer(Notice("health", "OBSERVATIONS", sequence, ("x",)))
    [pending] = asyncio.run(feed.take(0.1))
    assert pending.sequence == 1000
    assert set(pending.keys or ()) == {f"device-{number}" for number in range(7)}


def test_merging_forgets_names_only_when_it_says_reload():
    many = tuple(f"device-{number}" for number in range(KEYS_MAX))
    first, second = Notice("devices", "LEDGER", 1, many), Notice("devices", "LEDGER", 2, ("one more",))
    assert merged(first, second).keys is None
    assert merged(first, Notice("devices", "LEDGER", 2, many)).keys == many
    assert merged(first, Notice("devices", "LEDGER", 2, None)).keys is None


def test_a_position_is_text_and_back():
    position = {"devices": 120, "health": 88_031}
    assert position_from(position_text(position)) == position
    assert position_from(None) is None
    assert position_from("") is None


async def test_while_the_bus_is_away_nobody_is_counted_as_following(world, connect_bus):
    gone = await connect_bus("gateway")
    await gone.close()

    async def announced(_checkpoint):
        pass

    hub = Hub(gone, announced)
    with pytest.raises(Unavailable):
        async with hub.following(world.tenant, frozenset({"devices"})):
            pass
    assert hub.followers == 0


async def test_who_leaves_while_the_bus_is_away_leaves_all_the_same(world, connect_bus):
    bus = await connect_bus("gateway")

    async def announced(_checkpoint):
        pass

    hub = Hub(bus, announced)
    async with hub.following(world.tenant, frozenset({"devices"})):
        await bus.close()
    assert hub.followers == 0
