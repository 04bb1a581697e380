"""The list of slices: every command, event, observation, job, report and timer of the house, by name.

No other logic.
"""

from typing import Final

from contracts import (
    api_keys,
    audit,
    claims,
    clients,
    device_log,
    devices,
    health,
    interfaces,
    polls,
    reachability,
    routes,
    sessions,
    settings,
    tenants,
    topology,
    users,
    wireless,
)
from contracts.language.codec import Codec, Retired
from contracts.language.message import CommandSpec, Message, Question

SLICES: Final = (
    api_keys,
    audit,
    claims,
    clients,
    device_log,
    devices,
    health,
    interfaces,
    polls,
    reachability,
    routes,
    sessions,
    settings,
    tenants,
    topology,
    users,
    wireless,
)

COMMANDS: Final[tuple[CommandSpec, ...]] = tuple(spec for word in SLICES for spec in word.COMMANDS)
MESSAGES: Final[tuple[type[Message], ...]] = tuple(shape for word in SLICES for shape in word.MESSAGES)
QUESTIONS: Final[tuple[type[Question], ...]] = tuple(
    question for word in SLICES for question in getattr(word, "QUESTIONS", ())
)
RETIRED: Final[tuple[Retired, ...]] = tuple(old for word in SLICES for old in getattr(word, "RETIRED", ()))

CODEC: Final = Codec((*MESSAGES, *(spec.command for spec in COMMANDS)), RETIRED)
"""Reads and writes every message there is."""
