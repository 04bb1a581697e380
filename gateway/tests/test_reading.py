from datetime import UTC, datetime, timedelta
from uuid import uuid4

from contracts.language.access import Role

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def test_a_list_shows_the_rows_of_the_callers_tenant_alone(world):
    await world.add_rows(["alpha", "beta"])
    await world.add_rows(["gamma"], tenant=world.other_tenant)
    async with world.client(world.token(Role.VIEWER)) as client:
        answer = await client.get("/api/devices")
    assert answer.status_code == 200
    assert [row["title"] for row in answer.json()["items"]] == ["alpha", "beta"]
    assert answer.json()["next"] is None
    assert answer.headers["cache-control"] == "no-store"
    row = answer.json()["items"][0]
    assert row["packages"] == ["routeros"]
    assert row["address"] == "192.0.2.1"
    assert "words" not in row


async def test_a_super_admin_sees_all_tenants_or_the_one_he_names(world):
    await world.add_rows(["alpha"])
    await world.add_rows(["gamma"], tenant=world.other_tenant)
    async with world.client(world.token(Role.SUPER_ADMIN)) as client:
        everything = await client.get("/api/devices")
        one = await client.get("/api/devices", headers={"Tod-Tenant": str(world.other_tenant)})
    assert [row["title"] for row in everything.json()["items"]] == ["alpha", "gamma"]
    assert [row["title"] for row in one.json()["items"]] == ["gamma"]


async def test_pages_follow_each_other_without_gap_or_repeat_in_any_order(world):
    titles = [f"device {number % 4}" for number in range(23)]
    uptimes = [None if number % 3 == 0 else float(number % 5) for number in range(23)]
    expected = {str(device) for device in await world.add_rows(titles, uptimes=uptimes)}
    async with world.client(world.token()) as client:
        for sort in ("title", "-title", "uptime_seconds", "-uptime_seconds", "added_at"):
            seen = await _all_pages(client, f"/api/devices?limit=4&sort={sort}")
            assert len(seen) == 23
            assert {row["device_id"] for row in seen} == expected
            values = [row[sort.removeprefix("-")] for row in seen]
            present = [value for value in values if value is not None]
            assert present == sorted(present, reverse=sort.startswith("-"))
            assert values == present + [None] * (len(values) - len(present))


async def _all_pages(client, url):
    seen = []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        seen += answer.json()["items"]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    return seen


async def test_filters_narrow_and_combine(world):
    await world.add_rows(["alpha", "alpine", "beta", "50%_off"], uptimes=[1.0, 20.0, 30.0, None])
    async with world.client(world.token()) as client:

        async def titles(query):
            answer = await client.get(f"/api/devices?{query}")
            assert answer.status_code == 200, answer.text
            return [row["title"] for row in answer.json()["items"]]

        assert await titles("search=ALP") == ["alpha", "alpine"]
        assert await titles("search=%25_") == ["50%_off"]
        assert await titles("search=198.51&uptime_min=20") == ["alpine", "beta"]
        assert await titles("title=beta&title=alpha") == ["alpha", "beta"]
        assert await titles("added_after=2030-01-01T00:00:00Z") == []


async def test_an_injection_is_a_value_and_nothing_else(world):
    await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        for text in ("' OR 1=1 --", "alpha'; DROP TABLE read.devices; --", "$1", "\\", "%27"):
            answer = await client.get("/api/devices", params={"title": text})
            assert answer.status_code == 200
            assert answer.json()["items"] == []
        for word in ("title; DROP TABLE x", "tenant_id", "words"):
            assert (await client.get("/api/devices", params={"sort": word})).status_code == 400


UNFIT = (
    "colour=red",
    "limit=0",
    "limit=501",
    "limit=many",
    "limit=1&limit=2",
    "cursor=nonsense",
    "cursor=" + "A" * 3000,
    "cursor=WyJ0aXRsZSIsWzFdLFtdXQ",
    "added_after=yesterday",
    "added_after=2026-01-01T00:00:00",
    "uptime_min=very",
    "search=%00",
    "search=" + "x" * 501,
    "as_of=now",
    "after=-x",
)


async def test_what_is_not_declared_or_does_not_fit_is_refused_with_the_reason(world):
    async with world.client(world.token()) as client:
        for query in UNFIT:
            answer = await client.get(f"/api/devices?{query}")
            assert answer.status_code == 400, query
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "request.invalid"


async def test_a_cursor_of_another_order_is_refused(world):
    await world.add_rows(["a", "b", "c"])
    async with world.client(world.token()) as client:
        cursor = (await client.get("/api/devices?limit=1")).json()["next"]
        answer = await client.get("/api/devices", params={"cursor": cursor, "sort": "-title"})
    assert answer.status_code == 400
    assert "order" in answer.json()["detail"]


async def test_the_past_is_asked_of_the_model_as_it_was(world):
    await world.add_rows(["old"], added_at=NOON)
    [new] = await world.add_rows(["new"], added_at=NOON + timedelta(days=2))
    async with world.client(world.token()) as client:
        then = await client.get("/api/devices", params={"as_of": (NOON + timedelta(days=1)).isoformat()})
        card = await client.get(f"/api/devices/{new}", params={"as_of": (NOON + timedelta(days=1)).isoformat()})
    assert [row["title"] for row in then.json()["items"]] == ["old"]
    assert card.status_code == 404


