"""Users: the people who may sign in, and as what.

Whoever is known by name belongs to one tenant, or, as super admin, to the installation. A name or an address is never
in the clear: it is sealed with a key of that person's own, and erasing somebody means destroying that key. What proves
a sign-in (the SRP verifier) is sealed alike; password and Secret Key never come here at all.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from contracts.language.access import Permission, Role
from contracts.language.identity import TenantId, UserId
from contracts.language.message import Command, CommandSpec, Event, Method, Question, Revocation
from contracts.language.sealed import Personal, Sealed
from contracts.language.text import LINE, MAIL_ADDRESS

Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="An e-mail address in ASCII; case does not matter.",
        extra_json_schema={"format": "email"},
    ),
]
PersonName = Annotated[str, Meta(min_length=1, max_length=120, pattern=LINE)]
LinkToken = Annotated[
    str, Meta(min_length=20, max_length=120, pattern=r"^[A-Za-z0-9_\-]+$", description="What a link ends in.")
]
SrpGroup = Annotated[str, Meta(pattern="^rfc5054-(4096|2048)$", description="A group of RFC 5054.")]
Salt = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="32 random bytes in hexadecimal.")]
Iterations = Annotated[int, Meta(ge=650_000, le=10_000_000, description="Rounds of PBKDF2.")]
Verifier = Annotated[
    str,
    Meta(
        pattern="^([0-9a-f]{512}|[0-9a-f]{1024})$",
        description="The SRP verifier in hexadecimal, as wide as its group.",
        extra_json_schema={"writeOnly": True},
    ),
]


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in is proved against; how it is made is the handbook's page on signing in."""

    group: str
    salt: str
    iterations: int
    verifier: Sealed


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


class MailSent(Event, frozen=True, kw_only=True):
    """The mail with a link was taken by a mail server, or left in the mail folder of the installation."""

    name: ClassVar[str] = "users.mail_sent"
    entity: ClassVar[str] = "user_id"
    user_id: UserId
    link: int


class MailFailed(Event, frozen=True, kw_only=True):
    """The mail with a link could not be sent; `message` says why and what to do."""

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


class SealedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Texts about a person, sealed with their key. `email_digest` stands for an address without telling it."""

    texts: dict[str, Personal]
    email_digest: str = ""


class SealPerson(Question, frozen=True, kw_only=True):
    """Seal texts about a person, making their key if there is none; only a tenant's own people, and new ones."""

    name: ClassVar[str] = "users.seal"
    answer: ClassVar[type[msgspec.Struct]] = SealedPerson
    user_id: UserId
    texts: dict[str, str]


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed text, with what it was sealed for."""

    sealed: Personal
    tenant_id: TenantId
    entity: str
    field: str


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The texts, in the order in which they were asked for; an empty one where the person has been erased."""

    texts: list[str]


class OpenPersonal(Question, frozen=True, kw_only=True):
    """Open what is personal and may be shown: names, e-mail addresses, where a session is."""

    name: ClassVar[str] = "users.open"
    answer: ClassVar[type[msgspec.Struct]] = Opened
    items: list[Locked]


class LinkShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a link is for. `tenant_title` is empty for who belongs to the installation."""

    kind: str
    user_id: UserId
    email: str
    name: str
    role: Role
    tenant_id: TenantId | None
    tenant_title: str
    expires_at: datetime


class ShowLink(Question, frozen=True, kw_only=True):
    """Say what a link is for, and whether it is good."""

    name: ClassVar[str] = "users.show_link"
    answer: ClassVar[type[msgspec.Struct]] = LinkShown
    token: LinkToken


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """Who has enrolled, and under which address they sign in."""

    user_id: UserId
    email: str


class Enrol(Question, frozen=True, kw_only=True):
    """Use up a link: sign in with what this verifier was made of from now on."""

    name: ClassVar[str] = "users.enrol"
    answer: ClassVar[type[msgspec.Struct]] = Enrolled
    token: LinkToken
    group: SrpGroup
    salt: Salt
    iterations: Iterations
    verifier: Verifier


class Nothing(msgspec.Struct, frozen=True):
    """An answer that says nothing."""


class AskReset(Question, frozen=True, kw_only=True):
    """Have a link for a reset mailed, if somebody has this address. The answer is the same either way."""

    name: ClassVar[str] = "users.ask_reset"
    answer: ClassVar[type[msgspec.Struct]] = Nothing
    email: Email


def _spec(command: type[Command], method: Method, path: str, permission: Permission) -> CommandSpec:
    return CommandSpec(command, method, f"/users/{{user_id:uuid}}{path}", permission, "users.one", at_home=True)


COMMANDS: Final = (
    CommandSpec(InviteUser, Method.POST, "/users", Permission.USERS_WRITE, "users.one", creates=True, at_home=True),
    _spec(InviteUserAgain, Method.POST, "/invitations", Permission.USERS_WRITE),
    _spec(SetUserRole, Method.PUT, "/role", Permission.USERS_WRITE),
    _spec(RenameUser, Method.PUT, "/person", Permission.SELF),
    _spec(DeactivateUser, Method.POST, "/deactivation", Permission.USERS_WRITE),
    _spec(ReactivateUser, Method.POST, "/reactivation", Permission.USERS_WRITE),
    _spec(SignOutUser, Method.DELETE, "/sessions", Permission.SELF),
    _spec(EraseUser, Method.DELETE, "", Permission.SELF),
)
QUESTIONS: Final[tuple[type[Question], ...]] = (SealPerson, OpenPersonal, ShowLink, Enrol, AskReset)
MESSAGES: Final = (
    UserInvited,
    LinkMade,
    UserEnrolled,
    LockChanged,
    UserRoleSet,
    UserRenamed,
    UserDeactivated,
    UserReactivated,
    UserSignedOut,
    UserErased,
    MailSent,
    MailFailed,
    UserRevoked,
)
