"""The declarations a slice makes, and what its pure functions are given and give back.

A decision is made from the folded state of one entity, the message, and its trigger; it is a tuple of outcomes, or a
Refusal. No clock, no chance and no server: times and ids come with the trigger.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from commands.engine.claim import Release, Take
from commands.engine.post import Letter
from contracts.language.identity import TenantId, repeatable_id
from contracts.language.message import Command, Event, Job, Message, Report, Revocation, Timer
from contracts.language.subject import Kind, entity_filter, kind_filter

State = TypeVar("State")
Asked = TypeVar("Asked", bound=Command)
Told = TypeVar("Told", bound=Report | Timer)


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """What made us decide: an action, a report, a due time or a fact.

    `at` is when the log stored it, so that every time in a fact is of one clock; `id` is the same on every delivery.
    `role` is what the actor was when it asked, and empty where nobody asked.
    """

    id: str
    at: datetime
    tenant_id: TenantId
    actor: str = ""
    role: str = ""

    def identity(self, *parts: object) -> UUID:
        """An id for something that this trigger brings about; the same whenever it is decided again."""
        return repeatable_id(self.id, *parts)


class MakeKey(msgspec.Struct, frozen=True):
    """Outcome: have a sealing key made first, so that a crash leaves a key without a fact and never the reverse."""

    key: str


class Revoke(msgspec.Struct, frozen=True):
    """Wish: have every gateway know at once that what was given out is good no longer."""

    revocation: Revocation


class DestroyKey(msgspec.Struct, frozen=True):
    """Wish: destroy a sealing key, and with it for good whatever it sealed."""

    key: str


class Post(msgspec.Struct, frozen=True):
    """Wish: send a letter; what comes of it is a fact."""

    letter: Letter


Outcome = Event | Take | Release | MakeKey
Outcomes = Sequence[Outcome]


class Do(msgspec.Struct, frozen=True):
    """Wish: work on a device, done by whichever poller takes it."""

    job: Job


class Wake(msgspec.Struct, frozen=True):
    """Wish: have this timer come back as due at `at`; the same timer wished again replaces it."""

    timer: Timer
    at: datetime


class Forget(msgspec.Struct, frozen=True):
    """Wish: the timer about this entity need not come any more."""

    timer: type[Timer]
    entity: UUID | str


Wish = Do | Wake | Forget | Revoke | DestroyKey | Post
Wishes = Sequence[Wish]


class Fold(msgspec.Struct, Generic[State], frozen=True, kw_only=True):
    """How the facts about one entity become its state.

    `is_overwriting`: every fact says all that matters of what earlier facts of its kind said, so that the last of each
    kind is enough. That is read in half a millisecond, while reading all costs 10 ms for every few thousand facts of
    others that lie between; a fold that counts or collects needs all the same all of them.
    `is_wide` folds what every word says about the entity, not only its own. `is_tenant`: the entity is a tenant, whose
    facts lie under its own subject. `is_whole` folds what the word says of all entities of a tenant into one state, for
    rules that hold between them; for a word with few facts, since they are all read.
    """

    word: str
    initial: State
    evolve: Callable[[State, Event], State]
    is_overwriting: bool = False
    is_wide: bool = False
    is_tenant: bool = False
    is_whole: bool = False

    def home(self, tenant_id: TenantId, entity: str) -> TenantId:
        """The tenant under whose subject the facts lie."""
        return TenantId(UUID(entity)) if self.is_tenant else tenant_id

    def filter(self, tenant_id: TenantId, entity: str) -> str:
        """The subjects of the facts that are folded, which is also what an append expects nothing new on."""
        if self.is_whole:
            return kind_filter(Kind.FACT, self.word, tenant_id)
        return entity_filter(self.home(tenant_id, entity), Kind.FACT, "*" if self.is_wide else self.word, entity)


class Handler(msgspec.Struct, Generic[State, Asked], frozen=True):
    """A command, the state it is decided against, and the decision."""

    command: type[Asked]
    fold: Fold[State]
    decide: Callable[[State, Asked, Trigger], Outcomes]


class Reaction(msgspec.Struct, Generic[State, Told], frozen=True, kw_only=True):
    """What a report or a due timer means: the facts it becomes, or none when it says nothing new.

    `about` is the field with the id of the entity that is decided upon, where it is not the message's own.
    """

    message: type[Told]
    fold: Fold[State]
    decide: Callable[[State, Told, Trigger], Outcomes]
    about: str = ""

    def entity(self, message: Message) -> str:
        """The id of what is decided upon."""
        return str(getattr(message, self.about or type(message).entity))


class Process(msgspec.Struct, Generic[State], frozen=True, kw_only=True):
    """What takes longer than one decision: after a fact, the jobs and timers that its entity's state asks for.

    The step sees the state as it is now, not as it was when the fact was written. So a step that is taken again,
    however late, wishes for what is still wanted and for nothing else; that is all there is to resuming after a crash.
    What comes of a job or a timer is made a fact by a Reaction, and that fact is the next step's.
    """

    name: str
    facts: tuple[type[Event], ...]
    fold: Fold[State]
    step: Callable[[State, Any, Trigger], Wishes]


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A timer that comes back by itself: `rhythm` is `@every 1h`, or six cron fields (seconds first) in a time zone."""

    timer: Timer
    rhythm: str
    zone: str = ""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the slices declare."""

    handlers: tuple[Handler[Any, Any], ...] = ()
    reactions: tuple[Reaction[Any, Any], ...] = ()
    processes: tuple[Process[Any], ...] = ()
    schedules: tuple[Schedule, ...] = ()
    answerers: tuple[Any, ...] = ()
