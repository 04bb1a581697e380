"""The trail of what was asked and done, by actor, device, name, outcome and time; and what became of one action."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from gateway.http.views import Filter, Match, Reveal, Shape, View

Outcome = Literal["accepted", "done", "refused"]


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One action with its outcome, or one fact that no action asked for. `details` hold no secret, not even sealed.

    `session` is the session or key that the actor acted through, `address` where that is from; `reason` is the actor's
    own. Who is of the installation, or has been erased, is not named to a tenant.
    """

    tenant_id: UUID
    entry_id: str
    kind: Literal["action", "fact"]
    name: str
    about_id: UUID | None
    about_title: str | None
    actor: str
    actor_tenant_id: UUID | None
    actor_id: UUID | None
    actor_name: str | None
    role: str
    session: str
    session_id: UUID | None
    address: str | None
    reason: str
    asked_at: datetime
    settled_at: datetime | None
    outcome: Outcome
    code: str
    message: str
    correlation: str
    causation: str
    details: dict[str, Any]
    sequence: int


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an action; `sequence` is that of the last fact it led to."""

    tenant_id: UUID
    action_id: UUID
    command: str
    entity: str
    actor: str
    state: Outcome
    sequence: int
    code: str
    message: str
    asked_at: datetime
    settled_at: datetime | None


VIEWS: Final = (
    View(
        path="/audit",
        query="audit.list",
        row=AuditLine,
        permission=Permission.AUDIT_READ,
        shape=Shape.LIST,
        key="entry_id",
        sorts=("-asked_at",),
        filters=(
            Filter("actor", Match.ANY_OF),
            Filter("about_id", description="The device or other thing it is about."),
            Filter("name", Match.ANY_OF, description="A command or fact, such as devices.rename."),
            Filter("kind", Match.ANY_OF),
            Filter("outcome", Match.ANY_OF),
            Filter("code", Match.ANY_OF),
            Filter("correlation"),
            Filter("session"),
            Filter("text", Match.TEXT, description="Words in anything of the line; `-word`, `or` and quotes as usual."),
            Filter("from_at", Match.AT_LEAST, column="asked_at"),
            Filter("to_at", Match.AT_MOST, column="asked_at"),
            Filter("search", Match.CONTAINS, column="words", description="In name, actor, device, code or message."),
        ),
        models=("audit", "devices", "users", "sessions"),
        reveals=(
            Reveal("actor_name", "actor_id", field="person", tenant="actor_tenant_id"),
            Reveal("address", "session_id", tenant="actor_tenant_id"),
        ),
    ),
    View(
        path="/operations/{action_id:uuid}",
        query="audit.operation",
        row=Operation,
        permission=Permission.DEVICES_READ,
        models=("audit",),
    ),
)
