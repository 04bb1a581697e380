"""The link for somebody who is invited at the command line of the installation, where nobody is signed in yet."""

from datetime import datetime
from uuid import UUID

from commands.engine.aggregate import Aggregates, Loaded
from commands.engine.append import Case, Ledger
from commands.engine.cause import SOURCE, Cause
from commands.engine.handler import Outcomes, Trigger
from commands.engine.keys import KeyService
from commands.users import links
from commands.users.decide import decide_invite
from commands.users.finding import digest_of
from commands.users.people import PEOPLE, People
from contracts.language.access import Role
from contracts.language.delivery import Bus
from contracts.language.envelope import Envelope
from contracts.language.identity import PLATFORM, TenantId, UserId
from contracts.language.sealed import Personal, person_key, sealing_context
from contracts.users import InviteUser


async def mint_invitation(
    bus: Bus,
    keys: KeyService,
    *,
    email: str,
    name: str,
    role: Role,
    tenant_id: TenantId | None,
    public_url: str,
    user_id: UUID,
    actor: str,
    at: datetime,
) -> str:
    """Invite somebody and give the link, which is good once for seven days; no mail is sent.

    `user_id` is a new id of the caller's, `at` the time now. Raises AlreadyExists for an address that is taken,
    InvalidRequest for a role and tenant that do not go together, Unavailable when bus or key service do not answer.
    """
    home, person = tenant_id or PLATFORM, UserId(user_id)
    key = person_key(person)
    await keys.make_key(key)
    sealed = {
        field: await keys.seal(key, text, sealing_context(home, person, field))
        for field, text in {"email": email, "person": name}.items()
    }
    command = InviteUser(
        user_id=person,
        email=Personal(sealed["email"].key, sealed["email"].text),
        person=Personal(sealed["person"].key, sealed["person"].text),
        role=role,
        email_digest=await digest_of(keys, email),
    )

    def decide(loaded: Loaded[People], trigger: Trigger) -> Outcomes:
        return decide_invite(loaded.state, command, trigger, is_mailed=False)

    envelope = Envelope(
        id=str(user_id),
        occurred_at=at,
        source=SOURCE,
        actor=actor,
        correlation=str(user_id),
        role=Role.SUPER_ADMIN.value,
    )
    case = Case(fold=PEOPLE, entity=str(person), cause=Cause(envelope, home, at), decide=decide)
    await Ledger(bus, keys, Aggregates(bus)).conclude(case)
    return links.address(public_url, await links.token_of(keys, person, 1))


async def has_enrolled_anybody(bus: Bus) -> bool:
    """Whether the installation has a super admin who can sign in. Raises Unavailable."""
    people = (await Aggregates(bus).fresh(PEOPLE, PLATFORM, str(PLATFORM))).state
    return any(person.lock is not None and person.is_active for person in people.values())
