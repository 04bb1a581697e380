import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest

from contracts.catalog import CODEC
from contracts.devices import AddDevice
from contracts.language.access import Role
from contracts.language.identity import PLATFORM, TenantId
from gateway.http import actions, idempotency, outcomes
from gateway.tests.world import DeviceRow

DEVICE = {"title": "Harbour mast", "host": "198.51.100.7", "username": "tod", "password": "swordfish-7"}


async def test_a_device_is_added_once_and_shown_at_once(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        first = await client.post("/api/devices", json=DEVICE)
        shown = await client.get(first.headers["location"])
    assert first.status_code == 201, first.text
    row = msgspec.json.decode(first.content, type=DeviceRow)
    assert row.title == "Harbour mast"
    assert row.tenant_id == world.tenant
    assert first.headers["location"] == f"/api/devices/{row.device_id}"
    assert int(first.headers["tod-sequence"]) == row.sequence
    assert first.headers["etag"] == shown.headers["etag"]
    assert shown.content == first.content


async def test_the_same_key_gives_the_same_answer(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        first = await client.post("/api/devices", json=DEVICE)
        again = await client.post("/api/devices", json=DEVICE)
        async with world.client(world.token(), idempotency_key="k-2") as other:
            new = await other.post("/api/devices", json=DEVICE | {"title": "Another"})
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert new.headers["location"] != first.headers["location"]
    assert len(world.decider.decided) == 2


async def test_two_at_once_with_one_key_are_done_once_and_both_answered(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        answers = await asyncio.gather(*(client.post("/api/devices", json=DEVICE) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(world.decider.decided) == 1


async def test_a_key_that_stood_for_something_else_is_refused(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        await client.post("/api/devices", json=DEVICE)
        other = await client.post("/api/devices", json=DEVICE | {"title": "Something else"})
        same_but_secret = await client.post("/api/devices", json=DEVICE | {"password": "typed it wrong"})
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency.reused"
    assert same_but_secret.status_code == 201, "a secret leaves no print, so it cannot tell requests apart"


async def test_another_callers_key_is_another_key(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        mine = await client.post("/api/devices", json=DEVICE)
    async with world.client(world.token(Role.OPERATOR), idempotency_key="k-1") as client:
        theirs = await client.post("/api/devices", json=DEVICE | {"title": "Theirs"})
    assert mine.headers["location"] != theirs.headers["location"]


async def test_a_refusal_comes_back_with_its_code_and_reason_and_again_with_the_same_key(world):
    async with world.client(world.token(), idempotency_key="k-1") as client:
        first = await client.post("/api/devices", json=DEVICE | {"title": "taken"})
        again = await client.post("/api/devices", json=DEVICE | {"title": "taken"})
    for answer in (first, again):
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "urn:tod:problem:resource.taken"
        assert problem["detail"] == "A device of this name exists already"
        assert problem["request_id"] == answer.headers["x-request-id"]
    assert len(world.decider.decided) == 1


async def test_a_password_is_ciphertext_before_it_leaves_the_gateway(world, connect_keys):
    async with world.client(world.token()) as client:
        answer = await client.post("/api/devices", json=DEVICE)
    [delivery] = world.decider.decided
    assert b"swordfish-7" not in delivery.data
    assert "swordfish-7" not in str(delivery.headers)
    assert "swordfish-7" not in answer.text
    [recorded] = CODEC.decode(delivery)
    assert isinstance(recorded.message, AddDevice)
    opener = await connect_keys("pollers")
    context = f"{world.tenant}|{answer.json()['device_id']}|password"
    assert await opener.open(recorded.message.password, context) == "swordfish-7"


async def test_an_action_says_who_asked_and_where_the_answer_goes(world):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with world.client(world.token(), traceparent=trace) as client:
        await client.post("/api/devices", json=DEVICE)
    [delivery] = world.decider.decided
    [recorded] = CODEC.decode(delivery)
    assert delivery.headers["Nats-Msg-Id"] == recorded.envelope.id == recorded.envelope.correlation
    assert recorded.envelope.actor == f"user:tenant_admin-{world.tenant}"
    assert recorded.envelope.traceparent == trace
    assert delivery.headers["tod-answer-to"].startswith("_INBOX_gateway.")
    assert recorded.tenant_id == world.tenant


async def test_if_match_goes_along_as_the_sequence_of_the_tag(world):
    [device] = await world.add_rows(["alpha"], sequence=41)
    async with world.client(world.token()) as client:
        tag = (await client.get(f"/api/devices/{device}")).headers["etag"]
        done = await client.put(f"/api/devices/{device}/title", json={"title": "beta"}, headers={"If-Match": tag})
        anyhow = await client.put(f"/api/devices/{device}/title", json={"title": "gamma"}, headers={"If-Match": "*"})
        foreign = await client.put(f"/api/devices/{device}/title", json={"title": "x"}, headers={"If-Match": '"abc"'})
    assert done.status_code == anyhow.status_code == 200
    assert done.json()["title"] == "beta"
    assert foreign.status_code == 400
    first, second = world.decider.decided
    assert first.headers["tod-expected-sequence"] == "41"
    assert "tod-expected-sequence" not in second.headers


async def test_who_prefers_not_to_wait_gets_a_place_to_look_and_finds_the_outcome_there(world):
    async with world.client(world.token(), prefer="respond-async") as client:
        accepted = await client.post("/api/devices", json=DEVICE)
        operation = await client.get(accepted.headers["location"])
    assert accepted.status_code == 202
    assert accepted.headers["preference-applied"] == "respond-async"
    assert accepted.json()["state"] == "accepted"
    assert operation.status_code == 200, operation.text
    assert operation.json()["state"] == "done"
    assert operation.json()["action_id"] == accepted.json()["action_id"]


async def test_a_command_that_nobody_answers_says_that_a_retry_is_safe(world, monkeypatch):
    monkeypatch.setattr(outcomes, "ANSWER_SECONDS_MAX", 0.3)
    world.decider.is_silent = world.decider.is_blind = True
    async with world.client(world.token(), idempotency_key="k-1") as client:
        first = await client.post("/api/devices", json=DEVICE)
        again = await client.post("/api/devices", json=DEVICE)
    assert first.status_code == again.status_code == 504
    assert first.json()["code"] == "command.unanswered"
    assert "same Idempotency-Key is safe" in first.json()["detail"]
    assert int(first.headers["retry-after"]) >= 1
    assert len(world.decider.decided) == 1


async def test_a_lost_answer_is_found_in_the_read_model_by_a_retry(world, monkeypatch):
    monkeypatch.setattr(outcomes, "ANSWER_SECONDS_MAX", 0.5)
    world.decider.is_silent = True
    async with world.client(world.token(), idempotency_key="k-1") as client:
        lost = await client.post("/api/devices", json=DEVICE)
        found = await client.post("/api/devices", json=DEVICE)
    assert lost.status_code == 504
    assert found.status_code == 201
    assert found.json()["title"] == "Harbour mast"


async def test_what_is_done_and_not_yet_visible_is_accepted_and_not_an_error(world, monkeypatch):
    monkeypatch.setattr(outcomes, "FRESH_SECONDS_MAX", 0.2)
    world.decider.is_blind = True
    async with world.client(world.token()) as client:
        answer = await client.post("/api/devices", json=DEVICE)
    assert answer.status_code == 202
    assert answer.json()["state"] == "done"


async def test_a_super_admin_acts_inside_a_tenant_only_when_he_names_it(world):
    async with world.client(world.token(Role.SUPER_ADMIN)) as client:
        nameless = await client.post("/api/devices", json=DEVICE)
        opened = await client.post("/api/tenants", json={"title": "Harbour"})
        unknown = await client.post("/api/devices", json=DEVICE, headers={"Tod-Tenant": str(uuid4())})
        wrong = await client.post("/api/devices", json=DEVICE, headers={"Tod-Tenant": "mine"})
        await world.projector.execute("INSERT INTO read.tenants VALUES ($1, 'North', 1)", world.tenant)
        named = await client.post("/api/devices", json=DEVICE, headers={"Tod-Tenant": str(world.tenant)})
    assert nameless.status_code == wrong.status_code == 400
    assert "Tod-Tenant" in nameless.json()["detail"]
    assert unknown.status_code == 404
    assert opened.status_code == 201
    assert named.status_code == 201
    assert named.json()["tenant_id"] == str(world.tenant)
    tenants = [CODEC.decode(delivery)[0].tenant_id for delivery in world.decider.decided]
    assert tenants == [PLATFORM, world.tenant]


async def test_nobody_names_a_tenant_that_is_not_his_own(world):
    async with world.client(world.token(), tod_tenant=str(world.other_tenant)) as client:
        answer = await client.post("/api/devices", json=DEVICE)
    assert answer.status_code == 403
    assert world.decider.decided == []


async def test_what_is_about_the_installation_is_for_roles_without_a_tenant(world):
    async with world.client(world.token(Role.TENANT_ADMIN)) as client:
        assert (await client.post("/api/tenants", json={"title": "Mine"})).status_code == 403


BROKEN_BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"title": "\\ud800", "host": "h", "username": "u", "password": "p"}',
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "api_port": 1e999}',
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "api_port": 99999999999999999999999999999}',
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "api_port": 0}',
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "api_port": "8728"}',
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "colour": "red"}',
    b'{"title": "x", "host": "h", "username": "u", "password": "p", "device_id": "made here"}',
    b'{"title": "x", "host": "h", "username": "u", "password": {"key": "k", "text": "t"}}',
    b'{"title": "x", "host": "h", "username": "u", "password": ""}',
    b'{"title": "", "host": "h", "username": "u", "password": "p"}',
    b'{"title": "x", "host": "a b", "username": "u", "password": "p"}',
    b'{"host": "h", "username": "u", "password": "p"}',
    b'{"title": "x", "host": "h", "username": "u", "password": "' + b"p" * 1025 + b'"}',
)


