"""The people of a tenant, and who one is oneself. Names and addresses are opened for this answer and kept nowhere."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.language.access import Permission, Role
from gateway.http.views import Filter, Match, Reveal, Shape, View

State = Literal["invited", "active", "deactivated", "erased"]


class UserLine(msgspec.Struct, frozen=True, kw_only=True):
    """One person. `email` and `person` are empty once they are erased; `mail` tells of the newest letter."""

    tenant_id: UUID
    user_id: UUID
    email: str
    person: str
    role: Role
    state: State
    invited_at: datetime
    enrolled_at: datetime | None
    signed_in_at: datetime | None
    link_expires_at: datetime | None
    mail: Literal["", "sent", "failed"]
    mail_message: str
    sequence: int


_REVEALS: Final = (Reveal("email", "user_id"), Reveal("person", "user_id"))

VIEWS: Final = (
    View(
        path="/users",
        query="users.list",
        row=UserLine,
        permission=Permission.USERS_READ,
        shape=Shape.LIST,
        key="user_id",
        sorts=("-invited_at", "role", "state"),
        filters=(Filter("role", Match.ANY_OF), Filter("state", Match.ANY_OF)),
        models=("users", "sessions"),
        past="users.list_past",
        reveals=_REVEALS,
    ),
    View(
        path="/users/{user_id:uuid}",
        query="users.one",
        row=UserLine,
        permission=Permission.USERS_READ,
        models=("users", "sessions"),
        past="users.one_past",
        reveals=_REVEALS,
    ),
    View(
        path="/me",
        query="users.me",
        row=UserLine,
        permission=Permission.SELF,
        models=("users", "sessions"),
        reveals=_REVEALS,
        is_platform=True,
    ),
)
