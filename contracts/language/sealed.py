"""Text that only a named key opens. It prints as stars, so that no log line and no traceback can show it."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.language.identity import PLATFORM


class Sealed(msgspec.Struct, frozen=True):
    """Ciphertext of one secret.

    `text` as the key service gave it, opened with `key` and the context it was sealed in.
    """

    key: str
    text: str

    def __repr__(self) -> str:
        return "Sealed(****)"

    __str__ = __repr__


class Personal(Sealed, frozen=True):
    """Personal data: sealed with the key of the person whom it is about, and gone for good when that key is."""


PLATFORM_KEY: Final = "tod-platform"
"""What seals the secrets of the installation itself."""


def tenant_key(tenant_id: UUID) -> str:
    """The name of the key that seals what belongs to one tenant, or to the installation."""
    return PLATFORM_KEY if tenant_id == PLATFORM else f"tenant-{tenant_id}"


def person_key(user_id: UUID) -> str:
    """The name of the key that seals what is about one person."""
    return f"person-{user_id}"


def sealing_context(tenant_id: UUID, entity: UUID | str, field: str) -> str:
    """What a ciphertext is bound to: moved to another tenant, entity or field it no longer opens."""
    return f"{tenant_id}|{entity}|{field}"
