"""Runs the migrations that are missing, in order, each once, under a lock, after checking those that already ran.

It connects as the superuser of the cluster, since roles are made here; no other process ever does.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from contracts.language.errors import ContractBroken, Unavailable

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

FOLDER: Final = Path(__file__).parent
LOCK: Final = 0x746F645F6D696772  # "tod_migr": one migration at a time in one database
LOCK_POLL_SECONDS: Final = 0.1
LOCK_SECONDS_MAX: Final = 60.0
WAIT_SECONDS_MAX: Final = 5.0
"""For a table that others use: longer, and everybody behind would wait as well."""
STATEMENT_SECONDS_MAX: Final = 600.0
KEYS_KEPT: Final = 2
BLOCK_BYTES: Final = 64
_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class Migration(msgspec.Struct, frozen=True):
    """One file: its place, its name, its text and the digest that is checked for ever."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder in order; raises ContractBroken for a hole or a number used twice."""
    names = ((path, _NAME.fullmatch(path.name)) for path in sorted(folder.glob("*.sql")))
    found = [Migration(int(match[1]), path.stem, path.read_text(encoding="utf-8")) for path, match in names if match]
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ContractBroken(f"Migrations must be numbered 1, 2, 3 … and are {[each.name for each in found]}")
    return found


async def migrate(
    url: str,
    *,
    tenant_token_key: tuple[str, str],
    role_passwords: Mapping[str, str] | None = None,
    folder: Path = FOLDER,
) -> list[str]:
    """Bring a database up to date and return the names of what was run.

    `tenant_token_key` is the key's id and its 32 bytes in hexadecimal; the one before it stays valid until the next.
    Raises ContractBroken when a file that ran was edited or is missing, Unavailable when the database does not answer
    or somebody else holds the lock for too long.
    """
    wanted = migrations(folder)
    try:
        connection = await asyncpg.connect(url, server_settings={"application_name": "tod-migrations"})
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"PostgreSQL cannot be reached to migrate it: {error}") from error
    try:
        await _lock(connection)
        ran = await _run_missing(connection, wanted)
        await _set_key(connection, *tenant_token_key)
        await _set_passwords(connection, role_passwords or {})
    finally:
        await connection.close()
    return ran


async def _lock(connection: "Connection") -> None:
    """Wait for our turn by asking again: a blocking wait deadlocks with an index that is built concurrently."""
    try:
        async with asyncio.timeout(LOCK_SECONDS_MAX):
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110  # not our event
                await asyncio.sleep(LOCK_POLL_SECONDS)
    except TimeoutError as error:
        raise Unavailable("Somebody else has been migrating this database for too long") from error


async def _run_missing(connection: "Connection", wanted: Sequence[Migration]) -> list[str]:
    await connection.execute(
        "CREATE SCHEMA IF NOT EXISTS tod;"
        "CREATE TABLE IF NOT EXISTS tod.migration (number integer PRIMARY KEY, name text NOT NULL,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    applied = {row["number"]: row for row in await connection.fetch("SELECT number, name, sha256 FROM tod.migration")}
    if len(applied) > len(wanted):
        raise ContractBroken(f"The database has {len(applied)} migrations and this release knows {len(wanted)}")
    ran = []
    for migration in wanted:
        record = applied.get(migration.number)
        if record is None:
            await _run(connection, migration)
            ran.append(migration.name)
        elif record["sha256"] != migration.digest:
            raise ContractBroken(f"Migration {migration.name} was edited after it ran; undo that and write a new one")
    return ran


async def _run(connection: "Connection", migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS_MAX:g}s'")
        await connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS_MAX:g}s'")
        await connection.execute(migration.text)
        await connection.execute(
            "INSERT INTO tod.migration (number, name, sha256) VALUES ($1, $2, $3)",
            migration.number,
            migration.name,
            migration.digest,
        )


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer padded key of HMAC (RFC 2104), so that the database needs no more than `sha256`."""
    block = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


async def _set_key(connection: "Connection", kid: str, key: str) -> None:
    inner, outer = pads(bytes.fromhex(key))
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO tod.tenant_token_key (kid, inner_pad, outer_pad) VALUES ($1, $2, $3)"
            " ON CONFLICT (kid) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            kid,
            inner,
            outer,
        )
        await connection.execute(
            "DELETE FROM tod.tenant_token_key WHERE kid NOT IN"
            " (SELECT kid FROM tod.tenant_token_key ORDER BY added_at DESC LIMIT $1)",
            KEYS_KEPT,
        )


async def _set_passwords(connection: "Connection", passwords: Mapping[str, str]) -> None:
    for role, password in passwords.items():
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
        )
        await connection.execute(statement)
