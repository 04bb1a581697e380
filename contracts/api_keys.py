"""API keys: how programs speak, with no more than their scopes. A key is shown once and kept as a digest.

A key is `mktp_` and base64url of its id (16 bytes) and 32 random bytes. It is exchanged for a short access token of the
platform's own, with the role that its owner has now and the scopes that were given to it.
"""

import re
from datetime import datetime
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from contracts.language.access import Permission
from contracts.language.identity import ApiKeyId, UserId
from contracts.language.message import Command, CommandSpec, Event, Method, Question

PREFIX: Final = "mktp_"
KEY_BYTES: Final = 48
KEY: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_\-]{{64}}")
UNSCOPED: Final = frozenset(
    {Permission.SELF, Permission.USERS_WRITE, Permission.API_KEYS_WRITE, Permission.PLATFORM_WRITE}
)
"""What no key may do: look after an account, or make people, keys or settings. A stolen key makes no second one."""
KeyTitle = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]
Network = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Fa-f:.]{2,45}/[0-9]{1,3}$",
        description="A network in CIDR notation.",
        examples=["192.0.2.0/24"],
    ),
]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class IssueApiKey(Command, frozen=True, kw_only=True):
    """Make a key. The answer shows it, this once; sent again with the same Idempotency-Key it does not."""

    name: ClassVar[str] = "api_keys.issue"
    entity: ClassVar[str] = "api_key_id"
    filled: ClassVar[tuple[str, ...]] = ("digest",)
    api_key_id: ApiKeyId
    title: KeyTitle
    scopes: Annotated[tuple[Permission, ...], Meta(min_length=1, max_length=50)]
    digest: Digest
    expires_at: datetime | None = None
    networks: Annotated[tuple[Network, ...], Meta(max_length=50)] = ()


class RevokeApiKey(Command, frozen=True, kw_only=True):
    """Take a key back. What it was exchanged for is refused at once."""

    name: ClassVar[str] = "api_keys.revoke"
    entity: ClassVar[str] = "api_key_id"
    api_key_id: ApiKeyId


class ApiKeyIssued(Event, frozen=True, kw_only=True):
    """A key was made for somebody's programs. `digest` is the SHA-256 of it, in hexadecimal."""

    name: ClassVar[str] = "api_keys.issued"
    entity: ClassVar[str] = "api_key_id"
    api_key_id: ApiKeyId
    owner_id: UserId
    title: str
    scopes: tuple[Permission, ...]
    digest: str
    expires_at: datetime | None
    networks: tuple[str, ...]


class ApiKeyUsed(Event, frozen=True, kw_only=True):
    """A key was used, for the first time or for the first time in an hour."""

    name: ClassVar[str] = "api_keys.used"
    entity: ClassVar[str] = "api_key_id"
    api_key_id: ApiKeyId
    used_at: datetime


class ApiKeyRevoked(Event, frozen=True, kw_only=True):
    """A key is good no longer."""

    name: ClassVar[str] = "api_keys.revoked"
    entity: ClassVar[str] = "api_key_id"
    api_key_id: ApiKeyId


class KeyExchanged(msgspec.Struct, frozen=True, kw_only=True):
    """The access token that a key is good for, for so many seconds."""

    access_token: str
    expires_in: int


class ExchangeApiKey(Question, frozen=True, kw_only=True):
    """Give an access token for a key."""

    name: ClassVar[str] = "api_keys.exchange"
    answer: ClassVar[type[msgspec.Struct]] = KeyExchanged
    key: Annotated[str, Meta(pattern=rf"^{KEY.pattern}$")]


COMMANDS: Final = (
    CommandSpec(
        IssueApiKey,
        Method.POST,
        "/api-keys",
        Permission.API_KEYS_WRITE,
        "api_keys.one",
        creates=True,
        at_home=True,
        gives_key=True,
    ),
    CommandSpec(
        RevokeApiKey,
        Method.DELETE,
        "/api-keys/{api_key_id:uuid}",
        Permission.API_KEYS_WRITE,
        "api_keys.one",
        at_home=True,
    ),
)
QUESTIONS: Final[tuple[type[Question], ...]] = (ExchangeApiKey,)
MESSAGES: Final = (ApiKeyIssued, ApiKeyUsed, ApiKeyRevoked)
