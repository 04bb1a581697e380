"""What deciding needs of the key service: make and destroy keys, seal, sign, authenticate, open what is about persons.

It never opens a device credential: the policy of its process does not let it.
"""

from typing import Protocol

from contracts.language.sealed import Sealed


class KeyService(Protocol):
    """The key service. Every method raises Unavailable when it does not answer, ContractBroken when it refuses."""

    async def make_key(self, key: str) -> None:
        """Have a sealing key made; one that exists is left as it is."""
        ...

    async def destroy_key(self, key: str) -> None:
        """Destroy a sealing key for good; one that is gone already is no error."""
        ...

    async def open(self, sealed: Sealed, context: str) -> str:
        """The text again; raises ContractBroken when this process may not, or the key is gone."""
        ...

    async def fingerprint(self, text: str) -> str:
        """The HMAC-SHA256 of a text, in hexadecimal, by a key that never leaves the key service."""
        ...

    async def seal(self, key: str, plaintext: str, context: str) -> Sealed:
        """Text that only this key opens, and only in this context."""
        ...

    async def signing_version(self, key: str) -> int:
        """The newest version of a signing key, by which its public half is found."""
        ...

    async def sign(self, key: str, data: bytes, *, version: int) -> bytes:
        """The signature of one version of a key that never leaves the key service."""
        ...

    async def authenticate(self, data: str) -> str:
        """The HMAC-SHA256 of a text, in hexadecimal, by the tenant token's key."""
        ...

    async def authentication_version(self) -> str:
        """The name of the tenant token's key in use."""
        ...
