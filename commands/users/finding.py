"""Finding a person: by their address, which the log knows by a keyed fingerprint alone, or by their id."""

import unicodedata

from commands.engine.aggregate import Aggregates
from commands.engine.claim import Take
from commands.engine.keys import KeyService
from commands.tenants import TENANT
from commands.users.people import ADDRESS, PEOPLE, Person
from contracts.catalog import CODEC
from contracts.claims import ClaimTaken
from contracts.language.delivery import Reader
from contracts.language.errors import NotFound
from contracts.language.identity import PLATFORM, TenantId, UserId
from contracts.language.streams import LEDGER
from contracts.language.subject import Kind, entity_filter, parse


def account_of(email: str) -> str:
    """An address as it counts: NFKC, without outer blanks, in lower case. Clients do the same before they sign in."""
    return unicodedata.normalize("NFKC", email).strip().lower()


async def digest_of(keys: KeyService, email: str) -> str:
    """What stands for an address in the log. Raises Unavailable."""
    return await keys.fingerprint(f"users.email|{account_of(email)}")


async def holder_of(reader: Reader, digest: str) -> UserId | None:
    """Who has the address that a digest stands for. Raises Unavailable."""
    delivery = await reader.last(LEDGER.name, Take(ADDRESS, digest).filter(PLATFORM))
    for recorded in CODEC.decode(delivery) if delivery else ():
        if isinstance(recorded.message, ClaimTaken):
            return UserId(recorded.message.holder)
    return None


async def is_open(aggregates: Aggregates, tenant_id: TenantId) -> bool:
    """Whether the people of a tenant, or of the installation, are let in at all. Raises Unavailable."""
    if tenant_id == PLATFORM:
        return True
    return (await aggregates.fresh(TENANT, tenant_id, str(tenant_id))).state.is_open


async def refuse_erased(aggregates: Aggregates, tenant_id: TenantId) -> None:
    """Raise NotFound for a tenant that was erased: whoever came to it now would outlive it. Raises Unavailable."""
    if tenant_id != PLATFORM and (await aggregates.fresh(TENANT, tenant_id, str(tenant_id))).state.is_erased:
        raise NotFound("This tenant has been erased, and nobody can be invited to it. Create another one.")


async def person_of(
    reader: Reader, aggregates: Aggregates, user_id: UserId
) -> tuple[TenantId, Person] | tuple[None, None]:
    """Somebody by their id, and where they belong; nothing for an id that nobody has. Raises Unavailable."""
    delivery = await reader.last(LEDGER.name, entity_filter("*", Kind.FACT, PEOPLE.word, user_id))
    if delivery is None:
        return None, None
    tenant_id = parse(delivery.subject).tenant_id
    people = (await aggregates.since(PEOPLE, tenant_id, str(user_id), delivery.sequence)).state
    return tenant_id, people[user_id]
