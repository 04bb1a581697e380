"""What stands around every answer: problems, headers, limits, CORS, compression, and the operators' pages."""

import json

import pytest

from contracts.language.access import Role
from contracts.language.errors import NotFound, TodError
from gateway.http.limits import Limit, RateClass
from gateway.http.problems import known_errors, problem_for, refusal_of, translated

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


async def test_every_answer_is_protected_and_carries_a_request_id(world):
    async with world.client(world.token()) as client:
        for method, path in (("GET", "/api/devices"), ("GET", "/nowhere"), ("PATCH", "/api/devices")):
            answer = await client.request(method, path)
            for name, value in ALWAYS.items():
                assert answer.headers[name] == value, (path, name)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-request-id"]
            assert "strict-transport-security" not in answer.headers
            assert "server" not in answer.headers
        page = await client.get("/docs")
    assert page.headers["cache-control"] == "public, max-age=300"


async def test_behind_tls_browsers_are_told_to_stay_there(world):
    async with world.over(is_behind_tls=True).client() as client:
        answer = await client.get("/health")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_a_request_id_is_echoed_if_it_is_harmless(world):
    async with world.client() as client:
        for given, is_kept in (("abc-1.2_3", True), ("x" * 65, False), ("a\tb", False), ("<script>", False)):
            answer = await client.get("/health", headers={"X-Request-Id": given})
            assert (answer.headers["x-request-id"] == given) == is_kept


