"""Text that only a named key opens. It prints as stars, so that no log line and no traceback can show it."""

from uuid import UUID

import msgspec


class Sealed(msgspec.Struct, frozen=True):
    """Ciphertext of one secret.

    `text` as the key service gave it, opened with `key` and the context it was sealed in.
    """

    key: str
    text: str

    def __repr__(self) -> str:
        return "Sealed(****)"

    __str__ = __repr__


def tenant_key(tenant_id: UUID) -> str:
    """The name of the key that seals what belongs to one tenant."""
    return f"tenant-{tenant_id}"


def sealing_context(tenant_id: UUID, entity: UUID | str, field: str) -> str:
    """What a ciphertext is bound to: moved to another tenant, entity or field it no longer opens."""
    return f"{tenant_id}|{entity}|{field}"
