"""Facts that belong to no other word: what was asked and refused, and who was denied what."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.language.access import Role
from contracts.language.identity import ActionId
from contracts.language.message import Event, Question


class ActionRefused(Event, frozen=True, kw_only=True):
    """A command was refused, with the reason that its caller was told."""

    name: ClassVar[str] = "audit.refused"
    entity: ClassVar[str] = "action_id"
    action_id: ActionId
    command: str
    about: str
    code: str
    message: str


class ActionChangedNothing(Event, frozen=True, kw_only=True):
    """What was asked for was so already. Like a refusal it makes sure that every action has an outcome in the log."""

    name: ClassVar[str] = "audit.changed_nothing"
    entity: ClassVar[str] = "action_id"
    action_id: ActionId
    command: str
    about: str


class AccessDenied(Event, frozen=True, kw_only=True):
    """Somebody who is signed in asked for what their role, or their key, does not hold."""

    name: ClassVar[str] = "audit.access_denied"
    entity: ClassVar[str] = "denial_id"
    denial_id: UUID
    permission: str
    method: str
    path: str


class Noted(msgspec.Struct, frozen=True):
    """It is in the log."""


class NoteDenial(Question, frozen=True, kw_only=True):
    """Note that somebody was denied something; the gateway asks it a few times a minute at most for one caller."""

    name: ClassVar[str] = "audit.note_denial"
    answer: ClassVar[type[msgspec.Struct]] = Noted
    actor: str
    role: Role
    session: str
    permission: str
    method: Annotated[str, Meta(max_length=10)]
    path: Annotated[str, Meta(max_length=400)]


COMMANDS: Final = ()
QUESTIONS: Final[tuple[type[Question], ...]] = (NoteDenial,)
MESSAGES: Final = (ActionRefused, ActionChangedNothing, AccessDenied)
