"""The trail and the tenants."""

from uuid import UUID

import pytest

from contracts.audit import ActionChangedNothing, ActionRefused
from contracts.claims import ClaimTaken
from contracts.devices import (
    AddDevice,
    Address,
    Credential,
    CredentialSet,
    DeviceAdded,
    DeviceRenamed,
    RenameDevice,
    SetCredential,
)
from contracts.language.access import Role
from contracts.language.errors import NotFound
from contracts.language.identity import PLATFORM, ActionId, repeatable_id
from contracts.language.sealed import Sealed
from contracts.reachability import CameOnline, WentOffline
from contracts.sessions import TokenMinted
from contracts.tenants import TenantCreated, TenantRenamed
from ops.testing.telling import ACME, NOON, ROUTER, Telling

SEALED = Sealed("tenant-x", "vault:v1:ciphertext")
OPERATION = "/operations/{action_id:uuid}"


def add(told):
    action = told.ask(AddDevice(device_id=ROUTER, title="core", host="192.0.2.1", username="tod", password=SEALED))
    claim = ClaimTaken(claim="a" * 40, purpose="device title", holder=ROUTER)
    told.answer(claim, action)
    told.answer(
        DeviceAdded(
            device_id=ROUTER,
            title="core",
            address=Address(host="192.0.2.1"),
            credential=Credential(username="tod", password=SEALED),
        ),
        action,
    )
    return action


async def test_an_action_is_one_row_with_its_outcome(read_side):
    told = Telling()
    action = add(told)
    await read_side.take(told)
    [line] = await read_side.rows("/audit")
    assert (line.entry_id, line.kind, line.name, line.actor) == (action, "action", "devices.add", "user:ada")
    assert (line.outcome, line.about_id, line.about_title, line.settled_at) == ("done", ROUTER, "core", NOON)


async def test_a_refused_action_tells_its_reason(read_side):
    told = Telling()
    action = told.ask(RenameDevice(device_id=ROUTER, title="taken"), actor="key:9")
    told.answer(
        ActionRefused(
            action_id=ActionId(UUID(action)),
            command="devices.rename",
            about=str(ROUTER),
            code="resource.taken",
            message="Another device is called taken",
        ),
        action,
    )
    await read_side.take(told)
    [line] = await read_side.rows("/audit", words={"outcome": "refused", "actor": "key:9"})
    assert (line.code, line.message) == ("resource.taken", "Another device is called taken")
    operation = await read_side.one(OPERATION, action_id=UUID(action))
    assert (operation.state, operation.code, operation.entity) == ("refused", "resource.taken", str(ROUTER))


async def test_an_action_that_changed_nothing_is_done(read_side):
    told = Telling()
    action = told.ask(RenameDevice(device_id=ROUTER, title="core"))
    told.answer(
        ActionChangedNothing(action_id=ActionId(UUID(action)), command="devices.rename", about=str(ROUTER)),
        action,
    )
    await read_side.take(told)
    [line] = await read_side.rows("/audit")
    assert (line.outcome, line.code, line.message) == ("done", "", "It was so already.")


async def test_an_operation_knows_the_last_fact_it_led_to(read_side):
    told = Telling()
    action = UUID(add(told))
    await read_side.take(told)
    operation = await read_side.one(OPERATION, action_id=action)
    assert (operation.state, operation.command, operation.sequence) == ("done", "devices.add", 3)
    with pytest.raises(NotFound):
        await read_side.one(OPERATION, action_id=repeatable_id("none"))


async def test_no_secret_is_in_the_trail_not_even_sealed(read_side):
    told = Telling()
    add(told)
    action = told.ask(SetCredential(device_id=ROUTER, username="root", password=SEALED))
    told.answer(CredentialSet(device_id=ROUTER, credential=Credential(username="root", password=SEALED)), action)
    told.say(CredentialSet(device_id=ROUTER, credential=Credential(username="root", password=SEALED)))
    await read_side.take(told)
    lines = await read_side.rows("/audit", words={"name": ["devices.set_credential", "devices.credential_set"]})
    assert [line.details["username"] if "username" in line.details else line.details["credential"] for line in lines]
    stored = await read_side.projector.fetch("SELECT audit::text AS text FROM read.audit")
    assert stored
    assert not [row for row in stored if "ciphertext" in row["text"] or "vault" in row["text"]]


