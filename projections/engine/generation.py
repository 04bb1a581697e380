"""Generations of read models.

A schema for each, the registry of them, and the swap of the stable views in one transaction.

A generation is `building` until it has caught up, then `live`; what it replaces is `retired` and stays until it is
dropped.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from contracts.language.errors import ContractBroken
from projections.engine.checkpoint import Superseded
from projections.engine.ddl import schema_name, tables_ddl, views_ddl
from projections.engine.projection import Projection

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

OWNER: Final = "tod_owner"
REGISTRY_LOCK: Final = 0x746F645F67656E73  # "tod_gens": one change of the registry at a time


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One generation as the registry knows it; `sequence` is what it had read when it was looked at."""

    schema_name: str
    projection: str
    version: int
    number: int
    state: str
    fingerprint: str
    sequence: int


async def has_timescale(connection: "Connection") -> bool:
    """Whether time series can be hypertables here."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"))


def fingerprint(projection: Projection) -> str:
    """What the tables of a declaration look like, so that a change without a new version is noticed."""
    text = "\n".join(tables_ddl("s", projection.tables, has_timescale=False))
    return hashlib.sha256(text.encode()).hexdigest()


async def generations(connection: "Connection", projection: str | None = None) -> list[Generation]:
    """What the registry holds, oldest first."""
    rows = await connection.fetch(
        "SELECT g.schema_name, g.projection, g.version, g.number, g.state, g.fingerprint, c.sequence"
        " FROM tod.generation AS g INNER JOIN tod.checkpoint AS c USING (schema_name)"
        " WHERE $1::text IS NULL OR g.projection = $1 ORDER BY g.projection, g.version, g.number",
        projection,
    )
    return [Generation(**row) for row in rows]


async def insist(connection: "Connection", schemas: Sequence[str]) -> None:
    """See that generations are live and their schemas there; raises Superseded for the others."""
    standing = await connection.fetch(
        "SELECT schema_name FROM tod.generation WHERE schema_name = ANY($1::text[]) AND state = 'live'"
        " AND to_regnamespace(schema_name) IS NOT NULL",
        schemas,
    )
    if gone := set(schemas) - {row["schema_name"] for row in standing}:
        raise Superseded(", ".join(sorted(gone)))


async def current(connection: "Connection", projection: Projection) -> Generation:
    """The generation that this release writes: the live one of its version, or else one that is being built.

    The first of all is live at once, so that its views exist. Raises ContractBroken when the tables were changed
    without a new version, or a newer release has been here.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", REGISTRY_LOCK)
        await _forget_dropped(connection, projection)
        known = await generations(connection, projection.name)
        live = next((each for each in known if each.state == "live"), None)
        if live is not None and live.version > projection.version:
            raise ContractBroken(
                f"Read model {projection.name} is at version {live.version}; this release has {projection.version}"
            )
        wanted = [each for each in known if each.version == projection.version and each.state != "retired"]
        if wanted:
            chosen = next((each for each in wanted if each.state == "live"), wanted[-1])
            if chosen.fingerprint != fingerprint(projection):
                raise ContractBroken(f"The tables of {projection.name} changed and its version did not: raise it")
            if chosen.state == "live" and not await _has_views(connection, projection):
                await _show(connection, projection, chosen)
            return chosen
        made = await _make(connection, projection, known)
        if live is None:
            await _go_live(connection, projection, made)
            made = msgspec.structs.replace(made, state="live")
        return made


async def begin(connection: "Connection", projection: Projection) -> Generation:
    """A generation to rebuild into: the one a crash left half built, or a new one."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", REGISTRY_LOCK)
        known = await generations(connection, projection.name)
        for each in known:
            if each.state == "building" and each.version == projection.version:
                return each
        return await _make(connection, projection, known)


async def swap(connection: "Connection", projection: Projection, built: Generation) -> None:
    """Let a generation take the place of the live one. Runs inside the caller's transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", REGISTRY_LOCK)
    await connection.execute(
        "UPDATE tod.generation SET state = 'retired' WHERE projection = $1 AND state = 'live'", projection.name
    )
    await _go_live(connection, projection, built)


async def drop(connection: "Connection", generation: Generation) -> None:
    """Take a generation away, tables and all; raises ContractBroken for the live one."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", REGISTRY_LOCK)
        state = await connection.fetchval(
            "SELECT state FROM tod.generation WHERE schema_name = $1", generation.schema_name
        )
        if state == "live":
            raise ContractBroken(f"{generation.schema_name} is live and cannot be dropped")
        await connection.execute(f"SET LOCAL ROLE {OWNER}")
        await connection.execute(f"DROP SCHEMA IF EXISTS {generation.schema_name} CASCADE")
        await connection.execute("RESET ROLE")
        await connection.execute("DELETE FROM tod.generation WHERE schema_name = $1", generation.schema_name)


async def _forget_dropped(connection: "Connection", projection: Projection) -> None:
    """Let go of generations whose schema somebody dropped: they begin anew."""
    await connection.execute(
        "DELETE FROM tod.generation WHERE projection = $1 AND to_regnamespace(schema_name) IS NULL", projection.name
    )


async def _make(connection: "Connection", projection: Projection, known: list[Generation]) -> Generation:
    number = max((each.number for each in known), default=0) + 1
    schema = schema_name(projection, number)
    offers_timescale = await has_timescale(connection)
    await connection.execute(f"SET LOCAL ROLE {OWNER}")
    for statement in tables_ddl(schema, projection.tables, has_timescale=offers_timescale):
        await connection.execute(statement)
    await connection.execute("RESET ROLE")
    await connection.execute(
        "INSERT INTO tod.generation (schema_name, projection, version, number, stream, fingerprint, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'building')",
        schema,
        projection.name,
        projection.version,
        number,
        projection.stream,
        fingerprint(projection),
    )
    await connection.execute("INSERT INTO tod.checkpoint (schema_name) VALUES ($1)", schema)
    return Generation(
        schema_name=schema,
        projection=projection.name,
        version=projection.version,
        number=number,
        state="building",
        fingerprint=fingerprint(projection),
        sequence=0,
    )


async def _go_live(connection: "Connection", projection: Projection, generation: Generation) -> None:
    await connection.execute(
        "UPDATE tod.generation SET state = 'live', swapped_at = now() WHERE schema_name = $1", generation.schema_name
    )
    await _show(connection, projection, generation)


async def _show(connection: "Connection", projection: Projection, generation: Generation) -> None:
    """Put the stable views in front of a generation."""
    offers_timescale = await has_timescale(connection)
    await connection.execute(f"SET LOCAL ROLE {OWNER}")
    for statement in views_ddl(generation.schema_name, projection.tables, has_timescale=offers_timescale):
        await connection.execute(statement)
    await connection.execute("RESET ROLE")


async def _has_views(connection: "Connection", projection: Projection) -> bool:
    names = [f"read.{table.name}" for table in projection.tables]
    return not await connection.fetchval(
        "SELECT EXISTS (SELECT FROM unnest($1::text[]) AS v (name) WHERE to_regclass(name) IS NULL)", names
    )
