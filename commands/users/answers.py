"""What the gateway asks about people: seal and open what is personal, and what a link is good for."""

import asyncio
from collections.abc import Callable
from typing import Final

from commands.engine.handler import Outcomes, Trigger
from commands.engine.questions import Answerer, Desk, Occasion
from commands.tenants import TENANT
from commands.users import links
from commands.users.decide import decide_reset
from commands.users.finding import account_of, digest_of, holder_of, person_of, refuse_erased
from commands.users.lock import check_element
from commands.users.people import PEOPLE, People, Person, actor_of
from contracts.language.errors import ContractBroken, InvalidRequest, LinkOver, NotFound
from contracts.language.identity import PLATFORM, TenantId, UserId
from contracts.language.sealed import Personal, person_key, sealing_context
from contracts.users import UserEnrolled
from contracts.users.questions import (
    AskReset,
    Enrol,
    Enrolled,
    LinkShown,
    Locked,
    Nothing,
    Opened,
    OpenPersonal,
    SealedPerson,
    SealPerson,
    ShowLink,
)
from contracts.users.shapes import Lock

SHOWN: Final = frozenset({"email", "person", "address", "agent"})
"""What may be opened for somebody to see. A verifier is sealed with the same key, in a context that is not here."""
ITEMS_MAX: Final = 1000
RESET_SECONDS: Final = 0.5
"""Every answer to who asks for a reset takes as long, whether somebody has the address or not."""
STRANGER: Final = "stranger"


async def seal(desk: Desk, question: SealPerson, occasion: Occasion) -> SealedPerson:
    """Seal texts about somebody who is or will be of this tenant."""
    tenant_id, person = await person_of(desk.bus, desk.aggregates, question.user_id)
    if person is not None and (tenant_id != occasion.tenant_id or person.is_erased):
        raise NotFound(f"There is nobody {question.user_id} here. Look in the list of users.")
    key = person_key(question.user_id)
    if person is None:
        await refuse_erased(desk.aggregates, occasion.tenant_id)
        await desk.keys.make_key(key)
    texts = {}
    for field, text in question.texts.items():
        sealed = await desk.keys.seal(key, text, sealing_context(occasion.tenant_id, question.user_id, field))
        texts[field] = Personal(sealed.key, sealed.text)
    email = question.texts.get("email")
    return SealedPerson(texts=texts, email_digest="" if email is None else await digest_of(desk.keys, email))


async def show(desk: Desk, question: OpenPersonal, _occasion: Occasion) -> Opened:
    """Open texts that may be seen; what was sealed by a key that is gone is empty."""
    if len(question.items) > ITEMS_MAX:
        raise InvalidRequest(f"At most {ITEMS_MAX} texts are opened at once.")
    return Opened(texts=list(await asyncio.gather(*(_opened(desk, item) for item in question.items))))


async def _opened(desk: Desk, item: Locked) -> str:
    if item.field not in SHOWN or not item.sealed.key.startswith("person-"):
        raise InvalidRequest(f"A text in the field {item.field} is not for anybody to see.")
    try:
        return await desk.keys.open(item.sealed, sealing_context(item.tenant_id, item.entity, item.field))
    except ContractBroken:
        return ""


async def show_link(desk: Desk, question: ShowLink, occasion: Occasion) -> LinkShown:
    """What a good link is for."""
    tenant_id, user_id, _number, person = await _good_link(desk, question.token, occasion)
    tenant = None
    if tenant_id != PLATFORM:
        tenant = (await desk.aggregates.fresh(TENANT, tenant_id, str(tenant_id))).state
    return LinkShown(
        kind="reset" if person.is_reset else "invitation",
        user_id=user_id,
        email=await desk.keys.open(person.email, sealing_context(tenant_id, user_id, "email")),
        name=await desk.keys.open(person.person, sealing_context(tenant_id, user_id, "person")),
        role=person.role,
        tenant_id=None if tenant is None else tenant_id,
        tenant_title="" if tenant is None else tenant.title,
        expires_at=person.link_expires_at or occasion.at,
    )


async def enrol(desk: Desk, question: Enrol, occasion: Occasion) -> Enrolled:
    """Use a link up. The verifier is checked and sealed before anything is decided."""
    check_element(question.verifier, question.group, "The verifier")
    tenant_id, user_id, number, person = await _good_link(desk, question.token, occasion)
    sealed = await desk.keys.seal(
        person_key(user_id), question.verifier, sealing_context(tenant_id, user_id, "verifier")
    )
    lock = Lock(group=question.group, salt=question.salt, iterations=question.iterations, verifier=sealed)
    decide = _enrolling(user_id, number, lock)
    await occasion.decide(desk, PEOPLE, user_id, decide, actor=actor_of(user_id), tenant_id=tenant_id)
    email = await desk.keys.open(person.email, sealing_context(tenant_id, user_id, "email"))
    return Enrolled(user_id=user_id, email=account_of(email))


def _enrolling(user_id: UserId, number: int, lock: Lock) -> Callable[[People, Trigger], Outcomes]:
    def decide(people: People, trigger: Trigger) -> Outcomes:
        person = people[user_id]
        if not is_good(person, number, trigger):
            raise LinkOver
        return (UserEnrolled(user_id=user_id, lock=lock, epoch=person.epoch + 1),)

    return decide


def is_good(person: Person, number: int, trigger: Trigger) -> bool:
    """Whether a link is the newest of an active person, unused, and young enough."""
    expires_at = person.link_expires_at
    return person.is_active and number == person.link and expires_at is not None and trigger.at < expires_at


async def ask_reset(desk: Desk, question: AskReset, occasion: Occasion) -> Nothing:
    """Have a letter sent to whoever has the address, if there is a password to reset and no letter went just now."""
    user_id = await holder_of(desk.bus, await digest_of(desk.keys, question.email))
    if user_id is not None:
        tenant_id, person = await person_of(desk.bus, desk.aggregates, user_id)
        if person is not None:
            await occasion.decide(desk, PEOPLE, user_id, _resetting(user_id), actor=STRANGER, tenant_id=tenant_id)
    return Nothing()


def _resetting(user_id: UserId) -> Callable[[People, Trigger], Outcomes]:
    def decide(people: People, trigger: Trigger) -> Outcomes:
        return decide_reset(people[user_id], user_id, trigger)

    return decide


async def _good_link(desk: Desk, token: str, occasion: Occasion) -> tuple[TenantId, UserId, int, Person]:
    user_id, number = await links.read(desk.keys, token)
    tenant_id, person = await person_of(desk.bus, desk.aggregates, user_id)
    if tenant_id is None or person is None:
        raise LinkOver
    if not is_good(person, number, occasion.cause("").trigger):
        raise LinkOver
    return tenant_id, user_id, number, person


ANSWERERS: Final = (
    Answerer(question=SealPerson, answer=seal),
    Answerer(question=OpenPersonal, answer=show),
    Answerer(question=ShowLink, answer=show_link),
    Answerer(question=Enrol, answer=enrol),
    Answerer(question=AskReset, answer=ask_reset, seconds_min=RESET_SECONDS),
)
