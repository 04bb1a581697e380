"""The SSH host key of each router: made once and kept; a backup brings it back (facts 13.12)."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import asyncssh
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from ops.simulator.release import V7
from ops.simulator.tree import SINGLE

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.tls import Vault

_RSA_BITS = 2048


class HostKeys:
    """The keys that were needed so far; RSA keys are kept in a folder, because making them takes a moment."""

    def __init__(self, vault: Vault, seed: int) -> None:
        self._vault = vault
        self._seed = seed
        self._known: dict[tuple[int, str], asyncssh.SSHKey] = {}

    async def key(self, router: Router) -> asyncssh.SSHKey:
        """Return a router's key as it is now: Ed25519 on v7, RSA on v6, which knows nothing else (facts 13.7)."""
        made = str(router.table("/ip/ssh").rows[SINGLE].get("~host-key", ""))
        found = self._known.get((router.index, made))
        if found is None:
            text = (
                self._ed25519(router, made)
                if router.release >= V7
                else await asyncio.to_thread(self._rsa, router, made)
            )
            found = self._known[router.index, made] = asyncssh.import_private_key(text)
        return found

    def _ed25519(self, router: Router, made: str) -> bytes:
        secret = hashlib.sha256(f"{self._seed}:{router.index}:{made}".encode()).digest()
        return _openssh(ed25519.Ed25519PrivateKey.from_private_bytes(secret))

    def _rsa(self, router: Router, made: str) -> bytes:
        name = hashlib.sha256(f"{self._seed}:{router.index}:{made}".encode()).hexdigest()[:24]
        path = self._vault.folder / f"ssh-{name}.pem"
        if not path.exists():
            path.write_bytes(_openssh(rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)))
        return path.read_bytes()


def _openssh(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
