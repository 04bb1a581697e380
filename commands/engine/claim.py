"""Uniqueness: a name or address that one entity holds, taken in the same batch as the fact that needs it.

A claim is an entity of its own, under a digest of what is claimed. Nobody else can have taken it in between, because
the batch expects the claim's last fact to be the one that was read. Release needs no expectation: only the holder
decides it.
"""

from uuid import UUID

import msgspec

from contracts.claims import ClaimReleased, ClaimTaken, claim_id
from contracts.language.identity import PLATFORM, TenantId
from contracts.language.subject import Kind, entity_filter

WORD = ClaimTaken.name.partition(".")[0]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of name or address that only one entity of a tenant (or of the installation) may hold.

    `taken` is what a person reads when somebody else holds it; `{value}` stands for the text that was asked for.
    """

    purpose: str
    taken: str
    is_platform_wide: bool = False

    def home(self, tenant_id: TenantId) -> TenantId:
        """The tenant under whose subject the claim's facts lie."""
        return PLATFORM if self.is_platform_wide else tenant_id


class Take(msgspec.Struct, frozen=True):
    """Outcome: hold a name from now on; refused when somebody else holds it."""

    claim: Claim
    value: str

    @property
    def entity(self) -> str:
        """What the claim is called in the log."""
        return claim_id(self.claim.purpose, self.value)

    def filter(self, tenant_id: TenantId) -> str:
        """The subjects of everything that was ever said of this name."""
        return entity_filter(self.claim.home(tenant_id), Kind.FACT, WORD, self.entity)

    def fact(self, holder: UUID) -> ClaimTaken:
        """What is written when it succeeds."""
        return ClaimTaken(claim=self.entity, purpose=self.claim.purpose, holder=holder)

    @property
    def refusal(self) -> str:
        """What a person reads when it does not."""
        return self.claim.taken.format(value=self.value)


class Release(msgspec.Struct, frozen=True):
    """Outcome: hold a name no longer."""

    claim: Claim
    value: str

    def fact(self, holder: UUID) -> ClaimReleased:
        """What is written."""
        return ClaimReleased(claim=claim_id(self.claim.purpose, self.value), purpose=self.claim.purpose, holder=holder)


def exchange(claim: Claim, old: str, new: str) -> tuple[Take | Release, ...]:
    """Give one name up for another; nothing when both count as the same (case and outer blanks are not told apart)."""
    if claim_id(claim.purpose, old) == claim_id(claim.purpose, new):
        return ()
    return (Take(claim, new), Release(claim, old))
