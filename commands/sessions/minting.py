"""Tokens for development, given out at the command line.

The fact comes first, so that no token exists that the log does not know.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from commands.engine.cause import SOURCE
from commands.engine.keys import KeyService
from commands.engine.tokens import Grant, access_token
from contracts.catalog import CODEC
from contracts.language.access import Role
from contracts.language.delivery import Publisher
from contracts.language.envelope import Envelope
from contracts.language.errors import InvalidRequest
from contracts.language.identity import PLATFORM, TenantId
from contracts.sessions import TokenMinted

LIFETIME_SECONDS_MAX: Final = 30 * 86_400.0
"""A token for development is good for a month at most: it cannot be taken back before it ends."""


async def mint_token(
    bus: Publisher,
    keys: KeyService,
    *,
    subject: str,
    role: Role,
    tenant_id: TenantId | None,
    lifetime_seconds: float,
    session_id: UUID,
    at: datetime,
) -> str:
    """A token for development, for `operator:<name>` at the command line; noted in the log before it is made.

    `session_id` is a new id of the caller's, `at` the time now. Raises InvalidRequest for a role and tenant that do not
    go together or for a lifetime out of range, Unavailable when bus or key service do not answer.
    """
    if (role is Role.SUPER_ADMIN) != (tenant_id is None):
        raise InvalidRequest(
            f"A token for the role {role} needs {'no tenant' if tenant_id else 'a tenant'}. "
            "Super admins see all tenants; everybody else names one."
        )
    if not 0 < lifetime_seconds <= LIFETIME_SECONDS_MAX:
        raise InvalidRequest(f"A token lives for 1 to {LIFETIME_SECONDS_MAX:g} seconds, not {lifetime_seconds:g}.")
    expires_at = at + timedelta(seconds=lifetime_seconds)
    fact = TokenMinted(session_id=session_id, subject=subject, role=role, expires_at=expires_at)
    envelope = Envelope(id=str(session_id), occurred_at=at, source=SOURCE, actor=subject, correlation=str(session_id))
    await bus.publish(CODEC.encode(fact, tenant_id or PLATFORM, envelope))
    grant = Grant(
        subject=subject, role=role, tenant_id=tenant_id, session_id=session_id, issued_at=at, expires_at=expires_at
    )
    return await access_token(keys, grant)