async def test_one_resource_has_a_tag_and_is_not_sent_twice(world):
    [device] = await world.add_rows(["alpha"], sequence=42)
    async with world.client(world.token()) as client:
        first = await client.get(f"/api/devices/{device}")
        again = await client.get(f"/api/devices/{device}", headers={"If-None-Match": first.headers["etag"]})
        weak = await client.get(f"/api/devices/{device}", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        other = await client.get(f"/api/devices/{device}", headers={"If-None-Match": '"42-0000"'})
    assert first.headers["etag"].startswith('"42-')
    assert again.status_code == weak.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


async def test_what_belongs_to_another_tenant_is_not_there(world):
    [device] = await world.add_rows(["gamma"], tenant=world.other_tenant)
    async with world.client(world.token()) as client:
        answer = await client.get(f"/api/devices/{device}")
        named = await client.get(f"/api/devices/{device}", headers={"Tod-Tenant": str(world.other_tenant)})
        series = await client.get(f"/api/devices/{device}/health")
    assert answer.status_code == 404
    assert named.status_code == 403
    assert series.status_code == 404


async def test_a_forged_or_expired_tenant_token_is_refused_by_the_database(world):
    await world.add_rows(["alpha"])
    token = world.minter.tenant_token(world.tenant)
    forged = token[:-1] + ("1" if token[-1] == "0" else "0")
    swapped = world.minter.tenant_token(world.other_tenant).replace(str(world.other_tenant), str(world.tenant))
    expired = world.minter.tenant_token(world.tenant, lifetime_seconds=-5)
    for wrong in (forged, swapped, expired):
        async with world.client(world.token(rls=wrong)) as client:
            answer = await client.get("/api/devices")
        assert answer.status_code == 401, wrong
        assert "alpha" not in answer.text


async def test_a_series_answers_at_the_finest_grain_that_fits_and_is_still_kept(world):
    [device] = await world.add_rows(["alpha"])
    now = datetime.now(UTC).replace(microsecond=0)
    await world.projector.executemany(
        "INSERT INTO read.health VALUES ($1, $2, $3, $4, 1)",
        [(world.tenant, device, now - timedelta(minutes=minute), float(minute)) for minute in range(120)],
    )
    async with world.client(world.token()) as client:

        async def asked(**words):
            answer = await client.get(f"/api/devices/{device}/health", params=words)
            assert answer.status_code == 200, answer.text
            return answer.json()

        day = await asked()
        assert day["resolution"] == "raw"
        assert len(day["points"]) == 120
        assert [point["at"] for point in day["points"]] == sorted(point["at"] for point in day["points"])
        assert (await asked(from_at=(now - timedelta(days=5)).isoformat()))["resolution"] == "5m"
        assert (await asked(from_at=(now - timedelta(days=40)).isoformat()))["resolution"] == "1h"
        old = await asked(from_at=(now - timedelta(days=30)).isoformat(), to_at=(now - timedelta(days=29)).isoformat())
        assert old["resolution"] == "5m", "raw points are not kept so long"
        hours = await asked(resolution="1h")
        assert hours["step_seconds"] == 3600
        assert 2 <= len(hours["points"]) <= 3
        wrong = await client.get(f"/api/devices/{device}/health", params={"resolution": "2h"})
        assert wrong.status_code == 400
        backwards = await client.get(
            f"/api/devices/{device}/health", params={"from_at": (now + timedelta(1)).isoformat()}
        )
        assert backwards.status_code == 400


async def test_an_empty_series_of_a_known_device_is_empty_and_of_an_unknown_one_is_not_there(world):
    [device] = await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        known = await client.get(f"/api/devices/{device}/health")
        unknown = await client.get(f"/api/devices/{uuid4()}/health")
    assert known.json()["points"] == []
    assert unknown.status_code == 404


async def test_a_query_that_takes_too_long_is_stopped_and_says_so(world):
    await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        answer = await client.get("/api/slow?seconds=30")
        afterwards = await client.get("/api/devices")
    assert answer.status_code == 503
    assert "did not answer within" in answer.json()["detail"]
    assert afterwards.status_code == 200


async def test_a_needed_parameter_must_be_there(world):
    async with world.client(world.token()) as client:
        assert (await client.get("/api/slow")).status_code == 400


async def test_a_reader_may_wait_for_a_place_in_the_log(world):
    [device] = await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        await world.announce("devices", 500, [str(device)])
        assert (await client.get(f"/api/devices/{device}?after=500")).status_code == 200


async def test_nothing_stays_on_a_connection_after_a_read(world):
    await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        for _ in range(8):
            assert (await client.get("/api/devices")).status_code == 200
    async with world.client(world.minter.token(Role.VIEWER, world.other_tenant)) as client:
        for _ in range(8):
            assert (await client.get("/api/devices")).json()["items"] == []
