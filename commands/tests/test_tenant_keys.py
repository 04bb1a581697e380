"""A tenant and its key: the key stands before the fact, whatever happens in between."""

from typing import Any
from uuid import uuid4

from commands.tests.house import House, eventually
from contracts.language.errors import Unavailable
from contracts.language.identity import PLATFORM, TenantId
from contracts.language.sealed import tenant_key
from contracts.tenants import CreateTenant, TenantCreated
from ops.connections.openbao import OpenBao


class FailsAtFirst:
    """A key service that is away for its first `times` keys, and says what had been written by then."""

    def __init__(self, keys: OpenBao, times: int) -> None:
        self._keys = keys
        self._left = times

    async def make_key(self, key: str) -> None:
        self._left -= 1
        if self._left >= 0:
            raise Unavailable("away")
        await self._keys.make_key(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)


async def create(house: House, keys: Any, title: str = "Northwind") -> TenantId:
    tenant_id = TenantId(uuid4())
    house.keys = keys
    async with house.running():
        _id, answer = await house.send(CreateTenant(tenant_id=tenant_id, title=title), tenant_id=PLATFORM)
        assert (await answer).code == ""
    return tenant_id


async def test_a_tenant_can_seal_from_its_first_moment_on(house: House, keys: OpenBao):
    tenant_id = await create(house, keys)
    assert (await keys.seal(tenant_key(tenant_id), "secret", "context")).text.startswith("vault:v1:")
    (fact,) = await house.facts("tenants")
    assert fact.tenant_id == tenant_id
    assert {claim.tenant_id for claim in await house.facts("claims")} == {PLATFORM}


async def test_without_a_key_there_is_no_tenant_and_it_is_tried_again(house: House, keys: OpenBao):
    tenant_id = await create(house, FailsAtFirst(keys, 1))
    assert (await keys.seal(tenant_key(tenant_id), "secret", "context")).text
    assert [type(event) for event in await house.events("tenants")] == [TenantCreated]


async def test_the_name_of_a_tenant_is_unique_in_the_installation(house: House, keys: OpenBao):
    await create(house, keys)
    async with house.running():
        _id, answer = await house.send(CreateTenant(tenant_id=TenantId(uuid4()), title="NORTHWIND"), tenant_id=PLATFORM)
        assert (await answer).code == "resource.taken"


async def test_a_tenant_cannot_create_tenants(house: House):
    async with house.running():
        answer = await house.ask(CreateTenant(tenant_id=TenantId(uuid4()), title="Mine"))
    assert answer.code == "access.denied"
    assert not await house.events("tenants")


async def test_the_fact_is_not_written_before_the_key_is_made(house: House, keys: OpenBao):
    tenant_id = TenantId(uuid4())
    away: Any = FailsAtFirst(keys, 1000)
    house.keys = away
    async with house.running():
        await house.send(CreateTenant(tenant_id=tenant_id, title="Northwind"), tenant_id=PLATFORM)

        async def was_tried() -> bool:
            return bool(away._left < 999)

        await eventually(was_tried)
        assert not await house.events("tenants", "claims")
