"""Somebody outside: what they know and have, and what they do to be let in. Nothing that they know is ever sent."""

import asyncio
import email
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import msgspec

from contracts.language.access import Role
from ops.cli.account import invitation
from ops.cli.signing_in import secret_key
from ops.cli.signing_in.account import Door, Tokens
from ops.embedded.ports import LOOPBACK
from ops.testing.installation import Installation, Person

Given = TypeVar("Given")
PASSWORD = "żółta łódź podwodna"  # what somebody in Gdańsk may choose


class _Fleeting:
    """A client that keeps no connection, so that nobody has to close it."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self._headers, **more.pop("headers", {})}
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.request(method, f"{self._url}{path}", headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("POST", path, **more)


class Somebody(msgspec.Struct):
    """A person outside: what they know and have, and the door that they come to."""

    door: Door
    url: str
    email: str
    secret_key: bytes
    password: str = PASSWORD

    async def enrols(self, link: str) -> dict[str, Any]:
        return await off(lambda: self.door.enrol(fragment(link), **self.both()))

    async def signs_in(self) -> Tokens:
        return await off(lambda: self.door.sign_in(**self.both()))

    async def renews(self, tokens: Tokens) -> Tokens:
        return await off(lambda: self.door.renew(tokens.refresh_token))

    def both(self) -> dict[str, Any]:
        return {"email": self.email, "password": self.password, "secret_key": self.secret_key}

    def as_person(self, tokens: Tokens) -> Person:
        token = tokens.access_token
        return Person(_Fleeting(f"{self.url}/api", token), token)


async def off(call: Callable[[], Given]) -> Given:
    """Run what blocks beside the loop."""
    return await asyncio.to_thread(call)


def fragment(link: str) -> str:
    return link.partition("#")[2]


def somebody(installation: Installation) -> Somebody:
    url = f"http://{LOOPBACK}:{installation.site.ports['http']}"
    return Somebody(Door(url), url, f"Ada.{uuid4().hex}@Example.net", secret_key.make())


async def enrolled(installation: Installation, role: Role, tenant: str = "") -> Somebody:
    """Somebody who was invited at the command line and has enrolled."""
    person = somebody(installation)
    link = await invitation(installation.site.folder, email=person.email, name="Ada", role=role, tenant=tenant)
    await person.enrols(link)
    return person


async def letter_to(installation: Installation, address: str) -> str:
    """The text of the mail that an address got."""
    found: list[str] = []

    async def has_come() -> bool:
        for path in (installation.site.folder / "mail").glob("*.eml"):
            letter = email.message_from_bytes(await off(path.read_bytes))
            if address in str(letter["To"]):
                plain = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
                payload = plain.get_payload(decode=True)
                assert isinstance(payload, bytes)
                found.append(payload.decode())
        return bool(found)

    await installation.until(has_come)
    return found[-1]


async def forgets(person: Somebody) -> tuple[int, str]:
    """Ask for a reset, and what is said to that."""
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(f"{person.url}/api/enrolments", json={"email": person.email})
    return answer.status_code, answer.text


async def is_let_in(person: Somebody, tokens: Tokens) -> bool:
    return (await person.as_person(tokens).client.get("/me")).is_success


async def is_shut_out(person: Somebody, tokens: Tokens) -> bool:
    answer = await person.as_person(tokens).client.get("/me")
    return answer.status_code == 401 and answer.json()["code"] == "session.over"


def with_key(person: Somebody, key: str) -> Person:
    return Person(_Fleeting(f"{person.url}/api", key), key)


async def is_refused(program: Person) -> bool:
    return (await program.client.get("/devices")).status_code == 401
