"""Story: every route is tried as every role, as a stranger, and with an API key; all are told what the matrix says."""

import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from contracts.api_keys import UNSCOPED
from contracts.language.access import MATRIX, Permission, Role
from ops.embedded.ports import LOOPBACK
from ops.testing.installation import Installation
from ops.tests.somebody import enrolled

MATRIX_FILE = Path(__file__).parents[2] / "gateway" / "access.txt"
APART = {"/api/live", "/api/sessions/renewal"}
"""Has tests of its own: a stream that never ends, and a route that is open and still wants a session."""
LINES = [line.split() for line in MATRIX_FILE.read_text(encoding="ascii").splitlines() if line and line[0] != "#"]
ROUTES = [line for line in LINES if line[1] not in APART]
DENIED = {"access.denied", "access.unauthenticated"}


def filled(path: str) -> str:
    """A path about things that do not exist: what is asked is only whether one may ask."""
    return re.sub(r"\{file:str\}|\{token:str\}", "a" * 30, re.sub(r"\{\w+:uuid\}", str(uuid4()), path))


async def told(client: httpx.AsyncClient, method: str, path: str) -> str:
    """`yes`, or what somebody is told who may not. A body that fits nothing tells as much as one that fits."""
    answer = await client.request(method, filled(path), json=None if method == "GET" else {})
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
    if answer.status_code not in {401, 403}:
        return "yes"
    problem = answer.json()
    return str(problem["code"])


def client(installation: Installation, token: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        base_url=f"http://{LOOPBACK}:{installation.site.ports['http']}", headers=headers, timeout=30
    )


async def outcomes(client: httpx.AsyncClient) -> dict[tuple[str, str], bool]:
    """Whether each route lets somebody ask."""
    async with client:
        return {(method, path): await told(client, method, path) not in DENIED for method, path, *_ in ROUTES}


def expected(who: str) -> dict[tuple[str, str], bool]:
    return {(method, path): who in holders or "anybody" in holders for method, path, _permission, *holders in ROUTES}


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_lets_a_role_ask_what_the_matrix_says(installation: Installation, role: Role):
    async with installation.tenant() as (tenant_id, _person):
        tenant = "" if role is Role.SUPER_ADMIN else tenant_id
        async with installation.signed_in(role, tenant) as person:
            assert await outcomes(client(installation, person.token)) == expected(role.value)


async def test_no_route_but_the_open_ones_lets_a_stranger_ask(installation: Installation):
    assert await outcomes(client(installation)) == expected("nobody")


async def test_a_key_with_every_scope_is_let_ask_no_more_than_a_key_may(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    person = ada.as_person(await ada.signs_in())
    scopes = sorted(MATRIX[Role.SUPER_ADMIN] - UNSCOPED)
    made = await person.change("POST", "/api-keys", {"title": "everything", "scopes": scopes})
    assert await outcomes(client(installation, made["key"])) == expected("key")


async def test_a_key_with_one_scope_does_that_one_thing(installation: Installation):
    async with installation.tenant() as (tenant_id, _person):
        ada = await enrolled(installation, Role.TENANT_ADMIN, tenant_id)
        person = ada.as_person(await ada.signs_in())
        made = await person.change("POST", "/api-keys", {"title": "one", "scopes": [Permission.METRICS_READ]})
        found = await outcomes(client(installation, made["key"]))
        wanted = {
            (method, path): permission in {Permission.METRICS_READ, "open"} for method, path, permission, *_ in ROUTES
        }
        assert found == wanted
