"""The link for somebody who is invited at the command line of the installation, where nobody is signed in yet."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from commands.engine.aggregate import Aggregates, Loaded
from commands.engine.append import Case, Ledger
from commands.engine.cause import SOURCE, Cause
from commands.engine.handler import Outcomes, Trigger
from commands.engine.keys import KeyService
from commands.users import links
from commands.users.decide import another_link, decide_invite
from commands.users.finding import digest_of, holder_of, refuse_erased
from commands.users.people import PEOPLE, People
from contracts.language.access import Role
from contracts.language.delivery import Bus
from contracts.language.envelope import Envelope
from contracts.language.errors import InvalidRequest
from contracts.language.identity import PLATFORM, TenantId, UserId, repeatable_id
from contracts.language.sealed import Personal, person_key, sealing_context
from contracts.users import InviteUser

Decide = Callable[[Loaded[People], Trigger], Outcomes]


async def mint_invitation(
    bus: Bus,
    keys: KeyService,
    *,
    email: str,
    name: str,
    role: Role,
    tenant_id: TenantId | None,
    public_url: str,
    action_id: UUID,
    actor: str,
    at: datetime,
) -> str:
    """Invite somebody and give the link, which is good once for seven days; no mail is sent.

    Who was invited and has not enrolled is given another link; the earlier ones are good no longer. `action_id` is a
    new id of the caller's, `at` the time now. Raises AlreadyExists for an address that is taken, InvalidRequest for a
    role and tenant that do not go together or for another role than they were invited with, NotFound for a tenant that
    was erased, Unavailable when bus or key service do not answer.
    """
    home, digest = tenant_id or PLATFORM, await digest_of(keys, email)
    envelope = Envelope(
        id=str(action_id),
        occurred_at=at,
        source=SOURCE,
        actor=actor,
        correlation=str(action_id),
        role=Role.SUPER_ADMIN.value,
    )
    cause, aggregates = Cause(envelope, home, at), Aggregates(bus)
    await refuse_erased(aggregates, home)
    people = (await aggregates.fresh(PEOPLE, home, "")).state
    waiting = await holder_of(bus, digest)
    if waiting is not None and waiting in people and people[waiting].lock is None:
        user_id, decide = waiting, _another(waiting, role)
    else:
        user_id = UserId(repeatable_id(action_id, "user"))
        decide = _invited(await _sealed(keys, user_id, home, email=email, name=name, role=role, digest=digest))
    await Ledger(bus, keys, aggregates).conclude(Case(fold=PEOPLE, entity=str(user_id), cause=cause, decide=decide))
    link = (await aggregates.fresh(PEOPLE, home, "")).state[user_id].link
    return links.address(public_url, await links.token_of(keys, user_id, link))


def _another(user_id: UserId, role: Role) -> Decide:
    def decide(loaded: Loaded[People], trigger: Trigger) -> Outcomes:
        person = loaded.state[user_id]
        if person.role is not role:
            raise InvalidRequest(
                f"They are invited already, as {person.role}. Ask for a link with that role, or set another role first."
            )
        return another_link(person, user_id, trigger, is_mailed=False)

    return decide


def _invited(command: InviteUser) -> Decide:
    def decide(loaded: Loaded[People], trigger: Trigger) -> Outcomes:
        return decide_invite(loaded.state, command, trigger, is_mailed=False)

    return decide


async def _sealed(
    keys: KeyService, user_id: UserId, home: TenantId, *, email: str, name: str, role: Role, digest: str
) -> InviteUser:
    """The invitation with what is personal sealed, under a key that is made for it."""
    key = person_key(user_id)
    await keys.make_key(key)
    texts = [
        await keys.seal(key, text, sealing_context(home, user_id, field))
        for field, text in (("email", email), ("person", name))
    ]
    address, person = (Personal(sealed.key, sealed.text) for sealed in texts)
    return InviteUser(user_id=user_id, email=address, person=person, role=role, email_digest=digest)


async def has_anybody_enrolled(bus: Bus) -> bool:
    """Whether the installation has a super admin who can sign in. Raises Unavailable."""
    people = (await Aggregates(bus).fresh(PEOPLE, PLATFORM, "")).state
    return any(person.lock is not None and person.is_active for person in people.values())
