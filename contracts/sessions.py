"""Who may speak: access tokens given out. A token is never in here, only that it was given, to whom and until when."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from contracts.language.access import Role
from contracts.language.message import Event


class TokenMinted(Event, frozen=True, kw_only=True):
    """An operator of the installation made an access token for development at the command line."""

    name: ClassVar[str] = "sessions.token_minted"
    entity: ClassVar[str] = "session_id"
    session_id: UUID
    subject: str
    role: Role
    expires_at: datetime


COMMANDS: Final = ()
MESSAGES: Final = (TokenMinted,)
