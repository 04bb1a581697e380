"""The secrets of one installation: each made once, kept in a file that only its owner reads, and found again later."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec
import nkeys

PASSWORD_BYTES = 24
SEAL_KEY_BYTES = 32
"""What the AES-256 seal of OpenBao takes, raw."""


class AppRole(msgspec.Struct, frozen=True):
    """What a process shows OpenBao to be let in."""

    role_id: str
    secret_id: str


class Secrets:
    """A folder of secrets; asking for one that does not exist yet makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def password(self, name: str) -> str:
        """Return a random password of letters that need no quoting in an address or a configuration."""
        return self._kept(name, lambda: secrets.token_hex(PASSWORD_BYTES).encode()).read_text()

    def seed_file(self, user: str) -> Path:
        """Return the file with the nkey seed of the NATS user."""
        return self._kept(
            f"nats-{user}.seed",
            lambda: bytes(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)),
        )

    def public_key(self, user: str) -> str:
        """Return the public half of the NATS user's nkey, which is all that the server is told."""
        pair = nkeys.from_seed(bytearray(self.seed_file(user).read_bytes()))
        return bytes(pair.public_key).decode()

    def role_file(self, process: str) -> Path:
        """Return the file with the AppRole of the process at OpenBao."""
        return self._kept(
            f"openbao-{process}.json",
            lambda: msgspec.json.encode(AppRole(secrets.token_hex(16), secrets.token_hex(32))),
        )

    def role(self, process: str) -> AppRole:
        """Return the AppRole of the process at OpenBao."""
        return msgspec.json.decode(self.role_file(process).read_bytes(), type=AppRole)

    def seal_key_file(self) -> Path:
        """Return the file with the key that OpenBao unseals itself with."""
        return self._kept("openbao-seal.key", lambda: secrets.token_bytes(SEAL_KEY_BYTES))

    def _kept(self, name: str, make: Callable[[], bytes]) -> Path:
        """Return the file called `name`; of two that make it at once, the first wins and both read the same."""
        path = self.folder / name
        if not path.exists():
            draft = self.folder / f".{name}.{secrets.token_hex(4)}"
            write_private(draft, make())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, and put it in place whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
