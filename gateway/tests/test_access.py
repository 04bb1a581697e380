import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.catalog import COMMANDS
from contracts.language.access import MATRIX, Permission, Role
from contracts.language.errors import NotSignedIn
from gateway.app import Gateway, build_app
from gateway.http.authentication import REFRESH_SECONDS, VERIFIED_MAX, Keyring
from gateway.http.authorization import asked_by_routes
from gateway.routes import VIEWS

OPEN = {"/docs", "/docs/reference.css", "/health", "/health/ready", "/openapi.json"}
SIGNING_IN = {
    "/api/sessions",
    "/api/sessions/handshakes",
    "/api/sessions/renewal",
    "/api/enrolments",
    "/api/enrolments/{token:str}",
}
"""What is on the way to a token, and so needs none."""


def test_the_list_of_open_routes_is_this_and_no_other(described):
    asked = asked_by_routes(described.app)
    assert {path for _, path, asks in asked if asks == "open"} == OPEN | SIGNING_IN
    assert all(asks == "open" or isinstance(asks, Permission) for _, _, asks in asked), "a route without an answer"


def test_every_command_and_view_is_a_route_with_its_own_permission(described):
    asked = {(method, path): asks for method, path, asks in asked_by_routes(described.app)}
    for spec in COMMANDS:
        assert asked[spec.method.value, f"/api{spec.path}"] is spec.permission
    for view in VIEWS:
        assert asked["GET", f"/api{view.path}"] is view.permission


async def test_no_route_answers_a_stranger(world):
    async with world.client() as client:
        for method, path, asks in asked_by_routes(world.gateway.app):
            filled = path.replace("{device_id:uuid}", str(world.tenant)).replace("{tenant_id:uuid}", str(world.tenant))
            filled = filled.replace("{action_id:uuid}", str(world.tenant)).replace("{file:str}", "x")
            answer = await client.request(method, filled)
            if asks == "open" and path in SIGNING_IN:
                assert answer.status_code in {400, 401}, path
            elif asks == "open":
                assert answer.status_code == 200, path
            else:
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.json()["code"] == "access.unauthenticated"


async def test_every_role_may_do_what_the_matrix_says_and_nothing_else(world):
    for role in Role:
        async with world.client(world.token(role), tod_tenant=str(world.tenant)) as client:
            for method, path, asks in asked_by_routes(world.gateway.app):
                if asks == "open" or path == "/api/live":
                    continue
                filled = path.replace("{device_id:uuid}", str(world.other_tenant)).replace("{file:str}", "x")
                filled = filled.replace("{tenant_id:uuid}", str(world.tenant))
                filled = filled.replace("{action_id:uuid}", str(world.other_tenant))
                answer = await client.request(method, filled, content=b"{")
                assert (answer.status_code == 403) == (asks not in MATRIX[role] or _is_platform(role, method, path)), (
                    role,
                    method,
                    path,
                    answer.text,
                )
    assert world.decider.decided == []


def _is_platform(role, method, path):
    specs = {(spec.method.value, f"/api{spec.path}"): spec for spec in COMMANDS}
    spec = specs.get((method, path))
    return spec is not None and spec.platform and role is not Role.SUPER_ADMIN


def _unsigned(claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'v1'})}.{part(claims)}."


