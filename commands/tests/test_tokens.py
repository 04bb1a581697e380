"""Tokens as those who check them see them: PyJWT with the public half, PostgreSQL with its own function."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commands.sessions.minting import LIFETIME_SECONDS_MAX, mint_token
from commands.tests.house import House
from contracts.language.access import Role
from contracts.language.errors import InvalidRequest
from contracts.language.identity import PLATFORM, TenantId
from contracts.sessions import TokenMinted
from ops.connections.openbao import OpenBao, open_keys
from ops.embedded.servers import Servers
from ops.testing.plugin import Database

AT = datetime.now(UTC).replace(microsecond=0)


async def mint(house: House, keys: OpenBao, tenant_id: TenantId | None, role: Role, seconds: float = 600.0) -> str:
    return await mint_token(
        await house.bus("commands"),
        keys,
        subject="operator:ada",
        role=role,
        tenant_id=tenant_id,
        lifetime_seconds=seconds,
        session_id=uuid4(),
        at=AT,
    )


async def verified(servers: Servers, token: str) -> dict[str, object]:
    """What the gateway reads in a token, with what the gateway may read of the key."""
    role = msgspec.json.decode(servers.site.secrets.role_file("gateway").read_bytes(), type=dict[str, str])
    async with open_keys(servers.site.openbao_url, (role["role_id"], role["secret_id"])) as gateway:
        public = (await gateway.public_keys("tod-access"))[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, object] = jwt.decode(
        token, Ed25519PublicKey.from_public_bytes(public), algorithms=["EdDSA"], audience="tod", issuer="tod"
    )
    return claims


async def test_a_token_says_who_as_what_for_whom_and_until_when(house: House, keys: OpenBao, servers: Servers):
    claims = await verified(servers, await mint(house, keys, house.tenant_id, Role.OPERATOR))
    assert claims["sub"] == "operator:ada"
    assert claims["role"] == "operator"
    assert claims["tid"] == str(house.tenant_id)
    assert claims["exp"] == int((AT + timedelta(minutes=10)).timestamp())


async def test_a_super_admin_has_no_tenant(house: House, keys: OpenBao, servers: Servers):
    claims = await verified(servers, await mint(house, keys, None, Role.SUPER_ADMIN))
    assert "tid" not in claims
    assert str(claims["rls"]).split(".")[2] == "*"


async def test_a_changed_token_proves_nothing(house: House, keys: OpenBao, servers: Servers):
    token = await mint(house, keys, house.tenant_id, Role.VIEWER)
    head, _body, signature = token.split(".")
    other = (await mint(house, keys, None, Role.SUPER_ADMIN)).split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        await verified(servers, f"{head}.{other}.{signature}")


async def test_that_it_was_minted_is_in_the_log_and_the_token_is_not(house: House, keys: OpenBao):
    token = await mint(house, keys, house.tenant_id, Role.VIEWER)
    await mint(house, keys, None, Role.SUPER_ADMIN)
    one, other = await house.facts("sessions")
    assert (one.tenant_id, other.tenant_id) == (house.tenant_id, PLATFORM)
    assert isinstance(one.message, TokenMinted)
    assert (one.message.role, one.envelope.actor) == (Role.VIEWER, "operator:ada")
    stored = await (await house.bus("operator")).history("LEDGER", "tod.>")
    for delivery in stored:
        assert token.split(".")[2].encode() not in delivery.data


@pytest.mark.parametrize("seconds", [0, -1, LIFETIME_SECONDS_MAX + 1])
async def test_a_lifetime_out_of_range_is_refused(house: House, keys: OpenBao, seconds: float):
    with pytest.raises(InvalidRequest):
        await mint(house, keys, house.tenant_id, Role.VIEWER, seconds)
    assert not await house.facts("sessions")


async def test_a_role_and_a_tenant_that_do_not_go_together_are_refused(house: House, keys: OpenBao):
    with pytest.raises(InvalidRequest, match="needs a tenant"):
        await mint(house, keys, None, Role.VIEWER)
    with pytest.raises(InvalidRequest, match="needs no tenant"):
        await mint(house, keys, house.tenant_id, Role.SUPER_ADMIN)


async def test_the_database_believes_the_tenant_token_inside(
    house: House, keys: OpenBao, servers: Servers, database: Database
):
    connection = await asyncpg.connect(database.url("tod_gateway"))
    try:
        for tenant_id, role in ((house.tenant_id, Role.VIEWER), (None, Role.SUPER_ADMIN)):
            rls = (await verified(servers, await mint(house, keys, tenant_id, role)))["rls"]
            async with connection.transaction():
                await connection.execute("SELECT set_config('app.tenant_token', $1, true)", rls)
                assert await connection.fetchval("SELECT tod.current_tenant()") == tenant_id
                assert await connection.fetchval("SELECT tod.sees_all()") is (tenant_id is None)
    finally:
        await connection.close()
