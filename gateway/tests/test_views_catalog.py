"""Every view and every named query: prepared against the real schema, typed as declared, walled by tenant."""

import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
import pytest

from contracts.devices import Address, Credential, DeviceAdded
from contracts.language.access import Role
from contracts.language.errors import NotFound
from contracts.language.identity import UserId, repeatable_id
from contracts.language.sealed import Personal, Sealed, person_key
from contracts.tenants import TenantCreated
from contracts.users import UserInvited
from gateway.http.queries import load
from gateway.http.statements import Plan, path_parameters
from gateway.http.views import Shape
from gateway.routes import LIVE, VIEWS
from ops.testing.telling import ACME, NOON, ROUTER, Telling

QUERIES = load()
OTHER = repeatable_id("tenant", "other")
SOMEBODY = UserId(repeatable_id("somebody"))
JSON_COLUMNS = {"jsonb", "json"}
FITTING = {
    UUID: {"uuid"},
    str: {"text"},
    bool: {"bool"},
    int: {"int2", "int4", "int8"},
    float: {"float4", "float8", "numeric", "int2", "int8"},
    datetime: {"timestamptz"},
}


def plain(kind):
    """The type under annotations and None, and whether None may come."""
    is_nullable = False
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            members = [each for each in get_args(kind) if each is not type(None)]
            is_nullable = is_nullable or len(members) < len(get_args(kind))
            [kind] = members
        else:
            return kind, is_nullable


def fits(kind: Any, column: str) -> bool:
    kind, _ = plain(kind)
    if get_origin(kind) is Literal:
        return column == "text"
    if column in JSON_COLUMNS:
        return get_origin(kind) in (tuple, dict) or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
    if column.endswith("[]"):
        return get_origin(kind) is tuple and fits(get_args(kind)[0], column[:-2])
    return next((column in names for known, names in FITTING.items() if issubclass(kind, known)), False)


NAMED = [
    pytest.param(view, name, id=f"{view.path} {name}")
    for view in VIEWS
    for name in dict.fromkeys((*view.queries, view.past))
    if name
]


@pytest.mark.parametrize(("view", "name"), NAMED)
async def test_every_query_gives_the_columns_its_view_declares(read_side, view, name):
    async with read_side.pool.acquire() as connection:
        prepared = await connection.prepare(QUERIES[name].sql)
        columns = {column.name: column.type.name for column in prepared.get_attributes()}
    declared = {field.name: field.type for field in msgspec.structs.fields(view.row)}
    assert declared.keys() <= columns.keys()
    sealed = {reveal.column for reveal in view.reveals}
    assert all(columns[field] == "jsonb" for field in sealed)
    assert {field for field, kind in declared.items() if not fits(kind, columns[field])} - sealed == set()


async def test_every_parent_can_be_asked(read_side):
    for name in {view.parent for view in VIEWS if view.parent}:
        async with read_side.pool.acquire() as connection:
            await connection.prepare(QUERIES[name].sql)


def test_no_query_is_left_over():
    QUERIES.refuse_unused(name for view in VIEWS for name in (*view.queries, view.past, view.parent) if name)


def test_every_view_holds_together():
    assert all(Plan(view, QUERIES) for view in VIEWS)


async def test_every_live_model_finds_its_newer_keys(read_side):
    for model in LIVE:
        if model.table:
            async with read_side.pool.acquire() as connection:
                await connection.prepare(f"SELECT {model.key} FROM {model.table} WHERE sequence > $1")


def filled(view):
    places = {"device_id": ROUTER, "tenant_id": ACME, "action_id": repeatable_id("no such action")}
    places |= {"user_id": SOMEBODY, "session_id": repeatable_id("no session")}
    places |= {"api_key_id": repeatable_id("no key")}
    return {name: places[name] for name in path_parameters(view.path)}


def dated():
    return [pytest.param(view, id=view.path) for view in VIEWS if view.is_dated]


@pytest.mark.parametrize("view", dated())
async def test_every_dated_view_answers_as_of_a_time(read_side, view):
    told = Telling()
    tell_of_a_device_and_somebody(told)
    await read_side.take(told)
    words = {"as_of": NOON.isoformat()}
    if view.shape is Shape.LIST:
        await read_side.rows(view.path, words=words, **filled(view))
    else:
        await read_side.one(view.path, words=words, **filled(view))


@pytest.mark.parametrize("view", [pytest.param(view, id=view.path) for view in VIEWS])
async def test_no_view_shows_anything_of_another_tenant(read_side, view):
    told = Telling()
    tell_of_a_device_and_somebody(told)
    await read_side.take(told)
    where = filled(view)
    if view.query in ("devices.summary", "projections.list"):
        return  # the one counts what is visible, in a test of its own; the other is of the installation
    if view.shape is Shape.LIST and not view.parent:
        assert await read_side.rows(view.path, as_tenant=OTHER, **where) == []
        return
    with pytest.raises(NotFound):
        await {Shape.ONE: read_side.one, Shape.LIST: read_side.rows, Shape.SERIES: read_side.points}[view.shape](
            view.path, as_tenant=OTHER, **where
        )


@pytest.mark.parametrize(
    "view", [pytest.param(view, id=view.path) for view in VIEWS if "device_id" in path_parameters(view.path)]
)
async def test_every_device_view_tells_a_silent_device_from_none(read_side, view):
    ask = {Shape.ONE: read_side.one, Shape.LIST: read_side.rows, Shape.SERIES: read_side.points}[view.shape]
    with pytest.raises(NotFound):
        await ask(view.path, device_id=ROUTER)
    told = Telling()
    tell_of_a_device_and_somebody(told)
    await read_side.take(told)
    answer = await ask(view.path, device_id=ROUTER)
    assert view.query == "timeline.list" or answer == [] or answer.device_id == ROUTER


def tell_of_a_device_and_somebody(told):
    told.say(TenantCreated(tenant_id=told.tenant_id, title="Acme"))
    text = Personal(person_key(SOMEBODY), "vault:v1:x")
    told.say(
        UserInvited(
            user_id=SOMEBODY,
            email=text,
            person=text,
            email_digest="digest",
            role=Role.VIEWER,
            link=1,
            link_expires_at=NOON,
        )
    )
    told.say(
        DeviceAdded(
            device_id=ROUTER,
            title="core",
            address=Address(host="192.0.2.1"),
            credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
        )
    )
