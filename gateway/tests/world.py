"""A small world for the gateway's own tests: real servers, and read models made by hand."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.language.access import Permission, Role
from contracts.language.identity import TenantId
from contracts.language.subject import live_subject
from gateway.http.queries import Queries, parse
from gateway.http.views import Filter, Match, Parameter, Resolution, Shape, View
from gateway.tests.decider import Decider

KEY_ID: Final = "v1"
MODELS: Final = (("devices", "LEDGER"), ("tenants", "LEDGER"), ("audit", "LEDGER"), ("health", "OBSERVATIONS"))

SCHEMA: Final = """
CREATE TABLE read.devices (
    tenant_id uuid NOT NULL, device_id uuid PRIMARY KEY, title text NOT NULL, host text NOT NULL,
    uptime_seconds double precision, packages jsonb NOT NULL DEFAULT '[]', address inet,
    added_at timestamptz NOT NULL, sequence bigint NOT NULL
);
CREATE INDEX ON read.devices (tenant_id, title, device_id);
CREATE TABLE read.tenants (tenant_id uuid PRIMARY KEY, title text NOT NULL, sequence bigint NOT NULL);
CREATE TABLE read.audit (
    tenant_id uuid NOT NULL, action_id uuid PRIMARY KEY, command text, entity text, actor text, state text,
    sequence bigint, code text, message text, asked_at timestamptz, settled_at timestamptz
);
CREATE TABLE read.health (
    tenant_id uuid NOT NULL, device_id uuid, at timestamptz, load double precision, sequence bigint
);
CREATE FUNCTION read.devices_at(moment timestamptz) RETURNS SETOF read.devices LANGUAGE sql STABLE
    AS 'SELECT * FROM read.devices WHERE added_at <= moment';
"""
WALL: Final = """
ALTER TABLE read.{0} ENABLE ROW LEVEL SECURITY;
ALTER TABLE read.{0} FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON read.{0} FOR SELECT TO tod_gateway
    USING (tenant_id = (SELECT tod.current_tenant()) OR (SELECT tod.sees_all()));
GRANT SELECT ON read.{0} TO tod_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON read.{0} TO tod_projector;
INSERT INTO tod.generation (schema_name, projection, version, number, stream, fingerprint, state)
    VALUES ('{0}_v1_g1', '{0}', 1, 1, '{1}', '', 'live');
INSERT INTO tod.checkpoint (schema_name, sequence) VALUES ('{0}_v1_g1', 0);
"""

DEVICES_SQL: Final = """
-- name: devices.list
-- The devices of the fleet.
SELECT d.tenant_id, d.device_id, d.title, d.host, d.uptime_seconds, d.packages, d.address, d.added_at, d.sequence,
       d.title || ' ' || d.host AS words
FROM read.devices AS d

-- name: devices.one
-- One device.
SELECT d.* FROM read.devices AS d WHERE d.device_id = :device_id

-- name: devices.exists
-- A row if there is such a device.
SELECT 1 AS found FROM read.devices AS d WHERE d.device_id = :device_id

-- name: devices.slow
-- One device, after a while: a query that takes too long.
SELECT d.*, pg_sleep(:seconds) FROM read.devices AS d
"""
TENANTS_SQL: Final = """
-- name: tenants.one
-- One tenant.
SELECT t.tenant_id, t.title, t.sequence FROM read.tenants AS t WHERE t.tenant_id = :tenant_id
"""
AUDIT_SQL: Final = """
-- name: audit.operation
-- What became of an action.
SELECT a.* FROM read.audit AS a WHERE a.action_id = :action_id
"""
HEALTH_SQL: Final = """
-- name: health.samples
-- The load of a device over time, as it was seen.
SELECT h.at, h.load FROM read.health AS h
WHERE h.device_id = :device_id AND h.at BETWEEN :from_at AND :to_at

-- name: health.binned
-- The load of a device over time, averaged.
SELECT date_bin(make_interval(secs => :step_seconds), h.at, 'epoch') AS at, avg(h.load) AS load FROM read.health AS h
WHERE h.device_id = :device_id AND h.at BETWEEN :from_at AND :to_at GROUP BY 1
"""


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One device."""

    tenant_id: UUID
    device_id: UUID
    title: str
    host: str
    uptime_seconds: float | None
    packages: list[str]
    address: str | None
    added_at: datetime
    sequence: int


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant."""

    tenant_id: UUID
    title: str
    sequence: int


class OperationRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an action."""

    tenant_id: UUID
    action_id: UUID
    command: str
    entity: str
    actor: str
    state: str
    sequence: int
    code: str
    message: str
    asked_at: datetime
    settled_at: datetime | None


class HealthPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The load of a device at one time."""

    at: datetime
    load: float | None


VIEWS: Final = (
    View(
        path="/devices",
        query="devices.list",
        row=DeviceRow,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="device_id",
        sorts=("title", "-uptime_seconds", "added_at"),
        filters=(
            Filter("title", Match.ANY_OF),
            Filter("search", Match.CONTAINS, column="words"),
            Filter("added_after", Match.AT_LEAST, column="added_at"),
            Filter("uptime_min", Match.AT_LEAST, column="uptime_seconds"),
        ),
        has_as_of=True,
    ),
    View(
        path="/devices/{device_id:uuid}",
        query="devices.one",
        row=DeviceRow,
        permission=Permission.DEVICES_READ,
        has_as_of=True,
    ),
    View(
        path="/tenants/{tenant_id:uuid}",
        query="tenants.one",
        row=TenantRow,
        permission=Permission.TENANTS_READ,
        is_platform=True,
    ),
    View(
        path="/operations/{action_id:uuid}",
        query="audit.operation",
        row=OperationRow,
        permission=Permission.DEVICES_READ,
        models=("audit",),
    ),
    View(
        path="/devices/{device_id:uuid}/health",
        query="health.samples",
        row=HealthPoint,
        permission=Permission.METRICS_READ,
        shape=Shape.SERIES,
        key="at",
        parent="devices.exists",
        resolutions=(
            Resolution("raw", 60, "health.samples", keep_days=14),
            Resolution("5m", 300, "health.binned"),
            Resolution("1h", 3600, "health.binned"),
        ),
    ),
    View(
        path="/slow",
        query="devices.slow",
        row=DeviceRow,
        permission=Permission.DEVICES_READ,
        shape=Shape.LIST,
        key="device_id",
        parameters=(Parameter("seconds", float),),
    ),
)


def queries() -> Queries:
    """The named queries of this world."""
    texts = {"devices": DEVICES_SQL, "tenants": TENANTS_SQL, "audit": AUDIT_SQL, "health": HEALTH_SQL}
    return Queries(query for word, text in texts.items() for query in parse(word, text))


class Minter:
    """Makes tokens as `commands` does, with keys of its own."""

    def __init__(self, tenant_token_key: tuple[str, str]) -> None:
        self.signing = Ed25519PrivateKey.generate()
        self._kid, key = tenant_token_key
        self._key = bytes.fromhex(key)

    async def access_keys(self) -> dict[str, bytes]:
        """What the gateway pins."""
        return {KEY_ID: self.signing.public_key().public_bytes_raw()}

    def tenant_token(self, tenant_id: UUID | None, *, lifetime_seconds: float = 600) -> str:
        """What the database checks."""
        text = f"v1.{self._kid}.{tenant_id or '*'}.{int(time.time() + lifetime_seconds)}.{uuid4()}"
        return f"{text}.{hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()}"

    def claims(self, role: Role, tenant_id: UUID | None, **others: Any) -> dict[str, Any]:
        """What an access token says; `others` replace or add, and None takes away."""
        now = int(time.time())
        claims = {
            "iss": "tod",
            "aud": "tod",
            "sub": f"user:{role}-{tenant_id}",
            "sid": str(uuid4()),
            "role": str(role),
            "iat": now,
            "exp": now + 600,
            "rls": self.tenant_token(tenant_id),
            **({} if tenant_id is None else {"tid": str(tenant_id)}),
            **others,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, role: Role, tenant_id: UUID | None, **others: Any) -> str:
        """An access token."""
        return jwt.encode(
            self.claims(role, tenant_id, **others), self.signing, algorithm="EdDSA", headers={"kid": KEY_ID}
        )


async def lay_out(url: str) -> None:
    """Make the read models of this world in a database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET ROLE tod_owner")
        await connection.execute(SCHEMA)
        for model, stream in MODELS:
            await connection.execute(WALL.format(model, stream))
    finally:
        await connection.close()


class World(msgspec.Struct):
    """What a test holds: the application, who may ask, and what stands behind."""

    gateway: Any
    minter: Minter
    tenant: TenantId
    other_tenant: TenantId
    decider: Decider
    projector: Any
    commands: Any
    announcer: Any
    build: Callable[..., Any]

    def over(self, **ports: Any) -> "World":
        """The same world behind another gateway, that stands on something else."""
        return msgspec.structs.replace(self, gateway=self.build(**ports))

    @asynccontextmanager
    async def client(self, token: str | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client inside this process; `headers` have underscores for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.gateway, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=named) as client:
            yield client

    def token(self, role: Role = Role.TENANT_ADMIN, **others: Any) -> str:
        """A token of the tenant, or of a super admin."""
        return self.minter.token(role, None if role is Role.SUPER_ADMIN else self.tenant, **others)

    async def add_rows(self, titles: list[str], tenant: UUID | None = None, **columns: Any) -> list[UUID]:
        """Put devices into the table, past the log."""
        ids = [uuid4() for _ in titles]
        moment = columns.get("added_at", datetime(2026, 1, 1, tzinfo=UTC))
        await self.projector.executemany(
            "INSERT INTO read.devices VALUES ($1, $2, $3, $4, $5, $6, '192.0.2.1', $7, $8)",
            [
                (
                    tenant or self.tenant,
                    device,
                    title,
                    "198.51.100.7",
                    uptime,
                    '["routeros"]',
                    moment,
                    columns.get("sequence", 7),
                )
                for device, title, uptime in zip(ids, titles, columns.get("uptimes", [None] * len(ids)), strict=True)
            ],
        )
        return ids

    async def announce(self, model: str, sequence: int, keys: list[str] | None, tenant: UUID | None = None) -> None:
        """Say that a model has new rows, as a projection does after its commit."""
        stream = dict(MODELS)[model]
        await self.projector.execute(
            "UPDATE tod.checkpoint SET sequence = $1 WHERE schema_name = $2", sequence, f"{model}_v1_g1"
        )
        notice = {"model": model, "stream": stream, "sequence": sequence, "keys": keys}
        await self.announcer.notify(live_subject(tenant or self.tenant, model), msgspec.json.encode(notice))
