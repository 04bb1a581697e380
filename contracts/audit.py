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


COMMANDS: Final = ()
MESSAGES: Final = (ActionRefused,)
