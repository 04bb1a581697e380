"""Claims: a name or address that only one entity may hold. A claim commits in one batch with the fact that needs it."""

import hashlib
from typing import ClassVar, Final
from uuid import UUID

from contracts.language.message import Event


class ClaimTaken(Event, frozen=True, kw_only=True):
    """Somebody holds it now."""

    name: ClassVar[str] = "claims.taken"
    entity: ClassVar[str] = "claim"
    claim: str
    purpose: str
    holder: UUID


class ClaimReleased(Event, frozen=True, kw_only=True):
    """Nobody holds it any more."""

    name: ClassVar[str] = "claims.released"
    entity: ClassVar[str] = "claim"
    claim: str
    purpose: str
    holder: UUID


def claim_id(purpose: str, value: str) -> str:
    """The entity of a claim: a digest, so that any text fits into a subject and none is read from it."""
    folded = value.casefold().strip()
    return hashlib.sha256(f"{purpose}\x1f{folded}".encode()).hexdigest()[:40]


COMMANDS: Final = ()
MESSAGES: Final = (ClaimTaken, ClaimReleased)
