"""The two letters that people get: an invitation, and a reset."""

from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from commands.engine.handler import DestroyKey, Post, Revoke, Trigger, Wish, Wishes
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
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserInvited,
    UserRevoked,
    UserRoleSet,
    UserSignedOut,
)

TEXTS: Final = Path(__file__).parent / "texts"
SUBJECTS: Final = {"invitation": "You are invited to TOD", "reset": "Choose another password for TOD"}


async def write(tenant_id: TenantId, user_id: UserId, person: Person, keys: KeyService, public_url: str) -> Mail | None:
    """The letter with the newest link. Raises Unavailable, ContractBroken when the person's key is gone."""
    expires_at = person.link_expires_at
    if expires_at is None:
        return None
    kind = "reset" if person.is_reset else "invitation"
    email = await keys.open(person.email, sealing_context(tenant_id, user_id, "email"))
    name = await keys.open(person.person, sealing_context(tenant_id, user_id, "person"))
    link = links.address(public_url, await links.token_of(keys, user_id, person.link))
    words = {"name": name, "link": link, "email": email, "until": _until(expires_at)}
    text = Template((TEXTS / f"{kind}.txt").read_text(encoding="utf-8"))
    html = Template((TEXTS / f"{kind}.html").read_text(encoding="utf-8"))
    return Mail(
        identity=f"{user_id}.{person.link}",
        recipient=email,
        recipient_name=name,
        subject=SUBJECTS[kind],
        text=text.substitute(words),
        html=html.substitute({word: escape(said) for word, said in words.items()}),
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
        case UserErased():
            return (_ended(person, user_id), DestroyKey(person_key(user_id)))
        case UserEnrolled() | LockChanged() | UserRoleSet() | UserDeactivated() | UserSignedOut():
            return (_ended(person, user_id),)
        case _:
            return ()


def erased_wishes(people: People, _fact: TenantErased, _trigger: Trigger) -> Wishes:
    """With their tenant all its people are forgotten."""
    return tuple(DestroyKey(person_key(user_id)) for user_id in people)


def _letter(person: Person, user_id: UserId, link: int, trigger: Trigger) -> tuple[Wish, ...]:
    if person.link != link or person.link_expires_at is None:
        return ()
    letter = Letter(
        write=partial(write, trigger.tenant_id, user_id, person),
        sent=MailSent(user_id=user_id, link=link),
        failed=MailFailed(user_id=user_id, link=link, message=""),
    )
    return (Post(letter),)


def _ended(person: Person, user_id: UserId) -> Revoke:
    return Revoke(UserRevoked(user_id=user_id, epoch=person.epoch))
