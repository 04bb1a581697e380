"""Reading as somebody.

One read-only transaction that carries the caller's tenant token, which the database checks itself.

Three round trips a read: begin and token together, the statement, the commit. The setting ends with the transaction,
so nothing is left on the connection and the pool need not reset it.
"""

import ipaddress
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec

from contracts.language.errors import ContractBroken, InvalidRequest, NotSignedIn, TodError, Unavailable

STATEMENT_SECONDS_MAX: Final = 5.0
ACQUIRE_SECONDS_MAX: Final = 5.0
_TOKEN: Final = re.compile(r"[A-Za-z0-9._*\-]{0,400}")

Record = asyncpg.Record
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Record]"


class Statement(msgspec.Struct, frozen=True):
    """SQL of our own, and the values bound to it."""

    sql: str
    arguments: tuple[Any, ...] = ()


async def prepare(connection: "asyncpg.Connection[Record]") -> None:
    """Set up a new connection of the pool (`init=`): JSON stays the text it is and is answered as it is."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=_as_raw, format="text")


async def keep(_connection: "asyncpg.Connection[Record]") -> None:
    """Instead of the pool's RESET (`reset=`).

    A transaction-local setting leaves nothing to reset, and this saves a round trip.
    """


def _as_raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


class Tenancy:
    """The way into the database: nothing is read but through a caller's token."""

    def __init__(self, pool: "asyncpg.Pool[Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def reading(self, tenant_token: str) -> AsyncIterator[Connection]:
        """A connection inside a transaction of the caller. Errors of the database come out as ours."""
        if not _TOKEN.fullmatch(tenant_token):
            raise NotSignedIn("The tenant token has characters that none of ours has: sign in again")
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
                await connection.execute(
                    f"BEGIN READ ONLY; SELECT pg_catalog.set_config('app.tenant_token', '{tenant_token}', true)"
                )
                try:
                    yield connection
                finally:
                    if not connection.is_closed():
                        await connection.execute("ROLLBACK")
        except TodError:
            raise
        except Exception as error:
            raise _translated(error) from error

    async def rows(self, tenant_token: str, statement: Statement) -> list[Record]:
        """All rows of one statement."""
        async with self.reading(tenant_token) as connection:
            return await fetch(connection, statement)


async def fetch(connection: Connection, statement: Statement) -> list[Record]:
    """Run one statement; its plan stays with the connection."""
    return await connection.fetch(statement.sql, *statement.arguments, timeout=STATEMENT_SECONDS_MAX)


def _translated(error: Exception) -> TodError:
    match error:
        case asyncpg.InsufficientPrivilegeError() if not str(error).startswith("permission denied for"):
            return NotSignedIn("The database does not accept the tenant token any more: renew it, or sign in again")
        case asyncpg.QueryCanceledError() | TimeoutError():
            return Unavailable(
                f"The database did not answer within {STATEMENT_SECONDS_MAX:g} s: ask for less, or try again"
            )
        case asyncpg.DataError() | asyncpg.CharacterNotInRepertoireError():
            return InvalidRequest(
                "A value cannot be compared with its column: it is out of range, or holds a NUL character"
            )
        case asyncpg.PostgresConnectionError() | asyncpg.CannotConnectNowError() | asyncpg.InterfaceError() | OSError():
            return Unavailable("The database cannot be reached: try again shortly")
        case asyncpg.TooManyConnectionsError() | asyncpg.AdminShutdownError():
            return Unavailable("The database takes no more connections at the moment: try again shortly")
        case _:
            return ContractBroken(f"A query failed: {type(error).__name__}")


def _encodable(value: Any) -> Any:  # noqa: ANN401 - what a record may hold
    """What msgspec does not know by itself: a record is its columns, an address is its text."""
    if isinstance(value, Record):
        return dict(value)
    if isinstance(
        value, ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Interface | ipaddress.IPv6Interface
    ):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    raise NotImplementedError(f"A column of type {type(value).__name__} has no form in JSON")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_encodable, decimal_format="number")


def encoded(value: Any) -> bytes:  # noqa: ANN401 - records, or structs that hold records
    """Records as JSON, without a struct per row in between."""
    return _ENCODER.encode(value)


def rows_of(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Records as mappings: the encoder is quicker with them than with its hook."""
    return [dict(record) for record in records]
