"""Typed ids, and ids that come out the same whenever they are made from the same parts."""

from typing import Final, NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", UUID)
DeviceId = NewType("DeviceId", UUID)
ActionId = NewType("ActionId", UUID)
JobId = NewType("JobId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)

PLATFORM: Final = TenantId(UUID(int=0))
"""The tenant that stands for the installation itself."""

_NAMESPACE: Final = UUID("6f6d9c1e-0d0b-5e0c-9a55-746f64000000")


def repeatable_id(*parts: object) -> UUID:
    """One id for one list of parts, for ever: a retry of the same thing has the same id (RFC 9562, version 5)."""
    return uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))
