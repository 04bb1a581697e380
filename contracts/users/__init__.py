"""Users: the people who may sign in, and as what.

Whoever is known by name belongs to one tenant, or, as super admin, to the installation. A name or an address is never
in the clear: it is sealed with a key of that person's own, and erasing somebody means destroying that key. What proves
a sign-in (the SRP verifier) is sealed alike; password and Secret Key never come here at all.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from contracts.language.access import Permission, Role
from contracts.language.identity import UserId
from contracts.language.message import Command, CommandSpec, Event, Method, Revocation, Timer
from contracts.language.sealed import Personal
from contracts.users.questions import QUESTIONS as QUESTIONS
from contracts.users.shapes import Email, Lock, PersonName


class InviteUser(Command, frozen=True, kw_only=True):
    """Invite somebody by mail. The link in it is good once, for seven days."""

    name: ClassVar[str] = "users.invite"
    entity: ClassVar[str] = "user_id"
    plain: ClassVar[dict[str, Any]] = {"email": Email, "person": PersonName}
    filled: ClassVar[tuple[str, ...]] = ("email_digest",)
    user_id: UserId
    email: Personal
    person: Personal
    role: Role
    email_digest: str


class InviteUserAgain(Command, frozen=True, kw_only=True):
    """Send another link: an invitation to who has not enrolled yet, or else a reset. Earlier links end."""

    name: ClassVar[str] = "users.invite_again"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class TryMail(Command, frozen=True, kw_only=True):
    """Send somebody a letter that says nothing but that letters arrive. What came of it is shown with the person."""

    name: ClassVar[str] = "users.try_mail"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class SetUserRole(Command, frozen=True, kw_only=True):
    """Let somebody do more, or less. Their sessions end."""

    name: ClassVar[str] = "users.set_role"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    role: Role


class RenameUser(Command, frozen=True, kw_only=True):
    """Write somebody's name another way."""

    name: ClassVar[str] = "users.rename"
    entity: ClassVar[str] = "user_id"
    plain: ClassVar[dict[str, Any]] = {"person": PersonName}
    user_id: UserId
    person: Personal


class DeactivateUser(Command, frozen=True, kw_only=True):
    """Let somebody in no longer. Their sessions end."""

    name: ClassVar[str] = "users.deactivate"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class ReactivateUser(Command, frozen=True, kw_only=True):
    """Let somebody in again."""

    name: ClassVar[str] = "users.reactivate"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class SignOutUser(Command, frozen=True, kw_only=True):
    """End all sessions of somebody: one's own, or, for an administrator, another's."""

    name: ClassVar[str] = "users.sign_out"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class EraseUser(Command, frozen=True, kw_only=True):
    """Forget somebody for good: oneself, or, for an administrator, another. It cannot be undone."""

    name: ClassVar[str] = "users.erase"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class UserInvited(Event, frozen=True, kw_only=True):
    """Somebody may enrol. `link` counts the links that were made for them; only the newest is good."""

    name: ClassVar[str] = "users.invited"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    email: Personal
    person: Personal
    email_digest: str
    role: Role
    link: int
    link_expires_at: datetime
    is_mailed: bool = True


class LinkMade(Event, frozen=True, kw_only=True):
    """Another link was made for somebody: to enrol, or, for who has enrolled, to do so anew."""

    name: ClassVar[str] = "users.link_made"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    link: int
    link_expires_at: datetime
    is_reset: bool = False
    is_mailed: bool = True


class MailTried(Event, frozen=True, kw_only=True):
    """Somebody is sent a letter that says nothing but that letters arrive."""

    name: ClassVar[str] = "users.mail_tried"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class UserEnrolled(Event, frozen=True, kw_only=True):
    """Somebody has chosen a password and a Secret Key, by a link that is used up now.

    `epoch` counts what ended all their sessions so far: this did.
    """

    name: ClassVar[str] = "users.enrolled"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    lock: Lock
    epoch: int


