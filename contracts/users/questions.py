"""What the gateway asks about people: seal and open what is personal, and what a link is good for."""

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from contracts.language.access import Role
from contracts.language.identity import TenantId, UserId
from contracts.language.message import Question
from contracts.language.sealed import Personal
from contracts.users.shapes import Email, Iterations, LinkToken, Salt, SrpGroup, Verifier


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


QUESTIONS: Final[tuple[type[Question], ...]] = (SealPerson, OpenPersonal, ShowLink, Enrol, AskReset)
