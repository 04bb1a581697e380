"""Story: a device is adopted. Its login is proved, its figures are there, and its password is nowhere to be read."""

import base64
import io
from collections.abc import AsyncIterator
from functools import partial

import asyncpg

from contracts.language.streams import STREAMS
from gateway.routes import VIEWS
from ops.testing.installation import Installation, Person

ROUTER = 0
QUIET_FOLDERS = frozenset({"secrets", "simulator"})
"""What the servers themselves are opened with, and the routers' own world."""


async def test_an_adopted_device_is_visible_and_its_password_is_nowhere(installation: Installation):
    router = installation.routers[ROUTER]
    async with installation.tenant() as (_tenant, person):
        device = await installation.adopt(person, ROUTER)
        await installation.until(partial(is_known, person, device["device_id"]))
        card = await person.get(f"/devices/{device['device_id']}")
        assert (card["identity"], card["host"]) == (router["identity"], router["address"])
        (line,) = (await person.get("/devices"))["items"]
        assert (line["device_id"], line["status"]) == (device["device_id"], "online")
        series = await person.get(f"/devices/{device['device_id']}/health/series")
        assert series["points"]

        forms = spellings(router["password"])
        async for place, text in everything(installation, person, device["device_id"]):
            assert not any(form in text for form in forms), f"the password can be read in {place}"


async def is_known(person: Person, device_id: str) -> bool:
    card = await person.get(f"/devices/{device_id}")
    return bool(card["login"] == "proved" and card["identity"] and card["health_at"])


def spellings(password: str) -> tuple[bytes, ...]:
    """A password as it is, and in base64 and hexadecimal."""
    plain = password.encode()
    return plain, base64.b64encode(plain).rstrip(b"="), plain.hex().encode()


async def everything(installation: Installation, person: Person, device_id: str) -> AsyncIterator[tuple[str, bytes]]:
    """Whatever the platform keeps or tells: every message, every table, every file, every answer."""
    async with installation.bus() as bus:
        for stream in STREAMS:
            for message in await bus.history(stream.name, ">"):
                yield f"stream {stream.name}", repr((message.subject, message.headers)).encode() + message.data
    connection = await asyncpg.connect(installation.superuser_url())
    try:
        for record in await connection.fetch(TABLES):
            text = io.BytesIO()
            await connection.copy_from_table(record["name"], schema_name=record["schema"], output=text)
            yield f"table {record['schema']}.{record['name']}", text.getvalue()
    finally:
        await connection.close()
    for path in installation.site.folder.rglob("*"):
        if path.is_file() and path.relative_to(installation.site.folder).parts[0] not in QUIET_FOLDERS:
            yield str(path), path.read_bytes()
    for view in VIEWS:
        route = view.path.replace("{device_id:uuid}", device_id)
        if "{" not in route:
            answer = await person.client.get(route)
            yield f"GET {route}", repr(answer.headers).encode() + answer.content


TABLES = """
    SELECT n.nspname AS schema, c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
