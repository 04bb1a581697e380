"""Device log: what a router wrote into its own log since we last looked."""

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from contracts.language.message import Observation


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. `at` is None when the device's clock makes no sense of it; `stamp` is its own text for the time."""

    id: str
    stamp: str
    at: datetime | None = None
    topics: tuple[str, ...] = ()
    message: str


class LinesLogged(Observation, frozen=True, kw_only=True):
    """Lines since the last look, oldest first. `is_gap` when the buffer turned over between two looks."""

    name: ClassVar[str] = "device_log.logged"
    lines: tuple[Line, ...]
    is_gap: bool = False


COMMANDS: Final = ()
MESSAGES: Final = (LinesLogged,)
