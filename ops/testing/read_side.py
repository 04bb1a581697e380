"""The whole read side without the bus: what was told goes through the read models and comes out of the views.

Every answer is held against the row type of its view, so that no test has to.
"""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from contracts.catalog import CODEC
from contracts.language.access import Role
from contracts.language.delivery import Delivery
from contracts.language.identity import TenantId
from contracts.language.sealed import Personal
from gateway.http import tenancy
from gateway.http.authentication import Caller
from gateway.http.queries import load
from gateway.http.reading import Page, Points, Question, Reader
from gateway.http.statements import Plan
from gateway.http.tenancy import Tenancy, encoded
from gateway.http.views import Reveal, Shape, View
from gateway.routes import VIEWS
from ops.embedded.servers import Servers
from ops.testing.plugin import Database, _database
from ops.testing.telling import ACME, Telling
from projections.catalog import PROJECTIONS
from projections.engine import checkpoint, generation, reading, writing
from projections.engine.batch import Batcher, Line

TOKEN_SECONDS = 600.0
SESSION = {"search_path": "read, tod", "default_transaction_read_only": "on", "jit": "off"}
Row = Mapping[str, Any]
Asked = tuple[str, tuple[Any, ...]]
"""A statement and the values bound to it."""


async def _refuse(told: reading.Reading, by: str, reason: str) -> None:
    """Nothing that a test tells may be set aside."""
    raise AssertionError(f"{by} cannot apply {told.delivery.headers.get('ce-type')}: {reason}")


class Sealing:
    """What stands where `commands` would open what is personal: here it stays sealed, and shows as its ciphertext."""

    async def reveal(self, rows: Sequence[dict[str, Any]], reveals: Sequence[Reveal]) -> None:
        """Show the ciphertext itself."""
        for row in rows:
            for reveal in reveals:
                sealed = row[reveal.column]
                row[reveal.column] = sealed and msgspec.json.decode(sealed, type=Personal).text


class ReadSide:
    """A database with all read models, and somebody of a tenant who asks."""

    def __init__(
        self,
        database: Database,
        projector: "asyncpg.Connection[Any]",
        pool: "asyncpg.Pool[Any]",
        key: tuple[str, str],
        heard: "list[Asked]",
    ) -> None:
        self._database = database
        self.projector = projector
        self.pool = pool
        self._key = key
        self.asked = heard
        self._batchers: dict[str, Batcher] = {}
        queries = load()
        self._readers = [Reader(Plan(view, queries), Tenancy(pool), Sealing()) for view in VIEWS]

    async def find_lines(self) -> None:
        """Take the read models up where they stand."""
        lines: dict[str, list[Line]] = {}
        for projection in PROJECTIONS:
            made = await generation.current(self.projector, projection)
            place = await checkpoint.read(self.projector, made.schema_name)
            lines.setdefault(projection.stream, []).append(Line(projection, made, place))
        self._batchers = {stream: Batcher(self.projector, each, _refuse) for stream, each in lines.items()}

    async def take(self, told: Telling, *, batch_max: int = 500) -> None:
        """Let the read models take in what was told since they were last here; whatever would be parked fails."""
        by_stream: dict[str, list[Delivery]] = {}
        for delivery in told.deliveries:
            by_stream.setdefault(delivery.stream, []).append(delivery)
        told.deliveries.clear()
        for stream, deliveries in by_stream.items():
            reader = reading.Reader(CODEC, None)
            for start in range(0, len(deliveries), batch_max):
                await self._batchers[stream].apply(reader.read(deliveries[start : start + batch_max]))

    async def analyse(self) -> None:
        """Let the planner know what the tables hold."""
        owner = await asyncpg.connect(self._database.url())
        await owner.execute("ANALYZE")
        await owner.close()

    async def plan(self, *, as_tenant: UUID | None = ACME, settings: str = "") -> str:
        """How the database would answer the statement that was asked last."""
        query, arguments = self.asked[-1]
        async with self.pool.acquire() as connection:
            await connection.execute(f"BEGIN; {settings}")
            await connection.execute("SELECT set_config('app.tenant_token', $1, true)", self.tenant_token(as_tenant))
            lines = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {query}", *arguments)
            await connection.execute("ROLLBACK")
        return "\n".join(line[0] for line in lines)

    def tenant_token(self, tenant_id: UUID | None) -> str:
        """What the database checks; None is a super admin."""
        kid, key = self._key
        text = f"v1.{kid}.{tenant_id or '*'}.{int(time.time() + TOKEN_SECONDS)}.s"
        return f"{text}.{hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()}"

    async def one(self, path: str, *, as_tenant: UUID | None = ACME, words: Row | None = None, **where: Any) -> Any:  # noqa: ANN401  # a struct of the view's row type
        """The answer of a view of one row; raises NotFound."""
        reader = self._reader(path, Shape.ONE)
        record = await reader.one(self._question(as_tenant, where, words))
        return _checked(reader.plan.view, [dict(record)])[0]

    async def page(self, path: str, *, as_tenant: UUID | None = ACME, words: Row | None = None, **where: Any) -> Page:  # noqa: ANN401
        """A page of a list."""
        return await self._reader(path, Shape.LIST).page(self._question(as_tenant, where, words))

    async def rows(
        self,
        path: str,
        *,
        as_tenant: UUID | None = ACME,
        words: Row | None = None,
        **where: Any,  # noqa: ANN401  # what the path holds
    ) -> list[Any]:
        """The rows of a list."""
        reader = self._reader(path, Shape.LIST)
        page = await reader.page(self._question(as_tenant, where, words))
        return _checked(reader.plan.view, page.items)

    async def points(
        self,
        path: str,
        *,
        as_tenant: UUID | None = ACME,
        words: Row | None = None,
        **where: Any,  # noqa: ANN401  # what the path holds
    ) -> list[Any]:
        """The points of a series."""
        reader = self._reader(path, Shape.SERIES)
        points: Points = await reader.points(self._question(as_tenant, where, words))
        return _checked(reader.plan.view, points.points)

    def _reader(self, path: str, shape: Shape) -> Reader:
        for reader in self._readers:
            if reader.plan.view.path == path and reader.plan.view.shape is shape:
                return reader
        raise LookupError(f"No view of shape {shape} has the path {path}")

    def _question(self, tenant_id: UUID | None, where: Row, words: Row | None) -> Question:
        role = Role.SUPER_ADMIN if tenant_id is None else Role.TENANT_ADMIN
        token = self.tenant_token(tenant_id)
        tenant = None if tenant_id is None else TenantId(tenant_id)
        caller = Caller(
            actor="user:ada",
            session_id="s",
            role=role,
            tenant_id=tenant,
            tenant_token=token,
            expires_at=time.time() + 60,
        )
        listed = {name: _texts(value) for name, value in (words or {}).items()}
        return Question(caller, tenant, dict(where), listed)


