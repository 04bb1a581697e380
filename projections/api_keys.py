"""API keys: whose, for what, until when, used when. Not the keys, and not their digests."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.api_keys import ApiKeyIssued, ApiKeyRevoked, ApiKeyUsed
from projections.engine.projection import OCCURRED_AT, Projection, Put, State


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key."""

    api_key_id: UUID
    owner_id: UUID
    title: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


API_KEYS: Final = State("api_keys", ApiKey, entity="api_key_id", history=True)

PROJECTIONS: Final = (
    Projection(
        name="api_keys",
        version=1,
        stream="LEDGER",
        tables=(API_KEYS,),
        on={
            ApiKeyIssued: Put(API_KEYS, issued_at=OCCURRED_AT),
            ApiKeyUsed: Put(API_KEYS),
            ApiKeyRevoked: Put(API_KEYS, revoked_at=OCCURRED_AT),
        },
    ),
)
