"""Links that are good once: who, which of their links, and a proof that only we can make. Nothing of them is kept.

A link ends in base64url of the user's id (16 bytes), the number of the link (4 bytes, big-endian) and an HMAC-SHA256
by a key that never leaves the key service (32 bytes). The log only knows how many links were made, and until when the
newest is good; so what the log holds opens nothing.
"""

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from commands.engine.keys import KeyService
from contracts.language.errors import LinkOver
from contracts.language.identity import UserId

_ID_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_TOKEN_BYTES: Final = _ID_BYTES + _NUMBER_BYTES + 32


async def token_of(keys: KeyService, user_id: UserId, number: int) -> str:
    """What a link ends in. Raises Unavailable."""
    proof = bytes.fromhex(await keys.fingerprint(f"users.link|{user_id}|{number}"))
    whole = user_id.bytes + number.to_bytes(_NUMBER_BYTES, "big") + proof
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


async def read(keys: KeyService, token: str) -> tuple[UserId, int]:
    """Whose link it is, and which of theirs; raises LinkOver when we never made it, or Unavailable."""
    try:
        whole = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error) as error:
        raise LinkOver from error
    if len(whole) != _TOKEN_BYTES:
        raise LinkOver
    user_id = UserId(UUID(bytes=whole[:_ID_BYTES]))
    number = int.from_bytes(whole[_ID_BYTES : _ID_BYTES + _NUMBER_BYTES], "big")
    if not hmac.compare_digest(await token_of(keys, user_id, number), token):
        raise LinkOver
    return user_id, number


def address(public_url: str, token: str) -> str:
    """The link. The token stands behind a `#`, which no browser sends to a server: it is in nobody's log."""
    return f"{public_url}/enrol#{token}"
