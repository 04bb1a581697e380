"""Signing in, going on, and changing what one signs in with: the questions that strangers ask.

Whether somebody has an address must not show. So an address that nobody has is answered from a keyed hash, with a salt
and a number of the group that are always the same for it; the same steps are taken either way, and no answer leaves
before a time that both ways keep to.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from commands.engine.handler import Outcomes, Trigger
from commands.engine.questions import Answerer, Desk, Occasion
from commands.engine.tokens import Grant, access_token
from commands.sessions import session as sessions
from commands.sessions import srp
from commands.sessions.session import SESSION, Session
from commands.users.finding import account_of, digest_of, holder_of, is_open, person_of
from commands.users.lock import DEFAULT_GROUP, GROUPS, check_element
from commands.users.people import PEOPLE, People, Person, actor_of, living
from contracts.language.errors import ContractBroken, NotSignedIn, SessionOver
from contracts.language.identity import PLATFORM, SessionId, TenantId, UserId, repeatable_id
from contracts.language.sealed import Personal, person_key, sealing_context
from contracts.language.streams import LEDGER
from contracts.language.subject import Kind, entity_filter, parse
from contracts.sessions import (
    BeginHandshake,
    ChangeLock,
    Handshake,
    LockProved,
    OpenSession,
    RenewSession,
    SessionEnded,
    SessionGiven,
    SessionOpened,
    SessionRenewed,
    SignInRefused,
)
from contracts.users import LockChanged
from contracts.users.shapes import Lock

HANDSHAKE_SECONDS: Final = 60
ACCESS_LIFE: Final = timedelta(minutes=15)
REFRESH_LIFE: Final = timedelta(days=7)
BEGIN_SECONDS: Final = 0.25
OPEN_SECONDS: Final = 0.35
"""How long the two steps of signing in take at least; several times what either way needs."""
ITERATIONS: Final = 650_000
STRANGER: Final = "stranger"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be behind an address, opened: for an address that nobody has, somebody made up."""

    digest: str
    account: str
    group: str
    salt: str
    iterations: int
    verifier: str
    tenant_id: TenantId = PLATFORM
    user_id: UserId | None = None
    person: Person | None = None


async def begin(desk: Desk, question: BeginHandshake, occasion: Occasion) -> Handshake:
    """The salt of an address and a fresh number, kept for one proof within a minute."""
    known = await _known(desk, await digest_of(desk.keys, question.email))
    handshake_id = occasion.id.hex
    private = await _private(desk, handshake_id)
    public = await asyncio.to_thread(srp.server_public, known.group, known.verifier, private)
    await desk.memory.remember(f"handshake:{handshake_id}", known.digest, seconds=HANDSHAKE_SECONDS)
    return Handshake(
        handshake_id=handshake_id,
        group=known.group,
        salt=known.salt,
        iterations=known.iterations,
        server_public=public,
    )


async def open_session(desk: Desk, question: OpenSession, occasion: Occasion) -> SessionGiven:
    """A session for who proves to know password and Secret Key; one text for every way to fail."""
    known, server_proof = await _proved(desk, question, occasion)
    if known.user_id is None or known.person is None:
        raise ContractBroken("A proof held for somebody made up")
    session_id = SessionId(repeatable_id(occasion.id, "session"))
    opened = SessionOpened(
        session_id=session_id,
        user_id=known.user_id,
        role=known.person.role,
        epoch=known.person.epoch,
        address=await _personal(desk, known, session_id, "address", question.address),
        agent=await _personal(desk, known, session_id, "agent", question.agent),
        expires_at=occasion.at + REFRESH_LIFE,
    )
    await occasion.decide(
        desk,
        SESSION,
        session_id,
        lambda _session, _trigger: (opened,),
        actor=actor_of(known.user_id),
        tenant_id=known.tenant_id,
    )
    held = Session(user_id=known.user_id, role=opened.role, epoch=opened.epoch, expires_at=opened.expires_at)
    return await _given(desk, occasion, known.tenant_id, session_id, held, server_proof=server_proof)


