"""One message as a projection sees it: flat, so that a compiled getter reaches every value without a detour."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote
from uuid import UUID

import msgspec
from asyncpg.pgproto.pgproto import UUID as FastUUID  # noqa: N811  # two classes of one name

from contracts.language.identity import TenantId
from contracts.language.message import Message
from contracts.language.subject import Kind

IDS_KNOWN_MAX: Final = 65_536


@lru_cache(maxsize=IDS_KNOWN_MAX)
def uuid_of(text: str) -> UUID | None:
    """A text as an id; None where it is not one. The same ids come again and again, so they are remembered.

    The class is asyncpg's: equal to the standard one wherever they meet, and hashed in C.
    """
    try:
        return FastUUID(text)
    except ValueError:
        return None


class Happened(msgspec.Struct, frozen=True):
    """A message with its place and time, both aware.

    `occurred_at` is when it happened, `recorded_at` when the stream took it; `sampled_at` is the former to the
    millisecond, which is as fine as samples are. `entity_id` is the entity as an id; None where it is not one (a
    claim's digest).

    Nothing happens after it was recorded: a clock that runs ahead is taken at the stream's word.
    """

    message: Message
    tenant_id: TenantId
    entity: str
    entity_id: UUID | None
    sequence: int
    occurred_at: datetime
    sampled_at: datetime
    recorded_at: datetime
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the message is called, `devices.renamed`."""
        return type(self.message).name

    @property
    def kind(self) -> Kind:
        """Action, fact or observation."""
        return type(self.message).kind

    @property
    def event_id(self) -> str:
        """The message's id, the same on every retry."""
        return self.headers.get("ce-id", "")

    @property
    def actor(self) -> str:
        """By whose hand: `user:<id>`, `process:<name>`; empty when nobody's."""
        return self.headers.get("tod-actor", "")

    @property
    def role(self) -> str:
        """What the actor was when it asked; empty when nobody asked."""
        return self.headers.get("tod-role", "")

    @property
    def session(self) -> str:
        """The session or key that the actor acted through; empty when none."""
        return self.headers.get("tod-session", "")

    @property
    def reason(self) -> str:
        """Why, in the actor's words; empty when none was given."""
        return unquote(self.headers.get("tod-reason", ""))

    @property
    def correlation(self) -> str:
        """The id of the action that began it all; empty when none did."""
        return self.headers.get("tod-correlation", "")

    @property
    def causation(self) -> str:
        """The id of the message that led to this one; empty when none did."""
        return self.headers.get("tod-causation", "")
