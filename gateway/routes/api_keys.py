"""API keys: whose, for what, until when."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from gateway.http.views import Filter, Match, Shape, View


class ApiKeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `key` is the key itself, shown to whoever issued it in that one answer and null ever after."""

    tenant_id: UUID
    api_key_id: UUID
    owner_id: UUID
    title: str
    scopes: tuple[Permission, ...]
    networks: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    state: Literal["good", "expired", "revoked"]
    key: str | None
    sequence: int


VIEWS: Final = (
    View(
        path="/api-keys",
        query="api_keys.list",
        row=ApiKeyLine,
        permission=Permission.API_KEYS_READ,
        shape=Shape.LIST,
        key="api_key_id",
        sorts=("-issued_at", "title", "used_at"),
        filters=(Filter("state", Match.ANY_OF), Filter("owner_id")),
    ),
    View(
        path="/api-keys/{api_key_id:uuid}",
        query="api_keys.one",
        row=ApiKeyLine,
        permission=Permission.API_KEYS_READ,
    ),
)