async def test_a_body_that_does_not_fit_is_refused_and_nothing_is_logged_of_it(world):
    async with world.client(world.token(), content_type="application/json") as client:
        for body in BROKEN_BODIES:
            answer = await client.post("/api/devices", content=body)
            assert answer.status_code == 400, (body[:80], answer.text)
            assert answer.json()["code"] == "request.invalid"
        shape = await client.post("/api/devices", json=DEVICE | {"api_port": 70_000})
    assert shape.json()["errors"] == [{"pointer": "/api_port", "detail": "Expected `int` <= 65535"}]
    assert world.decider.decided == []


async def test_a_body_that_is_not_json_is_not_read_as_json(world):
    async with world.client(world.token()) as client:
        for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = await client.post(
                "/api/devices", content=msgspec.json.encode(DEVICE), headers={"content-type": media}
            )
            assert answer.status_code == 415
            assert answer.json()["code"] == "request.media_type"


async def test_a_command_without_fields_needs_no_body(world):
    async with world.client(world.token()) as client:
        answer = await client.post(f"/api/devices/{uuid4()}/login-tests")
    assert answer.json()["code"] == "resource.unknown", "it came through to the one who decides"


@pytest.mark.parametrize("key", ["", "x" * 201, "with blank", "naïve"])
async def test_a_useless_idempotency_key_is_refused(world, key):
    async with world.client(world.token()) as client:
        answer = await client.post("/api/devices", json=DEVICE, headers={"Idempotency-Key": key.encode("latin-1")})
    assert answer.status_code == 400