def _overhear(asked: Any, heard: list[Asked]) -> None:  # noqa: ANN401  # a LoggedQuery of asyncpg
    """Note what the views ask of the database."""
    if ") AS answer" in asked.query and not asked.query.startswith("EXPLAIN"):
        heard.append((asked.query, asked.args))


def _texts(value: Any) -> list[str]:  # noqa: ANN401  # text, or several
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _checked(view: View, rows: Iterable[Row]) -> list[Any]:
    """The rows as they go over the wire, read back as the view's row type."""
    return msgspec.json.decode(encoded(list(rows)), type=list[view.row])  # type: ignore[name-defined]  # a type made while running


@pytest.fixture(scope="session")
async def laid_out_template(servers: Servers, migrated_template: Database) -> AsyncIterator[Database]:
    """The database that the one of every `read_side` is a copy of: all read models, and nothing in them."""
    async with _database(servers.site, template=migrated_template.name) as database:
        projector = await asyncpg.connect(database.url("tod_projector"))
        for projection in PROJECTIONS:
            await generation.current(projector, projection)
        await projector.close()
        yield database


@pytest.fixture
async def read_side(
    servers: Servers, laid_out_template: Database, tenant_token_key: tuple[str, str]
) -> AsyncIterator[ReadSide]:
    """All read models and views on a database of this test alone."""
    async with _database(servers.site, template=laid_out_template.name) as database:
        projector = await asyncpg.connect(database.url("tod_projector"))
        await writing.prepare(projector)
        heard: list[Asked] = []

        async def overheard(connection: "asyncpg.Connection[Any]") -> None:
            await tenancy.prepare(connection)
            connection.add_query_logger(lambda asked: _overhear(asked, heard))

        pool = await asyncpg.create_pool(
            database.url("tod_gateway"),
            min_size=1,
            max_size=2,
            init=overheard,
            reset=tenancy.keep,
            server_settings=SESSION,
        )
        side = ReadSide(database, projector, pool, tenant_token_key, heard)
        await side.find_lines()
        yield side
        await pool.close()
        await projector.close()
