"""A session as deciding needs it, and the refresh token that goes with it.

A refresh token is base64url of the session's id (16 bytes), its generation (4 bytes, big-endian) and an HMAC-SHA256 by
a key that never leaves the key service. The log knows how often a session was renewed, and nothing that renews it.
"""

import base64
import binascii
import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from commands.engine.handler import Fold
from commands.engine.keys import KeyService
from contracts.language.access import Role
from contracts.language.errors import SessionOver
from contracts.language.identity import SessionId, UserId
from contracts.language.message import Event
from contracts.sessions import SessionEnded, SessionOpened, SessionRenewed

_ID_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_TOKEN_BYTES: Final = _ID_BYTES + _NUMBER_BYTES + 32


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session. `generation` is that of the refresh token that is good; `epoch` that of its user when it began."""

    user_id: UserId
    role: Role
    epoch: int
    expires_at: datetime
    generation: int = 1
    is_over: bool = False


def evolve(session: Session | None, fact: Event) -> Session | None:
    """What a fact makes of the session; None as long as there is none."""
    match fact:
        case SessionOpened():
            return Session(user_id=fact.user_id, role=fact.role, epoch=fact.epoch, expires_at=fact.expires_at)
        case SessionRenewed() if session is not None:
            return msgspec.structs.replace(session, generation=fact.generation, expires_at=fact.expires_at)
        case SessionEnded() if session is not None:
            return msgspec.structs.replace(session, is_over=True)
        case _:
            return session


SESSION: Final[Fold[Session | None]] = Fold(word="sessions", initial=None, evolve=evolve, is_overwriting=True)


async def token_of(keys: KeyService, session_id: SessionId, generation: int) -> str:
    """The refresh token of one generation. Raises Unavailable."""
    proof = bytes.fromhex(await keys.fingerprint(f"sessions.refresh|{session_id}|{generation}"))
    whole = session_id.bytes + generation.to_bytes(_NUMBER_BYTES, "big") + proof
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


async def read(keys: KeyService, token: str) -> tuple[SessionId, int]:
    """Whose refresh token it is, and of which generation; raises SessionOver when we never made it, or Unavailable."""
    try:
        whole = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error) as error:
        raise SessionOver from error
    if len(whole) != _TOKEN_BYTES:
        raise SessionOver
    session_id = SessionId(UUID(bytes=whole[:_ID_BYTES]))
    generation = int.from_bytes(whole[_ID_BYTES : _ID_BYTES + _NUMBER_BYTES], "big")
    if not hmac.compare_digest(await token_of(keys, session_id, generation), token):
        raise SessionOver
    return session_id, generation
