"""Story: from a link to a session and out again, over the real thing. No password and no Secret Key is ever sent."""

import re
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import msgspec
import pytest

from contracts.language.access import Role
from ops.cli.account import invitation
from ops.cli.signing_in import secret_key
from ops.cli.signing_in.account import SignInRefused
from ops.embedded.ports import LOOPBACK
from ops.testing.installation import Installation, Person
from ops.tests.somebody import (
    enrolled,
    forgets,
    fragment,
    is_let_in,
    is_refused,
    is_shut_out,
    letter_to,
    off,
    somebody,
    with_key,
)


async def test_who_follows_the_printed_link_signs_in_and_invites_somebody_by_mail(installation: Installation):
    root = await enrolled(installation, Role.SUPER_ADMIN)
    tokens = await root.signs_in()
    person = root.as_person(tokens)
    me = await person.get("/me")
    assert (me["email"], me["person"], me["role"], me["state"]) == (root.email, "Ada", "super_admin", "active")
    made = await person.change("POST", "/tenants", {"title": f"Tenant {uuid4()}"})
    guest = somebody(installation)
    headers = {"Idempotency-Key": "k", "Tod-Tenant": made["tenant_id"]}
    body = {"email": guest.email, "person": "Grace Hopper", "role": "viewer"}
    answer = await person.client.post("/users", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["email"] == guest.email
    link = re.search(r"http\S+/enrol#\S+", await letter_to(installation, guest.email))
    assert link is not None
    shown = await off(lambda: guest.door.link(fragment(link[0])))
    assert (shown["kind"], shown["email"], shown["tenant_title"]) == ("invitation", guest.email, made["title"])
    await guest.enrols(link[0])
    viewer = guest.as_person(await guest.signs_in())
    assert (await viewer.get("/devices"))["items"] == []
    refused = await viewer.ask("POST", "/devices", {"title": "x", "host": "10.0.0.1", "username": "a", "password": "b"})
    assert refused.status_code == 403
    assert (await viewer.client.get("/users")).status_code == 403
    with pytest.raises(SignInRefused, match=r"link\.over"):
        await guest.enrols(link[0])


async def test_whoever_lacks_one_of_the_two_secrets_is_told_the_same(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    wrong_password = msgspec.structs.replace(ada, password="wrong horse")
    wrong_key = msgspec.structs.replace(ada, secret_key=secret_key.make())
    nobody = msgspec.structs.replace(ada, email=f"nobody.{uuid4().hex}@example.net")
    said = set()
    for person in (wrong_password, wrong_key, nobody):
        with pytest.raises(SignInRefused) as refused:
            await person.signs_in()
        said.add(str(refused.value))
    assert len(said) == 1
    assert "access.unauthenticated" in said.pop()
    assert (await ada.signs_in()).role == "super_admin"


async def test_a_refresh_token_that_is_used_twice_ends_the_whole_session(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    first = await ada.signs_in()
    second = await ada.renews(first)
    assert second.session_id == first.session_id
    assert await is_let_in(ada, second)
    with pytest.raises(SignInRefused, match=r"session\.over"):
        await ada.renews(first)
    with pytest.raises(SignInRefused, match=r"session\.over"):
        await ada.renews(second)
    for tokens in (first, second):
        await installation.until(partial(is_shut_out, ada, tokens), seconds=5)


async def test_signing_out_everywhere_ends_every_session_at_once(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    sessions = [await ada.signs_in() for _ in range(2)]
    person = ada.as_person(sessions[0])
    listed = (await person.get("/sessions"))["items"]
    assert {line["session_id"] for line in listed} == {tokens.session_id for tokens in sessions}
    assert {line["address"] for line in listed} == {LOOPBACK}
    await person.ask("DELETE", f"/users/{sessions[0].user_id}/sessions", {})
    for tokens in sessions:
        await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
        with pytest.raises(SignInRefused, match=r"session\.over"):
            await ada.renews(tokens)
    assert await is_let_in(ada, await ada.signs_in())


async def test_another_password_makes_the_old_one_worthless(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    tokens = await ada.signs_in()
    changed = msgspec.structs.replace(ada, password="another one, longer", secret_key=secret_key.make())
    old, new = (ada.password, ada.secret_key), (changed.password, changed.secret_key)
    await off(lambda: ada.door.change(tokens.access_token, email=ada.email, old=old, new=new))
    await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
    with pytest.raises(SignInRefused):
        await ada.signs_in()
    assert (await changed.signs_in()).user_id == tokens.user_id


async def test_who_forgot_the_password_gets_one_link_and_strangers_end_none(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    tokens = await ada.signs_in()
    guest, nobody = somebody(installation), somebody(installation)
    printed = await invitation(installation.site.folder, email=guest.email, name="G", role=Role.SUPER_ADMIN, tenant="")
    said = [await forgets(person) for person in (ada, ada, guest, nobody)]
    assert {(status, text) for status, text in said} == {(202, "{}")}
    link = re.search(r"http\S+/enrol#\S+", await letter_to(installation, ada.email))
    assert link is not None
    shown = await off(lambda: ada.door.link(fragment(link[0])))
    assert (shown["kind"], shown["email"]) == ("reset", ada.email)
    await guest.enrols(printed)
    anew = msgspec.structs.replace(ada, password="another one, longer", secret_key=secret_key.make())
    await anew.enrols(link[0])
    await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
    with pytest.raises(SignInRefused):
        await ada.signs_in()
    assert (await anew.signs_in()).user_id == tokens.user_id


async def test_after_a_restart_an_ended_session_stays_ended(installation: Installation):
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    tokens = await ada.signs_in()
    await ada.as_person(tokens).ask("DELETE", f"/sessions/{tokens.session_id}", {})
    await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
    installation.children["gateway"].kill()
    await installation.until(installation.serves)
    assert await is_shut_out(ada, tokens)


async def test_who_is_erased_is_found_nowhere(installation: Installation):
    root = await enrolled(installation, Role.SUPER_ADMIN)
    ada = await enrolled(installation, Role.SUPER_ADMIN)
    tokens = await ada.signs_in()
    person = ada.as_person(tokens)
    await person.ask("DELETE", f"/users/{tokens.user_id}", {})
    await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
    other = root.as_person(await root.signs_in())

    async def is_forgotten() -> bool:
        line = await other.get(f"/users/{tokens.user_id}")
        return (line["state"], line["email"], line["person"]) == ("erased", "", "")

    await installation.until(is_forgotten)
    with pytest.raises(SignInRefused):
        await ada.signs_in()
    address = ada.email.partition("@")[0].lower().encode()
    assert not await off(lambda: holders(installation.site.folder, address))


def holders(folder: Path, needle: bytes) -> list[Path]:
    """The files of the installation that hold some bytes, in any case."""
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]


async def test_the_trail_says_who_from_where_and_why_and_what_was_denied(installation: Installation):
    async with installation.tenant() as (tenant_id, _person):
        admin = await enrolled(installation, Role.TENANT_ADMIN, tenant_id)
        viewer = await enrolled(installation, Role.VIEWER, tenant_id)
        tokens = await admin.signs_in()
        person = admin.as_person(tokens)
        guest = {"email": f"guest.{uuid4().hex}@example.net", "person": "Guest", "role": "operator"}
        headers = {"Idempotency-Key": str(uuid4()), "Tod-Reason": "Vertretung%20f%C3%BCr%20J%C3%BCrgen"}
        answer = await person.client.post("/users", json=guest, headers=headers)
        assert answer.status_code == 201, answer.text
        onlooker = viewer.as_person(await viewer.signs_in())
        assert (await onlooker.client.get("/users")).status_code == 403

        async def trail(**words: str) -> list[dict[str, Any]]:
            return cast("list[dict[str, Any]]", (await person.get("/audit", **words))["items"])

        async def is_told() -> bool:
            return bool(await trail(name="users.invite", text="Vertretung")) and bool(await trail(code="access.denied"))

        await installation.until(is_told)
        (line,) = await trail(name="users.invite", text="Vertretung")
        assert (line["actor"], line["actor_name"], line["role"]) == (f"user:{tokens.user_id}", "Ada", "tenant_admin")
        assert (line["session"], line["address"]) == (tokens.session_id, LOOPBACK)
        assert (line["reason"], line["outcome"]) == ("Vertretung für Jürgen", "done")
        (denial,) = await trail(code="access.denied")
        assert (denial["outcome"], denial["role"]) == ("refused", "viewer")
        assert "GET /api/users needs users.read" in denial["message"]
        assert guest["email"] not in str(await trail())


async def test_a_key_does_what_its_scopes_say_from_where_it_may_until_it_is_revoked(installation: Installation):
    async with installation.tenant() as (tenant_id, _person):
        ada = await enrolled(installation, Role.TENANT_ADMIN, tenant_id)
        person = ada.as_person(await ada.signs_in())
        asked: dict[str, Any] = {"title": "Billing", "scopes": ["devices.read", "audit.read"]}
        idempotency_key = str(uuid4())
        made = (await person.ask("POST", "/api-keys", asked, key=idempotency_key)).json()
        assert made["key"].startswith("mktp_")
        again = (await person.ask("POST", "/api-keys", asked, key=idempotency_key)).json()
        assert (again["api_key_id"], again["key"]) == (made["api_key_id"], None)
        program = with_key(ada, made["key"])
        assert (await program.get("/devices"))["items"] == []
        assert (await program.client.get("/users")).status_code == 403
        device = {"title": "x", "host": "1.1.1.1", "username": "a", "password": "b"}
        refused = await program.ask("POST", "/devices", device)
        assert refused.status_code == 403
        for wrong in ({"scopes": ["users.write"]}, {"scopes": ["tenants.write"]}, {"scopes": []}):
            assert (await person.ask("POST", "/api-keys", asked | wrong)).status_code in {400, 403}

        async def is_noted() -> bool:
            return (await person.get(f"/api-keys/{made['api_key_id']}"))["used_at"] is not None

        await installation.until(is_noted)
        elsewhere = await person.change("POST", "/api-keys", asked | {"networks": ["192.0.2.0/24"]})
        assert (await with_key(ada, elsewhere["key"]).client.get("/devices")).status_code == 403
        await person.change("DELETE", f"/api-keys/{made['api_key_id']}", {})
        await installation.until(partial(is_refused, program), seconds=5)
        assert not await off(lambda: holders(installation.site.folder, made["key"].lower().encode()))


async def test_the_keys_of_who_is_let_go_stop(installation: Installation):
    async with installation.tenant() as (tenant_id, _person):
        ada = await enrolled(installation, Role.OPERATOR, tenant_id)
        admin = await enrolled(installation, Role.TENANT_ADMIN, tenant_id)
        tokens = await admin.signs_in()
        person = admin.as_person(tokens)
        key = (await person.change("POST", "/api-keys", {"title": "x", "scopes": ["devices.read"]}))["key"]
        program = with_key(admin, key)
        assert (await program.client.get("/devices")).is_success
        other = await enrolled(installation, Role.TENANT_ADMIN, tenant_id)
        await other.as_person(await other.signs_in()).change("POST", f"/users/{tokens.user_id}/deactivation", {})
        await installation.until(partial(is_refused, program), seconds=5)
        assert (await ada.signs_in()).role == "operator"


async def test_a_suspended_tenant_lets_nobody_in_and_its_routers_rest(installation: Installation):
    async with installation.tenant() as (tenant_id, boss):
        ada = await enrolled(installation, Role.OPERATOR, tenant_id)
        tokens = await ada.signs_in()
        device = await installation.adopt(boss, 5)
        async with installation.signed_in(Role.SUPER_ADMIN) as root:
            suspended = await root.change("POST", f"/tenants/{tenant_id}/suspension", {})
            assert suspended["state"] == "suspended"
            await installation.until(partial(is_shut_out, ada, tokens), seconds=5)
            with pytest.raises(SignInRefused):
                await ada.signs_in()
            seen = [await ticks(root, device["device_id"])]

            async def rests() -> bool:
                seen.append(await ticks(root, device["device_id"]))
                return len(seen) > RESTING_LOOKS and len(set(seen[-RESTING_LOOKS:])) == 1

            await installation.until(rests)
            assert (await root.change("DELETE", f"/tenants/{tenant_id}/suspension", {}))["state"] == "open"

            async def goes_on() -> bool:
                return await ticks(root, device["device_id"]) != seen[-1]

            await installation.until(goes_on)
        assert (await ada.signs_in()).role == "operator"


async def test_an_erased_tenant_takes_its_secrets_and_its_people_with_it(installation: Installation):
    async with installation.tenant() as (tenant_id, boss):
        ada = await enrolled(installation, Role.OPERATOR, tenant_id)
        await installation.adopt(boss, 6)
        async with installation.signed_in(Role.SUPER_ADMIN) as root:
            title = (await root.get(f"/tenants/{tenant_id}"))["title"]
            wrong = await root.ask("POST", f"/tenants/{tenant_id}/erasure", {"title": "another one"})
            assert wrong.status_code == 400
            assert (await root.change("POST", f"/tenants/{tenant_id}/erasure", {"title": title}))["state"] == "erased"
            with pytest.raises(SignInRefused):
                await ada.signs_in()

            async def are_forgotten() -> bool:
                people = await root.client.get("/users", headers={"Tod-Tenant": tenant_id})
                return {(line["email"], line["state"]) for line in people.json()["items"]} == {("", "erased")}

            await installation.until(are_forgotten)
            late = {"email": somebody(installation).email, "person": "Late", "role": "viewer"}
            headers = {"Tod-Tenant": tenant_id, "Idempotency-Key": str(uuid4())}
            refused = await root.client.post("/users", json=late, headers=headers)
            assert (refused.status_code, "erased" in refused.text) == (404, True)
    again = {"email": ada.email, "name": "Ada", "role": Role.SUPER_ADMIN, "tenant": ""}
    assert await invitation(installation.site.folder, **again)


RESTING_LOOKS = 40
"""So many looks in a row without a poll, a tenth of a second apart: twice the time between two polls."""


async def ticks(person: Person, device_id: str) -> str:
    return str((await person.get(f"/devices/{device_id}"))["seen_at"])


async def test_the_stream_of_an_ended_session_ends_before_it_tells_anything_more(installation: Installation):
    async with installation.tenant() as (tenant_id, boss):
        ada = await enrolled(installation, Role.OPERATOR, tenant_id)
        tokens = await ada.signs_in()
        await installation.adopt(boss, 7)
        told: list[str] = []
        url, headers = f"{ada.url}/api/live", {"Authorization": f"Bearer {tokens.access_token}"}
        async with httpx.AsyncClient(timeout=60) as client, client.stream("GET", url, headers=headers) as answer:
            lines = answer.aiter_lines()
            while "event: ready" not in told:
                told.append(await anext(lines))
            await ada.as_person(tokens).ask("DELETE", f"/sessions/{tokens.session_id}", {})
            told += [line async for line in lines]  # polls go on: without an end of the stream this would not end
        assert await is_shut_out(ada, tokens)