async def renew(desk: Desk, question: RenewSession, occasion: Occasion) -> SessionGiven:
    """The next tokens of a session. A refresh token that was used before ends it: two have it, and one is a thief."""
    session_id, generation = await sessions.read(desk.keys, question.refresh_token)
    delivery = await desk.bus.last(LEDGER.name, entity_filter("*", Kind.FACT, SESSION.word, session_id))
    if delivery is None:
        raise SessionOver
    tenant_id = parse(delivery.subject).tenant_id
    held = (await desk.aggregates.since(SESSION, tenant_id, str(session_id), delivery.sequence)).state
    if held is None:
        raise SessionOver
    _tenant, person = await person_of(desk.bus, desk.aggregates, held.user_id)
    is_same = person is not None and person.is_active and person.epoch == held.epoch
    is_welcome = is_same and await is_open(desk.aggregates, tenant_id)
    decide = _renewing(session_id, generation, is_welcome=is_welcome)
    await occasion.decide(desk, SESSION, session_id, decide, actor=actor_of(held.user_id), tenant_id=tenant_id)
    now = (await desk.aggregates.fresh(SESSION, tenant_id, str(session_id))).state
    if now is None or now.is_over or now.generation != generation + 1:
        raise SessionOver
    return await _given(desk, occasion, tenant_id, session_id, now)


def _renewing(
    session_id: SessionId, generation: int, *, is_welcome: bool
) -> Callable[[Session | None, Trigger], Outcomes]:
    def decide(session: Session | None, trigger: Trigger) -> Outcomes:
        if session is None or session.is_over or not is_welcome or trigger.at >= session.expires_at:
            raise SessionOver
        if generation < session.generation:
            return (SessionEnded(session_id=session_id, user_id=session.user_id, reason="reused"),)
        if generation > session.generation:
            raise SessionOver
        expires_at = trigger.at + REFRESH_LIFE
        return (SessionRenewed(session_id=session_id, generation=generation + 1, expires_at=expires_at),)

    return decide


async def change_lock(desk: Desk, question: ChangeLock, occasion: Occasion) -> LockProved:
    """Another verifier for who proves the old one. All their sessions end, this one too."""
    check_element(question.verifier, question.new_group, "The verifier")
    known, server_proof = await _proved(desk, question, occasion)
    user_id = known.user_id
    if user_id is None or user_id != question.user_id:
        raise _refusal()
    context = sealing_context(known.tenant_id, user_id, "verifier")
    sealed = await desk.keys.seal(person_key(user_id), question.verifier, context)
    lock = Lock(group=question.new_group, salt=question.new_salt, iterations=question.new_iterations, verifier=sealed)

    def decide(people: People, _trigger: Trigger) -> Outcomes:
        person = living(people, user_id)
        return (LockChanged(user_id=user_id, lock=lock, epoch=person.epoch + 1),)

    await occasion.decide(desk, PEOPLE, user_id, decide, actor=actor_of(user_id), tenant_id=known.tenant_id)
    return LockProved(server_proof=server_proof)


async def _proved(desk: Desk, question: OpenSession | ChangeLock, occasion: Occasion) -> tuple[Known, str]:
    """Who proved to be who, and our proof in return; raises NotSignedIn, and then the refusal is in the log."""
    digest = await desk.memory.take(f"handshake:{question.handshake_id}")
    if digest is None:
        raise NotSignedIn("This handshake is over: it is good for one minute and for one attempt. Begin again.")
    known = await _known(desk, digest)
    private = await _private(desk, question.handshake_id)

    def prove() -> str | None:
        return srp.proved(
            account=known.account,
            group=known.group,
            salt=known.salt,
            verifier=known.verifier,
            private=private,
            client_public=question.client_public,
            client_proof=question.client_proof,
        )

    server_proof = await asyncio.to_thread(prove)
    if server_proof is None or known.person is None:
        actor = STRANGER if known.user_id is None else actor_of(known.user_id)
        fact = SignInRefused(account=known.digest, user_id=known.user_id, reason="proof")
        await occasion.note(desk, fact, actor=actor, tenant_id=known.tenant_id)
        raise _refusal()
    return known, server_proof