async def test_without_the_log_nothing_is_promised(world, connect_bus):
    gone = await connect_bus("gateway")
    await gone.close()
    async with world.over(bus=gone).client(world.token()) as client:
        answer = await client.post("/api/devices", json=DEVICE)
    assert answer.status_code == 503
    assert "same Idempotency-Key" in answer.json()["detail"]


async def test_an_unreadable_or_late_answer_disturbs_nobody(world, ports):
    asking = actions.Actions(ports["bus"], "other")
    await asking.start()
    await world.commands.notify(f"_INBOX_gateway.other.{uuid4()}", b"{}")
    await world.commands.notify(f"_INBOX_gateway.other.{uuid4()}", b"nonsense")
    async with world.client(world.token()) as client:
        assert (await client.post("/api/devices", json=DEVICE)).status_code == 201
    await asking.close()


def test_ids_made_from_a_key_are_the_same_for_ever():
    tenant = TenantId(UUID("0190a2c3-7d4e-7c11-9a55-0d3f5b2c8e41"))
    asked = (tenant, "user:1", "k", "devices.add")
    assert str(idempotency.action_id(*asked)) == "c09a7913-cde1-5eb7-91f7-e81e1bad5b9c"
    assert str(idempotency.entity_id(*asked)) == "088c35b8-f7ed-50c9-8e2d-2eea84e217d9"
