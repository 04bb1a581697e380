"""The people who may sign in. Names and addresses stay sealed in here, under the key of whom they are about."""

from datetime import datetime
from functools import partial
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from contracts.language.access import Role
from contracts.language.sealed import Personal
from contracts.users import (
    LinkMade,
    LockChanged,
    MailFailed,
    MailSent,
    MailTried,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserInvited,
    UserReactivated,
    UserRenamed,
    UserRoleSet,
    UserSignedOut,
)
from projections.engine.projection import OCCURRED_AT, Const, Given, Happened, Projection, Put, State


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person. `state` is `invited`, `active`, `deactivated` or `erased`.

    `mail` is what came of the newest letter: `sent` or `failed`, and empty before that.
    """

    user_id: UUID
    email: Personal
    person: Personal
    role: Role
    state: str = "invited"
    invited_at: datetime
    enrolled_at: datetime | None = None
    link_expires_at: datetime | None = None
    mail: str = ""
    mail_message: str = ""


# A fact that changes nothing here moves the row's sequence all the same: it is the ETag, which a change must match.
USERS: Final = State("users", User, entity="user_id", history=True)


def _state_again(happened: Happened) -> Any:  # noqa: ANN401 - a column's value
    return "active" if cast("UserReactivated", happened.message).has_enrolled else "invited"


_unused: Final[Any] = partial(Put, USERS, link_expires_at=Const(None))
_mailed: Final[Any] = partial(Put, USERS, mail_message=Const(""))

PROJECTIONS: Final = (
    Projection(
        name="users",
        version=3,
        stream="LEDGER",
        tables=(USERS,),
        on={
            UserInvited: Put(USERS, invited_at=OCCURRED_AT),
            LinkMade: _mailed(mail=Const("")),
            MailTried: _mailed(mail=Const("")),
            MailSent: _mailed(mail=Const("sent")),
            MailFailed: Put(USERS, mail=Const("failed"), mail_message="message"),
            UserEnrolled: _unused(state=Const("active"), enrolled_at=OCCURRED_AT),
            UserRoleSet: Put(USERS),
            UserRenamed: Put(USERS),
            LockChanged: Put(USERS),
            UserSignedOut: Put(USERS),
            UserDeactivated: _unused(state=Const("deactivated")),
            UserReactivated: Put(USERS, state=Given(_state_again)),
            UserErased: _unused(state=Const("erased")),
        },
    ),
)