def _refusal() -> NotSignedIn:
    return NotSignedIn("E-mail address, password and Secret Key do not go together. Check all three.")


async def _known(desk: Desk, digest: str) -> Known:
    """Who is behind an address. The steps for somebody made up are taken for everybody."""
    salt = await desk.keys.fingerprint(f"sessions.decoy.salt|{digest}")
    exponent = await desk.keys.fingerprint(f"sessions.decoy.verifier|{digest}")
    user_id = await holder_of(desk.bus, digest)
    found, person = await person_of(desk.bus, desk.aggregates, user_id or UserId(repeatable_id(digest)))
    group = GROUPS[DEFAULT_GROUP]
    decoy = await asyncio.to_thread(pow, int(group.generator, 16), int(exponent, 16), int(group.prime, 16))
    made_up = Known(
        digest=digest,
        account="",
        group=DEFAULT_GROUP,
        salt=salt,
        iterations=ITERATIONS,
        verifier=f"{decoy:0{group.digits}x}",
    )
    is_welcome = await is_open(desk.aggregates, found or PLATFORM)
    if user_id is None or found is None or person is None or person.lock is None or not person.is_active:
        return made_up
    if not is_welcome:
        return made_up
    lock = person.lock
    verifier, email = await asyncio.gather(
        desk.keys.open(lock.verifier, sealing_context(found, user_id, "verifier")),
        desk.keys.open(person.email, sealing_context(found, user_id, "email")),
    )
    return Known(
        digest=digest,
        account=account_of(email),
        group=lock.group,
        salt=lock.salt,
        iterations=lock.iterations,
        verifier=verifier,
        tenant_id=found,
        user_id=user_id,
        person=person,
    )


async def _private(desk: Desk, handshake_id: str) -> str:
    """The server's ephemeral number, made again from the handshake's name: nothing secret waits in the cache."""
    return await desk.keys.fingerprint(f"sessions.srp|{handshake_id}")


async def _personal(desk: Desk, known: Known, session_id: SessionId, field: str, text: str) -> Personal:
    if known.user_id is None:
        raise ContractBroken("A session is opened for nobody")
    sealed = await desk.keys.seal(person_key(known.user_id), text, sealing_context(known.tenant_id, session_id, field))
    return Personal(sealed.key, sealed.text)


async def _given(
    desk: Desk,
    occasion: Occasion,
    tenant_id: TenantId,
    session_id: SessionId,
    session: Session,
    *,
    server_proof: str = "",
) -> SessionGiven:
    """The tokens of a session as it is now."""
    tenant = None if tenant_id == PLATFORM else tenant_id
    grant = Grant(
        subject=actor_of(session.user_id),
        role=session.role,
        tenant_id=tenant,
        session_id=session_id,
        issued_at=occasion.at,
        expires_at=occasion.at + ACCESS_LIFE,
        epoch=session.epoch,
    )
    access, refresh = await asyncio.gather(
        access_token(desk.keys, grant), sessions.token_of(desk.keys, session_id, session.generation)
    )
    return SessionGiven(
        session_id=session_id,
        user_id=session.user_id,
        role=session.role,
        tenant_id=tenant,
        access_token=access,
        expires_in=int(ACCESS_LIFE.total_seconds()),
        refresh_token=refresh,
        refresh_expires_in=int(REFRESH_LIFE.total_seconds()),
        server_proof=server_proof,
    )


ANSWERERS: Final = (
    Answerer(question=BeginHandshake, answer=begin, seconds_min=BEGIN_SECONDS),
    Answerer(question=OpenSession, answer=open_session, seconds_min=OPEN_SECONDS),
    Answerer(question=ChangeLock, answer=change_lock, seconds_min=OPEN_SECONDS),
    Answerer(question=RenewSession, answer=renew),
)
