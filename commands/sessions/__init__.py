"""Sessions: signing in without ever seeing a password, going on, and ending; and tokens for development."""

from typing import Final

from commands.engine.handler import Handler, Outcomes, Process, Revoke, Trigger, Wishes
from commands.sessions.answers import ANSWERERS as ANSWERERS
from commands.sessions.minting import mint_token as mint_token
from commands.sessions.session import SESSION, Session
from commands.users.people import actor_of
from contracts.language.access import Permission, Role, is_allowed, may_grant
from contracts.language.errors import NotFound, NotPermitted
from contracts.sessions import EndSession, SessionEnded, SessionRevoked


def decide_end(session: Session | None, command: EndSession, trigger: Trigger) -> Outcomes:
    """One's own session is over, or, for an administrator, that of somebody who holds no more than they do."""
    if session is None:
        raise NotFound(f"There is no session {command.session_id}. Look in the list of sessions.")
    if trigger.actor != actor_of(session.user_id):
        held = Role(trigger.role) if trigger.role else None
        if held is None or not is_allowed(held, Permission.USERS_WRITE) or not may_grant(held, session.role):
            raise NotPermitted("This is somebody else's session: only they, or an administrator, may end it.")
    if session.is_over:
        return ()
    return (SessionEnded(session_id=command.session_id, user_id=session.user_id, reason="signed_out"),)


def next_wishes(_session: Session | None, fact: SessionEnded, _trigger: Trigger) -> Wishes:
    """Whoever holds an access token of it is refused from now on."""
    return (Revoke(SessionRevoked(session_id=fact.session_id)),)


HANDLERS: Final = (Handler(EndSession, SESSION, decide_end),)
PROCESSES: Final = (Process(name="sessions", facts=(SessionEnded,), fold=SESSION, step=next_wishes),)
