"""Story: two tenants share an installation. Whatever one asks, by any route or stream, the other is not in it."""

import asyncio
import base64
import json
import re

import asyncpg
import pytest

from gateway.routes import VIEWS
from ops.testing.installation import Installation, Person

ROUTERS = (2, 3)
SILENCE_SECONDS = 3.0


async def test_another_tenant_sees_nothing_by_any_route(installation: Installation):
    async with installation.tenant() as (_owner_id, owner), installation.tenant() as (other_id, other):
        device = await installation.adopt(owner, ROUTERS[0])
        traces = (device["device_id"], device["title"], installation.routers[ROUTERS[0]]["address"])
        for view in VIEWS:
            path = re.sub(r"\{device_id:uuid\}", device["device_id"], view.path).replace("{tenant_id:uuid}", other_id)
            path = re.sub(r"\{(action|user|session|api_key)_id:uuid\}", device["device_id"], path)
            answer = await other.client.get(path)
            assert answer.status_code in (200, 403, 404), f"{path}: {answer.status_code}"
            if answer.status_code == 200:
                assert not any(trace in answer.text for trace in traces), f"{path} shows another tenant's device"
            elif "{device_id" in view.path:
                assert answer.status_code == 404, f"{path} must not even say that the device exists"


async def test_another_tenant_changes_nothing(installation: Installation):
    async with installation.tenant() as (owner_id, owner), installation.tenant() as (_other_id, other):
        device = await installation.adopt(owner, ROUTERS[1])
        path = f"/devices/{device['device_id']}/title"
        answer = await other.ask("PUT", path, {"title": "Mine now"})
        assert answer.status_code == 404, answer.text
        answer = await other.client.put(
            path, json={"title": "Mine now"}, headers={"Idempotency-Key": "k", "Tod-Tenant": owner_id}
        )
        assert answer.status_code == 403, answer.text
        assert (await owner.get(f"/devices/{device['device_id']}"))["title"] == device["title"]


async def test_another_tenants_stream_stays_silent_while_the_owners_speaks(installation: Installation):
    async with installation.tenant() as (_owner_id, owner), installation.tenant() as (_other_id, other):
        device = await installation.adopt(owner, 4)
        assert any(device["device_id"] in line for line in await heard(owner, until=device["device_id"]))
        assert not any("changed" in line or "device" in line for line in await heard(other, until="changed"))


async def heard(person: Person, *, until: str) -> list[str]:
    """What a stream says until a word comes, or SILENCE_SECONDS without one."""
    lines: list[str] = []
    try:
        async with (
            asyncio.timeout(SILENCE_SECONDS),
            person.client.stream("GET", "/live", params={"models": "health,polls"}) as answer,
        ):
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                lines.append(line)
                if until in line:
                    break
    except TimeoutError:
        pass
    return [line for line in lines if not line.startswith("id:")]


async def test_a_forged_tenant_token_is_refused_by_the_database_itself(installation: Installation):
    async with installation.tenant() as (owner_id, owner), installation.tenant() as (other_id, other):
        await installation.adopt(owner, 5)
        connection = await asyncpg.connect(installation.site.environment("gateway")["TOD_POSTGRES_URL"])
        try:
            assert await devices_seen(connection, tenant_token(owner)) == 1
            assert await devices_seen(connection, tenant_token(other)) == 0
            assert await devices_seen(connection, "") == 0
            for forged in (tenant_token(other).replace(other_id, owner_id), tenant_token(other).replace(other_id, "*")):
                assert forged != tenant_token(other)
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await devices_seen(connection, forged)
        finally:
            await connection.close()


async def devices_seen(connection: "asyncpg.Connection[asyncpg.Record]", token: str) -> int:
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_token', $1, true)", token)
        return int(await connection.fetchval("SELECT count(*) FROM read.devices"))


def tenant_token(person: Person) -> str:
    """The token for the database that a person's access token carries."""
    body = person.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return str(claims["rls"])
