"""The people of a tenant as deciding needs them, all of them at once: some rules hold between them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from commands.engine.claim import Claim
from commands.engine.handler import Fold
from contracts.language.access import Role
from contracts.language.errors import NotFound
from contracts.language.identity import UserId
from contracts.language.message import Event
from contracts.language.sealed import Personal
from contracts.users import (
    LinkMade,
    LockChanged,
    MailFailed,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserInvited,
    UserReactivated,
    UserRenamed,
    UserRoleSet,
    UserSignedOut,
)
from contracts.users.shapes import Lock

ADDRESS: Final = Claim(
    purpose="users.email",
    taken="Somebody is known under this e-mail address already, here or in another tenant. "
    "Invite them under another address, or erase that person first.",
    is_platform_wide=True,
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One person. `lock` is None before they enrolled; `link` is the newest link, good until `link_expires_at`.

    `is_letter_out`: that link was handed over or mailed, as far as is known.
    `epoch` counts what ended all their sessions so far.
    """

    email: Personal
    person: Personal
    email_digest: str
    role: Role
    lock: Lock | None = None
    link: int = 0
    link_expires_at: datetime | None = None
    is_reset: bool = False
    is_letter_out: bool = True
    is_active: bool = True
    is_erased: bool = False
    epoch: int = 0


People = Mapping[UserId, Person]
_replace: Final = msgspec.structs.replace

_CHANGES: Final[Mapping[type[Event], Callable[[Person, Any], Person]]] = {
    LinkMade: lambda person, fact: _replace(
        person, link=fact.link, link_expires_at=fact.link_expires_at, is_reset=fact.is_reset, is_letter_out=True
    ),
    MailFailed: lambda person, fact: _replace(person, is_letter_out=person.is_letter_out and fact.link != person.link),
    UserEnrolled: lambda person, fact: _replace(person, lock=fact.lock, link_expires_at=None, epoch=fact.epoch),
    LockChanged: lambda person, fact: _replace(person, lock=fact.lock, epoch=fact.epoch),
    UserRoleSet: lambda person, fact: _replace(person, role=fact.role, epoch=fact.epoch),
    UserRenamed: lambda person, fact: _replace(person, person=fact.person),
    UserDeactivated: lambda person, fact: _replace(person, is_active=False, link_expires_at=None, epoch=fact.epoch),
    UserReactivated: lambda person, _fact: _replace(person, is_active=True),
    UserSignedOut: lambda person, fact: _replace(person, epoch=fact.epoch),
    UserErased: lambda person, fact: _replace(
        person, is_erased=True, is_active=False, lock=None, link_expires_at=None, epoch=fact.epoch
    ),
}


def evolve(people: People, fact: Event) -> People:
    """What a fact makes of the people."""
    if isinstance(fact, UserInvited):
        invited = Person(
            email=fact.email,
            person=fact.person,
            email_digest=fact.email_digest,
            role=fact.role,
            link=fact.link,
            link_expires_at=fact.link_expires_at,
        )
        return {**people, fact.user_id: invited}
    change = _CHANGES.get(type(fact))
    if change is None:
        return people
    user_id: UserId = fact.user_id  # type: ignore[attr-defined]  # every fact of this word has one
    return {**people, user_id: change(people[user_id], fact)}


PEOPLE: Final[Fold[People]] = Fold(word="users", initial={}, evolve=evolve, is_whole=True)


def living(people: People, user_id: UserId) -> Person:
    """Somebody who can be acted on; raises NotFound."""
    person = people.get(user_id)
    if person is None or person.is_erased:
        raise NotFound(f"There is nobody {user_id} here. Look in the list of users.")
    return person


def actor_of(user_id: UserId) -> str:
    """How somebody is called as the one who acts."""
    return f"user:{user_id}"


def administrators(people: People) -> set[UserId]:
    """Who may administer them now: active, enrolled, and with the highest role that there is among them."""
    return {
        user_id
        for user_id, person in people.items()
        if person.is_active and person.lock is not None and person.role in {Role.SUPER_ADMIN, Role.TENANT_ADMIN}
    }
