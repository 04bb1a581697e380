"""Who may speak: sign-ins, the sessions they open, and access tokens for development. No token is ever in here."""

from datetime import datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.language.access import Permission, Role
from contracts.language.identity import SessionId, TenantId, UserId
from contracts.language.message import Command, CommandSpec, Event, Method, Question, Revocation
from contracts.language.sealed import Personal

PublicNumber = Annotated[
    str, Meta(pattern="^([0-9a-f]{512}|[0-9a-f]{1024})$", description="In hexadecimal, as wide as the group.")
]
Proof = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hexadecimal.")]
HandshakeId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Account = Annotated[str, Meta(min_length=3, max_length=254, description="The e-mail address that was enrolled.")]
Agent = Annotated[str, Meta(max_length=200)]
RefreshToken = Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_\-]+$")]


class TokenMinted(Event, frozen=True, kw_only=True):
    """An operator of the installation made an access token for development at the command line."""

    name: ClassVar[str] = "sessions.token_minted"
    entity: ClassVar[str] = "session_id"
    session_id: UUID
    subject: str
    role: Role
    expires_at: datetime


class SessionOpened(Event, frozen=True, kw_only=True):
    """Somebody signed in, from an address and with a program that only they, while they are known, can be told of.

    It lasts until `expires_at` unless it is renewed. `epoch` is that of the user: a higher one ends the session.
    """

    name: ClassVar[str] = "sessions.opened"
    entity: ClassVar[str] = "session_id"
    session_id: SessionId
    user_id: UserId
    role: Role
    epoch: int
    address: Personal
    agent: Personal
    expires_at: datetime


class SessionRenewed(Event, frozen=True, kw_only=True):
    """A session goes on. `generation` counts its refresh tokens; only the newest is good, and only once."""

    name: ClassVar[str] = "sessions.renewed"
    entity: ClassVar[str] = "session_id"
    session_id: SessionId
    generation: int
    expires_at: datetime


class SessionEnded(Event, frozen=True, kw_only=True):
    """A session is over. `reason` is `signed_out`, or `reused` when a refresh token was shown a second time."""

    name: ClassVar[str] = "sessions.ended"
    entity: ClassVar[str] = "session_id"
    session_id: SessionId
    user_id: UserId
    reason: str


class SignInRefused(Event, frozen=True, kw_only=True):
    """Somebody could not prove who they are. `account` stands for the address without telling it.

    `user_id` is missing where nobody has that address.
    """

    name: ClassVar[str] = "sessions.sign_in_refused"
    entity: ClassVar[str] = "account"
    account: str
    user_id: UserId | None
    reason: str


class SessionRevoked(Revocation, frozen=True, kw_only=True):
    """Access tokens of a session are good no longer."""

    name: ClassVar[str] = "sessions.revoked"
    entity: ClassVar[str] = "session_id"
    session_id: SessionId


class EndSession(Command, frozen=True, kw_only=True):
    """End one session: one's own, or, for an administrator, another's."""

    name: ClassVar[str] = "sessions.end"
    entity: ClassVar[str] = "session_id"
    session_id: SessionId


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs for its proof. It is good once, for a minute."""

    handshake_id: HandshakeId
    group: str
    salt: str
    iterations: int
    server_public: PublicNumber


class BeginHandshake(Question, frozen=True, kw_only=True):
    """Begin to sign in. Addresses that nobody has are answered like others."""

    name: ClassVar[str] = "sessions.begin"
    answer: ClassVar[type[msgspec.Struct]] = Handshake
    email: Account


class SessionGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A session's tokens, and whose they are. `server_proof` is empty when it was renewed. Times in seconds."""

    session_id: SessionId
    user_id: UserId
    role: Role
    tenant_id: TenantId | None
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    server_proof: str = ""


class OpenSession(Question, frozen=True, kw_only=True):
    """Prove who one is, and be given a session."""

    name: ClassVar[str] = "sessions.open"
    answer: ClassVar[type[msgspec.Struct]] = SessionGiven
    handshake_id: HandshakeId
    client_public: PublicNumber
    client_proof: Proof
    address: str
    agent: Agent


class RenewSession(Question, frozen=True, kw_only=True):
    """Go on with a session. One that is shown twice ends it: somebody else has it too."""

    name: ClassVar[str] = "sessions.renew"
    answer: ClassVar[type[msgspec.Struct]] = SessionGiven
    refresh_token: RefreshToken


class LockProved(msgspec.Struct, frozen=True, kw_only=True):
    """The old password was proved, and the new one counts from now on."""

    server_proof: str


class ChangeLock(Question, frozen=True, kw_only=True):
    """Sign in with another password or Secret Key from now on, proving the old ones."""

    name: ClassVar[str] = "sessions.change_lock"
    answer: ClassVar[type[msgspec.Struct]] = LockProved
    user_id: UserId
    handshake_id: HandshakeId
    client_public: PublicNumber
    client_proof: Proof
    new_group: Annotated[str, Meta(pattern="^rfc5054-(4096|2048)$")]
    new_salt: Proof
    new_iterations: Annotated[int, Meta(ge=650_000, le=10_000_000)]
    verifier: PublicNumber


COMMANDS: Final = (
    CommandSpec(
        EndSession,
        Method.DELETE,
        "/sessions/{session_id:uuid}",
        Permission.SELF,
        "sessions.one",
        at_home=True,
    ),
)
QUESTIONS: Final[tuple[type[Question], ...]] = (BeginHandshake, OpenSession, RenewSession, ChangeLock)
MESSAGES: Final = (TokenMinted, SessionOpened, SessionRenewed, SessionEnded, SignInRefused, SessionRevoked)