async def test_what_litestar_refuses_by_itself_is_a_problem_document_too(world):
    async with world.client(world.token()) as client:
        unknown = await client.get("/api/nothing/here")
        method = await client.patch("/api/devices")
        not_an_id = await client.get("/api/devices/42")
        host = await client.get("/health", headers={"Host": "a b"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "resource.unknown")
    assert (method.status_code, method.json()["code"]) == (405, "request.method")
    assert set(method.headers["allow"].split(", ")) >= {"GET", "POST"}
    assert not_an_id.status_code == 404
    assert host.status_code == 400
    for answer in (unknown, method, not_an_id, host):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_our_own_fault_says_nothing_about_itself(world, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError("the colour of the secret is blue")

    monkeypatch.setattr("gateway.http.view_routes.tagged", fail)
    [device] = await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        answer = await client.get(f"/api/devices/{device}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "contract.broken"
    assert "blue" not in answer.text
    assert "Traceback" not in answer.text


def test_a_code_from_the_log_comes_back_as_its_own_error_even_when_it_is_new():
    assert isinstance(refusal_of("resource.unknown", "gone"), NotFound)
    foreign = refusal_of("weather.bad", "it rains")
    problem = problem_for(foreign)
    assert (problem.code, problem.status, problem.detail) == ("weather.bad", 422, "it rains")
    assert problem_for(refusal_of("refused", "plainly")).code == "refused", "the class keeps its own code"


def test_every_error_of_the_house_has_a_code_of_its_own():
    errors = known_errors()
    assert len({error.code for error in errors.values()}) == len(errors)
    assert translated(ValueError("x")).code == "contract.broken"


def test_an_error_of_another_part_of_the_house_is_not_in_the_reference():
    class OfTheCommandLine(TodError):
        code = "cli.only"

    OfTheCommandLine.__module__ = "ops.cli.api"
    assert "cli.only" not in known_errors(), "whether a module was imported must not change the document"
    assert "access.denied" in known_errors()


async def test_head_is_get_without_the_body(world):
    [device] = await world.add_rows(["alpha"])
    async with world.client(world.token()) as client:
        got = await client.get(f"/api/devices/{device}")
        head = await client.head(f"/api/devices/{device}")
        missing = await client.head("/api/nowhere")
        stream = await client.head("/api/live")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]
    assert missing.status_code == 404
    assert stream.status_code == 200
    assert stream.headers["content-type"].startswith("text/event-stream")


async def test_options_says_what_a_path_takes(world):
    async with world.client() as client:
        answer = await client.options("/api/devices")
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


async def test_only_a_named_origin_may_ask_from_a_browser_and_never_with_cookies(world):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with world.client() as client:
        mine = await client.options("/api/devices", headers={"Origin": "https://console.example", **asked})
        foreign = await client.options("/api/devices", headers={"Origin": "https://evil.example", **asked})
        read = await client.get("/health", headers={"Origin": "https://evil.example"})
    assert mine.headers["access-control-allow-origin"] == "https://console.example"
    assert "access-control-allow-credentials" not in mine.headers
    assert foreign.headers.get("access-control-allow-origin") is None
    assert read.headers.get("access-control-allow-origin") is None


async def test_long_answers_are_compressed_and_short_ones_are_not(world):
    await world.add_rows([f"device {number:04d}" for number in range(100)])
    async with world.client(world.token()) as client:
        long = await client.get("/api/devices?limit=100", headers={"Accept-Encoding": "gzip"})
        plain = await client.get("/api/devices?limit=100", headers={"Accept-Encoding": "identity"})
        short = await client.get("/health", headers={"Accept-Encoding": "gzip"})
    assert long.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in long.headers["vary"].lower()
    assert long.json() == plain.json()
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in short.headers


async def test_liveness_and_readiness_say_what_is_there_and_how_long_it_takes(world):
    async with world.client() as client:
        alive, ready = await client.get("/health"), await client.get("/health/ready")
    assert alive.json()["status"] == "healthy"
    assert ready.status_code == 200
    assert ready.json()["status"] == "healthy"
    assert set(ready.json()["checks"]) == {"postgres", "redis", "nats"}
    for check in ready.json()["checks"].values():
        assert check["status"] == "up"
        assert 0 < check["latency_ms"] < 2000


async def test_readiness_is_red_when_a_server_is_away_and_names_it_only(world, connect_bus):
    gone = await connect_bus("gateway")
    await gone.close()
    async with world.over(bus=gone).client() as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["nats"]["status"] == "down"
    assert answer.json()["checks"]["postgres"]["status"] == "up"
    assert "127.0.0.1" not in answer.text


async def test_metrics_are_for_the_platform_alone(world):
    async with world.client(world.token(Role.TENANT_ADMIN)) as client:
        await client.get("/api/devices")
        assert (await client.get("/metrics")).status_code == 403
    async with world.client(world.token(Role.SUPER_ADMIN)) as client:
        text = (await client.get("/metrics")).text
    assert 'tod_http_requests_total{method="GET",route="/api/devices",status="200"} 1.0' in text
    assert "tod_http_followers 0.0" in text


async def test_what_a_stranger_makes_up_is_no_label(world):
    async with world.client() as client:
        for number in range(20):
            await client.get(f"/made/up/{number}")
    async with world.client(world.token(Role.SUPER_ADMIN)) as client:
        text = (await client.get("/metrics")).text
    assert "/made/up" not in text
    assert 'route="unknown",status="404"} 20.0' in text


async def test_the_schema_of_a_message_is_where_its_envelope_says(world):
    async with world.client(world.token()) as client:
        known = await client.get("/api/schemas/devices.added.v1.json")
        unknown = await client.get("/api/schemas/devices.vanished.v1.json")
    assert known.status_code == 200
    assert "device_id" in json.dumps(known.json())
    assert unknown.status_code == 404


class TestRates:
    @pytest.fixture
    def rates(self):
        return {
            RateClass.READ: Limit(1, 3),
            RateClass.WRITE: Limit(1, 2),
            RateClass.STRANGER: Limit(0.5, 2),
        }

    async def test_a_burst_is_let_through_and_what_follows_is_told_when_to_come_back(self, world):
        async with world.client(world.token()) as client:
            answers = [await client.get("/api/devices") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert answers[0].headers["ratelimit-policy"] == '"read";q=3;w=3'
        assert answers[3].headers["retry-after"] == "1"
        assert answers[3].headers.get_list("retry-after") == ["1"]
        assert answers[3].json()["code"] == "limit.reached"

    async def test_what_changes_and_what_reads_is_counted_apart_and_so_is_every_caller(self, world):
        async with world.client(world.token()) as client:
            assert [(await client.get("/api/devices")).status_code for _ in range(4)][-1] == 429
            assert (await client.post("/api/devices", json={})).status_code == 400
        async with world.client(world.token(Role.VIEWER)) as client:
            assert (await client.get("/api/devices")).status_code == 200

    async def test_a_stranger_runs_out_of_guesses(self, world):
        async with world.client("guess") as client:
            answers = [(await client.get("/api/devices")).status_code for _ in range(4)]
        assert answers == [401, 401, 429, 429]

    async def test_without_the_cache_requests_pass_and_readiness_is_red(self, world, gone_cache):
        away = world.over(cache=gone_cache)
        async with away.client(world.token()) as client:
            assert [(await client.get("/api/devices")).status_code for _ in range(6)] == [200] * 6
            ready = await client.get("/health/ready")
        assert ready.json()["checks"]["redis"]["status"] == "down"
        assert ready.status_code == 503
