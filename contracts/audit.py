"""Facts that belong to no other word: what was asked and refused."""

from typing import ClassVar, Final

from contracts.language.identity import ActionId
from contracts.language.message import Event


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


COMMANDS: Final = ()
MESSAGES: Final = (ActionRefused, ActionChangedNothing)
