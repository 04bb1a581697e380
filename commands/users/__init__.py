"""Users: who may sign in and as what, how they come to a password, and how they are forgotten."""

from typing import Final

from commands.engine.handler import Handler, Process, Reaction
from commands.users.answers import ANSWERERS as ANSWERERS
from commands.users.decide import (
    decide_deactivate,
    decide_erase,
    decide_erasure_due,
    decide_invite,
    decide_invite_again,
    decide_reactivate,
    decide_rename,
    decide_set_role,
    decide_sign_out,
    decide_try_mail,
)
from commands.users.letters import erased_wishes, next_wishes
from commands.users.people import PEOPLE
from contracts.tenants import TenantErased
from contracts.users import (
    DeactivateUser,
    EraseUser,
    InviteUser,
    InviteUserAgain,
    LinkMade,
    LockChanged,
    MailTried,
    ReactivateUser,
    RenameUser,
    SetUserRole,
    SignOutUser,
    TryMail,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserErasureDue,
    UserInvited,
    UserRoleSet,
    UserSignedOut,
)

HANDLERS: Final = (
    Handler(InviteUser, PEOPLE, decide_invite),
    Handler(InviteUserAgain, PEOPLE, decide_invite_again),
    Handler(TryMail, PEOPLE, decide_try_mail),
    Handler(SetUserRole, PEOPLE, decide_set_role),
    Handler(RenameUser, PEOPLE, decide_rename),
    Handler(DeactivateUser, PEOPLE, decide_deactivate),
    Handler(ReactivateUser, PEOPLE, decide_reactivate),
    Handler(SignOutUser, PEOPLE, decide_sign_out),
    Handler(EraseUser, PEOPLE, decide_erase),
)
REACTIONS: Final = (Reaction(message=UserErasureDue, fold=PEOPLE, decide=decide_erasure_due),)
PROCESSES: Final = (
    Process(
        name="people",
        facts=(
            UserInvited,
            LinkMade,
            MailTried,
            UserEnrolled,
            LockChanged,
            UserRoleSet,
            UserDeactivated,
            UserSignedOut,
            UserErased,
        ),
        fold=PEOPLE,
        step=next_wishes,
    ),
    Process(name="people of an erased tenant", facts=(TenantErased,), fold=PEOPLE, step=erased_wishes),
)
