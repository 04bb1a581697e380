"""The two tokens of a caller: the tenant token, checked by PostgreSQL, inside the access token, checked by the gateway.

Both are signed by the key service and given out here only; whoever holds the public key can verify an access token, and
nobody but the database can verify a tenant token.
"""

import base64
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from commands.engine.keys import KeyService
from contracts.language.access import Permission, Role
from contracts.language.identity import TenantId

ACCESS_KEY: Final = "tod-access"
ISSUER: Final = "tod"
ALL_TENANTS: Final = "*"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Who may speak, as what, for which tenant (None: for all), from when until when.

    With `epoch` counted up for the owner (the subject, unless another is named), what was given out before is good no
    longer. `scopes` are all that it may do (None: all that the role holds), `networks` where it may come from.
    """

    subject: str
    role: Role
    tenant_id: TenantId | None
    session_id: UUID
    issued_at: datetime
    expires_at: datetime
    epoch: int = 0
    owner: str = ""
    scopes: tuple[Permission, ...] | None = None
    networks: tuple[str, ...] = ()


async def tenant_token(keys: KeyService, grant: Grant) -> str:
    """What opens the rows of a tenant: `v1.<key>.<tenant or *>.<expiry>.<session>.<hmac>`. Raises Unavailable."""
    tenant = ALL_TENANTS if grant.tenant_id is None else str(grant.tenant_id)
    key = await keys.authentication_version()
    claims = f"v1.{key}.{tenant}.{_epoch(grant.expires_at)}.{grant.session_id}"
    return f"{claims}.{await keys.authenticate(claims)}"


async def access_token(keys: KeyService, grant: Grant) -> str:
    """The signed JWT (RFC 7519, EdDSA as in RFC 8037) that stands for a grant. Raises Unavailable."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": grant.subject,
        "sid": str(grant.session_id),
        "role": grant.role.value,
        "iat": _epoch(grant.issued_at),
        "exp": _epoch(grant.expires_at),
        "rls": await tenant_token(keys, grant),
        "epoch": grant.epoch,
    }
    if grant.tenant_id is not None:
        claims["tid"] = str(grant.tenant_id)
    if grant.owner:
        claims["own"] = grant.owner
    if grant.scopes is not None:
        claims["scp"] = list(grant.scopes)
    if grant.networks:
        claims["net"] = list(grant.networks)
    version = await keys.signing_version(ACCESS_KEY)
    header = {"alg": "EdDSA", "typ": "JWT", "kid": f"v{version}"}
    signed = f"{_segment(msgspec.json.encode(header))}.{_segment(msgspec.json.encode(claims))}"
    signature = await keys.sign(ACCESS_KEY, signed.encode(), version=version)
    return f"{signed}.{_segment(signature)}"


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _segment(content: bytes) -> str:
    """Base64url without padding, as JWTs are written."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