async def test_a_token_that_proves_nothing_opens_nothing(world):
    minter, now = world.minter, int(time.time())
    claims = minter.claims(Role.TENANT_ADMIN, world.tenant)
    other = Ed25519PrivateKey.generate()
    public = (await minter.access_keys())["v1"]
    head, body, signature = world.token().split(".")
    richer = base64.urlsafe_b64encode(json.dumps(claims | {"role": "super_admin"}).encode()).rstrip(b"=").decode()
    tokens = {
        "nothing": "",
        "no token": "abc",
        "too long": "a" * 5000,
        "unsigned": _unsigned(claims),
        "signed by another": jwt.encode(claims, other, algorithm="EdDSA", headers={"kid": "v1"}),
        "of an unknown key": jwt.encode(claims, minter.signing, algorithm="EdDSA", headers={"kid": "v9"}),
        "without a key": jwt.encode(claims, minter.signing, algorithm="EdDSA"),
        "under the public key as a secret": jwt.encode(claims, public, algorithm="HS256", headers={"kid": "v1"}),
        "with other claims": f"{head}.{richer}.{signature}",
        "without a signature": f"{head}.{body}.",
        "expired": world.token(exp=now - 60),
        "of another audience": world.token(aud="elsewhere"),
        "of another issuer": world.token(iss="elsewhere"),
        "not valid yet": world.token(nbf=now + 600),
        "made in the future": world.token(iat=now + 600),
        "without expiry": world.token(exp=None),
        "without a session": world.token(sid=None),
        "without a tenant token": world.token(rls=None),
        "with quotes in the tenant token": world.token(rls="v1', true); DROP TABLE x; --"),
        "of no known role": world.token(role="owner"),
        "of a role that needs a tenant": world.token(tid=None),
        "of a super admin with a tenant": minter.token(Role.SUPER_ADMIN, None, tid=str(world.tenant)),
        "of no one": world.token(sub=""),
    }
    for name, token in tokens.items():
        async with world.client(token) as client:
            answer = await client.get("/api/devices")
        assert answer.status_code == 401, name
        assert answer.json()["code"] == "access.unauthenticated", name


async def test_the_cookie_reads_and_never_changes_anything(world):
    async with world.client(cookie=f"access_token={world.token()}") as client:
        assert (await client.get("/api/devices")).status_code == 200
        assert (await client.post("/api/devices", json={})).status_code == 401
        assert (await client.delete(f"/api/devices/{world.tenant}")).status_code == 401


async def test_another_scheme_is_not_taken_for_a_token(world):
    async with world.client(authorization=f"Basic {world.token()}", cookie=f"access_token={world.token()}") as client:
        assert (await client.get("/api/devices")).status_code == 401


class _Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


async def test_a_new_key_is_fetched_when_a_token_names_it_and_not_more_often(minter, monkeypatch):
    asked, keys, clock = [], dict(await minter.access_keys()), _Clock()
    clock.now = time.time()

    async def access_keys():
        asked.append(clock.now)
        return dict(keys)

    keyring = Keyring(access_keys, clock=clock)
    await keyring.refresh()
    second = Ed25519PrivateKey.generate()
    keys["v2"] = second.public_key().public_bytes_raw()
    token = jwt.encode(minter.claims(Role.SUPER_ADMIN, None), second, algorithm="EdDSA", headers={"kid": "v2"})
    with pytest.raises(NotSignedIn):
        await keyring.caller_of(token)
    clock.now += REFRESH_SECONDS
    assert (await keyring.caller_of(token)).role is Role.SUPER_ADMIN
    assert len(asked) == 2
    del keys["v2"]
    await keyring.refresh()
    with pytest.raises(NotSignedIn):
        await keyring.caller_of(token)


async def test_a_token_that_was_proved_before_still_ends_with_its_time(minter):
    clock = _Clock()
    clock.now = time.time()
    keyring = Keyring(minter.access_keys, clock=clock)
    token = minter.token(Role.SUPER_ADMIN, None)
    await keyring.caller_of(token)
    clock.now += 601
    with pytest.raises(NotSignedIn):
        await keyring.caller_of(token)


async def test_only_so_many_tokens_are_remembered(minter, monkeypatch):
    monkeypatch.setattr("gateway.http.authentication.VERIFIED_MAX", 3)
    keyring = Keyring(minter.access_keys)
    for _ in range(6):
        await keyring.caller_of(minter.token(Role.SUPER_ADMIN, None))
    assert len(keyring._verified) == 3
    assert VERIFIED_MAX > 3


@pytest.fixture(scope="module")
def described() -> Gateway:
    nothing: Any = None
    return build_app(bus=nothing, pool=nothing, cache=nothing, keys=nothing, access_keys=nothing)
