"""From what a person knows and has to the number that is proved: two-secret key derivation, version 1.

HKDF is that of RFC 5869 and PBKDF2 that of RFC 8018, both with SHA-256; texts are UTF-8.
"""

import hashlib
import unicodedata
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ITERATIONS: Final = 650_000
WIDTH: Final = 32


def account_of(email: str) -> str:
    """An address as it counts: NFKC, without outer blanks, in lower case."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def exponent(*, email: str, password: str, secret_key: bytes, salt: bytes, iterations: int = ITERATIONS) -> bytes:
    """The private exponent `x`, 32 bytes, of which the server knows the power and nothing else.

    Takes a tenth of a second by intent.
    """
    account = account_of(email).encode()
    known = unicodedata.normalize("NFKC", password).encode()
    stretched = hashlib.pbkdf2_hmac("sha256", known, _hkdf(salt, account, b"tod-2skd-salt-v1"), iterations, WIDTH)
    held = _hkdf(secret_key, account, b"tod-2skd-secret-v1")
    mixed = bytes(left ^ right for left, right in zip(stretched, held, strict=True))
    return _hkdf(mixed, b"", b"tod-srp-x-v1")


def _hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=WIDTH, salt=salt, info=info).derive(secret)
