"""Sessions: since when, renewed when, ended why. Where somebody signed in from stays sealed under their key."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.sealed import Personal
from contracts.sessions import SessionEnded, SessionOpened, SessionRenewed
from projections.engine.projection import OCCURRED_AT, Projection, Put, State


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session."""

    session_id: UUID
    user_id: UUID
    opened_at: datetime
    renewed_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    expires_at: datetime
    address: Personal
    agent: Personal


SESSIONS: Final = State("sessions", Session, entity="session_id", indexes=(("user_id", "opened_at"),))

PROJECTIONS: Final = (
    Projection(
        name="sessions",
        version=1,
        stream="LEDGER",
        tables=(SESSIONS,),
        on={
            SessionOpened: Put(SESSIONS, opened_at=OCCURRED_AT),
            SessionRenewed: Put(SESSIONS, renewed_at=OCCURRED_AT),
            SessionEnded: Put(SESSIONS, ended_at=OCCURRED_AT, end_reason="reason"),
        },
    ),
)
