"""The letters that people get: an invitation, a reset, and one that only says that letters arrive."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import Final
from uuid import UUID

import msgspec

from commands.engine.handler import DestroyKey, Post, Revoke, Trigger, Wake, Wish, Wishes
from commands.engine.keys import KeyService
from commands.engine.post import Letter, Mail
from commands.users import links
from commands.users.people import People, Person
from contracts.language.identity import TenantId, UserId
from contracts.language.message import Event
from contracts.language.sealed import person_key, sealing_context
from contracts.tenants import TenantErased
from contracts.users import (
    LinkMade,
    LockChanged,
    MailFailed,
    MailSent,
    MailTried,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserErasureDue,
    UserInvited,
    UserRevoked,
    UserRoleSet,
    UserSignedOut,
)

TEMPLATES: Final = {
    path.name: Template(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "texts").iterdir()
}
SUBJECTS: Final = {
    "invitation": "You are invited to TOD",
    "reset": "Choose another password for TOD",
    "trial": "Letters from TOD arrive",
}
NO_LINK: Final = 0


class Addressee(msgspec.Struct, frozen=True):
    """Whom a letter is for."""

    tenant_id: TenantId
    user_id: UserId
    person: Person

    async def opened(self, keys: KeyService) -> dict[str, str]:
        """Name and address. Raises Unavailable, ContractBroken when the person's key is gone."""
        email = await keys.open(self.person.email, sealing_context(self.tenant_id, self.user_id, "email"))
        name = await keys.open(self.person.person, sealing_context(self.tenant_id, self.user_id, "person"))
        return {"email": email, "name": name}


async def write(to: Addressee, keys: KeyService, public_url: str) -> Mail | None:
    """The letter with the newest link. Raises what `Addressee.opened` raises."""
    person = to.person
    if person.link_expires_at is None:
        return None
    link = links.address(public_url, await links.token_of(keys, to.user_id, person.link))
    return _written(
        "reset" if person.is_reset else "invitation",
        await to.opened(keys),
        identity=f"{to.user_id}.{person.link}",
        words={"link": link, "until": _until(person.link_expires_at)},
    )


async def write_trial(to: Addressee, trial: UUID, keys: KeyService, public_url: str) -> Mail:
    """The letter without a link. Raises what `Addressee.opened` raises."""
    return _written("trial", await to.opened(keys), identity=str(trial), words={"link": public_url})


def _written(kind: str, recipient: Mapping[str, str], *, identity: str, words: Mapping[str, str]) -> Mail:
    said = {**recipient, **words}
    return Mail(
        identity=identity,
        recipient=recipient["email"],
        recipient_name=recipient["name"],
        subject=SUBJECTS[kind],
        text=TEMPLATES[f"{kind}.txt"].substitute(said),
        html=TEMPLATES[f"{kind}.html"].substitute({word: escape(value) for word, value in said.items()}),
    )


def _until(moment: datetime) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC"


def next_wishes(people: People, fact: Event, trigger: Trigger) -> Wishes:
    """What follows for a person as they are now: a letter with their newest link, sessions ended, a key destroyed."""
    user_id: UserId = fact.user_id  # type: ignore[attr-defined]  # every fact of this word has one
    person = people[user_id]
    match fact:
        case UserInvited(is_mailed=False) | LinkMade(is_mailed=False):
            return ()
        case UserInvited(link=link) | LinkMade(link=link):
            return _letter(person, user_id, link, trigger)
        case MailTried():
            return _trial_letter(person, user_id, trigger)
        case UserErased():
            return (_ended(person, user_id), DestroyKey(person_key(user_id)))
        case UserEnrolled() | LockChanged() | UserRoleSet() | UserDeactivated() | UserSignedOut():
            return (_ended(person, user_id),)
        case _:
            return ()


def erased_wishes(people: People, _fact: TenantErased, trigger: Trigger) -> Wishes:
    """With their tenant all its people are forgotten: their keys at once, and then each of them by a fact."""
    living = [user_id for user_id, person in people.items() if not person.is_erased]
    keys = [DestroyKey(person_key(user_id)) for user_id in living]
    return (*keys, *(Wake(UserErasureDue(user_id=user_id), trigger.at) for user_id in living))


def _letter(person: Person, user_id: UserId, link: int, trigger: Trigger) -> tuple[Wish, ...]:
    if person.link != link or person.link_expires_at is None:
        return ()
    letter = Letter(
        write=partial(write, Addressee(trigger.tenant_id, user_id, person)),
        sent=MailSent(user_id=user_id, link=link),
        failed=MailFailed(user_id=user_id, link=link, message=""),
    )
    return (Post(letter),)


def _trial_letter(person: Person, user_id: UserId, trigger: Trigger) -> tuple[Wish, ...]:
    if person.is_erased:
        return ()
    letter = Letter(
        write=partial(write_trial, Addressee(trigger.tenant_id, user_id, person), trigger.identity("letter")),
        sent=MailSent(user_id=user_id, link=NO_LINK),
        failed=MailFailed(user_id=user_id, link=NO_LINK, message=""),
    )
    return (Post(letter),)


def _ended(person: Person, user_id: UserId) -> Revoke:
    return Revoke(UserRevoked(user_id=user_id, epoch=person.epoch))
