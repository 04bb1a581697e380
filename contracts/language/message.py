"""The shapes a message can have.

What is asked (Command), what is so (Event), what was seen (Observation), and what the house asks of itself.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from contracts.language.access import Permission
from contracts.language.subject import Kind


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whatever travels. `name` is `word.what`, `entity` the field that holds the id of what it is about."""

    kind: ClassVar[Kind]
    name: ClassVar[str]
    version: ClassVar[int] = 1
    entity: ClassVar[str]


class Event(Message, frozen=True, kw_only=True):
    """A fact: decided, or happened. Kept for ever in the LEDGER; only `commands` appends one."""

    kind: ClassVar[Kind] = Kind.FACT


class Observation(Message, frozen=True, kw_only=True):
    """Something a device said. A part of a poll has no id field of its own: the envelope's entity is the device."""

    kind: ClassVar[Kind] = Kind.OBSERVATION
    entity: ClassVar[str] = ""


class Command(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants; travels as an action.

    Fields of type Sealed or Personal arrive over HTTP as plain text and are sealed at once; `plain` says what text a
    personal one must be. The fields in `filled` are not sent at all: the platform makes them while it seals; those in
    `given` have one value always.
    """

    kind: ClassVar[Kind] = Kind.ACTION
    plain: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    filled: ClassVar[tuple[str, ...]] = ()
    given: ClassVar[Mapping[str, Any]] = MappingProxyType({})


class Job(Message, frozen=True, kw_only=True):
    """Work on one device, asked of the pollers by a process or reaction of `commands`."""

    kind: ClassVar[Kind] = Kind.JOB


class Report(Message, frozen=True, kw_only=True):
    """What a poller found out and `commands` must turn into a fact.

    A job's outcome, a device gone, a certificate seen.
    """

    kind: ClassVar[Kind] = Kind.REPORT


class Timer(Message, frozen=True, kw_only=True):
    """A time that a process asked to be woken at; it comes back as a due message with the same body."""

    kind: ClassVar[Kind] = Kind.TIMER


class Revocation(Message, frozen=True, kw_only=True):
    """Something that was given out is good no longer; kept for as long as it could have been used.

    Every gateway follows these, and reads the ones that are kept before it serves anybody.
    """

    kind: ClassVar[Kind] = Kind.REVOKED


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the gateway asks `commands` and has answered at once, because it must not be kept, or comes from strangers.

    No message of the log: nothing of it is stored and nothing of it is published. What comes of it, if anything, is
    a fact. `name` is `word.what`, `answer` the struct that answers.
    """

    name: ClassVar[str]
    answer: ClassVar[type[msgspec.Struct]]


class Method(enum.StrEnum):
    """The verbs a command is asked with over HTTP."""

    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"


class CommandSpec(msgspec.Struct, frozen=True):
    """How one command is asked for.

    Verb, path (its parameters are fields of the command), permission, and the view that answers.

    With `creates` the entity's id is made by the gateway from the idempotency key, so that a retry makes one thing.
    With `platform` only a role without a tenant may ask, and the message belongs to the installation. With `at_home` a
    caller without a tenant who names none acts for the installation, since that is where such a caller belongs. With
    `gives_key` the gateway makes a key, sends its digest in the field `digest`, and shows the key in the answer, once.
    """

    command: type[Command]
    method: Method
    path: str
    permission: Permission
    answer: str
    creates: bool = False
    platform: bool = False
    at_home: bool = False
    gives_key: bool = False


def entity_of(message: Message) -> str:
    """The id of what a message is about, as its subject holds it."""
    value: Any = getattr(message, type(message).entity)
    return str(value)