class LockChanged(Event, frozen=True, kw_only=True):
    """Somebody signs in with another password or Secret Key from now on; their sessions have ended."""

    name: ClassVar[str] = "users.lock_changed"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    lock: Lock
    epoch: int


class UserRoleSet(Event, frozen=True, kw_only=True):
    """Somebody may do more, or less; their sessions have ended."""

    name: ClassVar[str] = "users.role_set"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    role: Role
    previous_role: Role
    epoch: int


class UserRenamed(Event, frozen=True, kw_only=True):
    """Somebody's name is written another way."""

    name: ClassVar[str] = "users.renamed"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    person: Personal


class UserDeactivated(Event, frozen=True, kw_only=True):
    """Somebody is let in no longer; their sessions have ended."""

    name: ClassVar[str] = "users.deactivated"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    epoch: int


class UserReactivated(Event, frozen=True, kw_only=True):
    """Somebody is let in again; who has not enrolled yet needs a link for that."""

    name: ClassVar[str] = "users.reactivated"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    has_enrolled: bool


class UserSignedOut(Event, frozen=True, kw_only=True):
    """All sessions of somebody have ended."""

    name: ClassVar[str] = "users.signed_out"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    epoch: int


class UserErased(Event, frozen=True, kw_only=True):
    """Somebody is forgotten: their key is destroyed, and with it all that was said about them."""

    name: ClassVar[str] = "users.erased"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    epoch: int


class UserErasureDue(Timer, frozen=True, kw_only=True):
    """The tenant of somebody was erased: they are to be forgotten with it, and their address to be free again."""

    name: ClassVar[str] = "users.erasure_due"
    entity: ClassVar[str] = "user_id"
    user_id: UserId


class MailSent(Event, frozen=True, kw_only=True):
    """A letter was taken by a mail server, or left in the mail folder of the installation.

    `link` is the number of the link in it, and 0 for a letter without one.
    """

    name: ClassVar[str] = "users.mail_sent"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    link: int


class MailFailed(Event, frozen=True, kw_only=True):
    """A letter could not be sent; `message` says why and what to do. `link` as in MailSent."""

    name: ClassVar[str] = "users.mail_failed"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    link: int
    message: str


class UserRevoked(Revocation, frozen=True, kw_only=True):
    """Access tokens of somebody that were given out below this epoch are good no longer."""

    name: ClassVar[str] = "users.revoked"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    epoch: int


def _spec(command: type[Command], method: Method, path: str, permission: Permission) -> CommandSpec:
    return CommandSpec(command, method, f"/users/{{user_id:uuid}}{path}", permission, "users.one", at_home=True)


COMMANDS: Final = (
    CommandSpec(InviteUser, Method.POST, "/users", Permission.USERS_WRITE, "users.one", creates=True, at_home=True),
    _spec(InviteUserAgain, Method.POST, "/invitations", Permission.USERS_WRITE),
    _spec(TryMail, Method.POST, "/letters", Permission.USERS_WRITE),
    _spec(SetUserRole, Method.PUT, "/role", Permission.USERS_WRITE),
    _spec(RenameUser, Method.PUT, "/person", Permission.SELF),
    _spec(DeactivateUser, Method.POST, "/deactivation", Permission.USERS_WRITE),
    _spec(ReactivateUser, Method.POST, "/reactivation", Permission.USERS_WRITE),
    _spec(SignOutUser, Method.DELETE, "/sessions", Permission.SELF),
    _spec(EraseUser, Method.DELETE, "", Permission.SELF),
)
MESSAGES: Final = (
    UserInvited,
    LinkMade,
    MailTried,
    UserEnrolled,
    LockChanged,
    UserRoleSet,
    UserRenamed,
    UserDeactivated,
    UserReactivated,
    UserSignedOut,
    UserErased,
    UserErasureDue,
    MailSent,
    MailFailed,
    UserRevoked,
)