async def test_a_fact_that_nobody_asked_for_stands_by_itself(read_side):
    told = Telling()
    told.say(
        CameOnline(device_id=ROUTER, since=told.now),
        actor="process:reachability",
        causation="report-1",
        correlation="r",
    )
    token = TokenMinted(session_id=repeatable_id("s"), subject="dev", role=Role.VIEWER, expires_at=NOON)
    told.say(token, actor="operator:root")
    await read_side.take(told)
    lines = await read_side.rows("/audit", words={"kind": "fact"})
    assert {(line.name, line.outcome, line.actor) for line in lines} == {
        ("reachability.came_online", "done", "process:reachability"),
        ("sessions.token_minted", "done", "operator:root"),
    }


async def test_the_trail_is_filtered_by_device_time_and_text_and_paged(read_side):
    told = Telling()
    add(told)
    for number in range(4):
        told.wait(hours=1)
        action = told.ask(RenameDevice(device_id=ROUTER, title=f"core-{number}"), actor="user:bob")
        told.answer(
            DeviceRenamed(device_id=ROUTER, title=f"core-{number}", previous_title=""), action, actor="user:bob"
        )
    told.say(WentOffline(device_id=repeatable_id("other"), since=told.now, code="device.timeout", message=""))
    await read_side.take(told)
    assert len(await read_side.rows("/audit", words={"about_id": ROUTER})) == 5
    assert len(await read_side.rows("/audit", words={"search": "CORE-3", "actor": "user:bob"})) == 4
    late = {"from_at": NOON.replace(hour=15).isoformat(), "kind": "action"}
    assert len(await read_side.rows("/audit", words=late)) == 2
    seen, words = [], {"limit": "2"}
    while True:
        page = await read_side.page("/audit", words=words)
        seen += [row["entry_id"] for row in page.items]
        if page.next is None:
            break
        words["cursor"] = page.next
    assert len(seen) == len(set(seen)) == 6


async def test_the_installation_sees_its_tenants_and_a_tenant_itself(read_side):
    acme, other = Telling(), Telling(repeatable_id("tenant", "other"))
    acme.say(TenantCreated(tenant_id=ACME, title="Acme"))
    add(acme)
    acme.say(CameOnline(device_id=ROUTER, since=acme.now))
    await read_side.take(acme)
    other.continue_after(acme)
    other.say(TenantCreated(tenant_id=other.tenant_id, title="Bolt"))
    other.wait(hours=1).say(TenantRenamed(tenant_id=other.tenant_id, title="Zinc", previous_title="Bolt"))
    await read_side.take(other)
    tenants = await read_side.rows("/tenants", as_tenant=None)
    assert [(each.title, each.device_total, each.device_online) for each in tenants] == [("Acme", 1, 1), ("Zinc", 0, 0)]
    [own] = await read_side.rows("/tenants")
    assert own.title == "Acme"
    one = await read_side.one("/tenants/{tenant_id:uuid}", as_tenant=None, tenant_id=other.tenant_id)
    assert (one.title, one.sequence) == ("Zinc", 7)
    was = await read_side.one(
        "/tenants/{tenant_id:uuid}", as_tenant=None, tenant_id=other.tenant_id, words={"as_of": NOON.isoformat()}
    )
    assert was.title == "Bolt"


async def test_what_belongs_to_the_installation_is_for_the_installation(read_side):
    told = Telling(PLATFORM)
    token = TokenMinted(session_id=repeatable_id("s"), subject="dev", role=Role.SUPER_ADMIN, expires_at=NOON)
    told.say(token, actor="operator:root")
    await read_side.take(told)
    assert await read_side.rows("/audit") == []
    [line] = await read_side.rows("/audit", as_tenant=None)
    assert line.name == "sessions.token_minted"


async def test_every_read_model_tells_how_far_it_is(read_side):
    told = Telling()
    add(told)
    await read_side.take(told)
    lines = {line.name: line for line in await read_side.rows("/projections", as_tenant=None)}
    assert lines["devices"].sequence == 3
    assert lines["health"].sequence == 0
