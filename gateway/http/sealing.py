"""Secrets on their way in.

Sealed before the action is published, so that what the log keeps can be opened by no one here.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from contracts.language.sealed import Sealed, sealing_context, tenant_key


class KeyService(Protocol):
    """What is asked of the key service: the gateway's policy lets it seal, and nothing else."""

    async def seal(self, key: str, plaintext: str, context: str) -> Sealed:
        """Ciphertext under a named key, bound to a context; raises Unavailable."""
        ...


async def sealed_fields(
    keys: KeyService, secrets: Mapping[str, str], *, tenant_id: UUID, entity: UUID | str
) -> dict[str, Sealed]:
    """Every secret of a body, sealed with the tenant's key and bound to the entity and the field it stands in."""
    sealed = await asyncio.gather(
        *(
            keys.seal(tenant_key(tenant_id), secret, sealing_context(tenant_id, entity, field))
            for field, secret in secrets.items()
        )
    )
    return dict(zip(secrets, sealed, strict=True))
