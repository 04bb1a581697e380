"""The trail: every action as it was asked, with its outcome, and every fact that no action asked for.

One row per action; what came of it settles the row. Secrets are left out altogether: not even ciphertext is repeated.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from contracts.audit import AccessDenied, ActionChangedNothing, ActionRefused
from contracts.claims import ClaimReleased, ClaimTaken
from contracts.language.errors import NotPermitted
from contracts.language.sealed import Sealed
from contracts.language.subject import Kind
from projections.engine.happened import uuid_of
from projections.engine.projection import (
    ACTOR,
    CAUSATION,
    CORRELATION,
    EVENT_ID,
    KIND,
    NAME,
    OCCURRED_AT,
    REASON,
    ROLE,
    SESSION,
    Const,
    Given,
    Happened,
    Projection,
    Put,
    State,
)

_SILENT: Final = (ActionRefused, ActionChangedNothing, AccessDenied, ClaimTaken, ClaimReleased)
"""Facts that stand beside another: a refusal is the action's outcome, a claim comes with the fact that needs it."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked or did what, about what, and what came of it.

    `outcome` is `accepted` until it is `done` or `refused`; a fact of its own is done. `code` and `message` give the
    reason of a refusal; the `actor_` columns are what they were, what they acted
    through and why, which no field of an event is called.
    """

    entry_id: str
    kind: Kind
    name: str
    about_id: UUID | None
    actor: str
    actor_id: UUID | None
    actor_role: str
    actor_session: str
    actor_session_id: UUID | None
    actor_reason: str
    asked_at: datetime
    settled_at: datetime | None = None
    outcome: str = "accepted"
    code: str = ""
    message: str = ""
    correlation: str
    causation: str
    details: dict[str, Any]


AUDIT: Final = State(
    "audit",
    AuditEntry,
    entity="entry_id",
    indexes=(("asked_at",), ("about_id", "asked_at"), ("actor", "asked_at")),
)


def readable(value: object) -> Any:  # noqa: ANN401  # whatever JSON can hold
    """A message as plain values without its secrets."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: readable(held) for name, held in fields.items() if not isinstance(held, Sealed)}
    return msgspec.to_builtins(value)


def _about(happened: Happened) -> UUID | None:
    return happened.entity_id


def _actor_id(happened: Happened) -> UUID | None:
    """Who it was, where that is a person."""
    kind, _, name = happened.actor.partition(":")
    return uuid_of(name) if kind == "user" else None


def _session_id(happened: Happened) -> UUID | None:
    return uuid_of(happened.session)


def _details(happened: Happened) -> Any:  # noqa: ANN401  # whatever JSON can hold
    return readable(happened.message)


def _denied(happened: Happened) -> str:
    denial = cast("AccessDenied", happened.message)
    return f"{denial.method} {denial.path} needs {denial.permission}."


def _action(happened: Happened) -> str:
    return str(cast("ActionRefused | ActionChangedNothing", happened.message).action_id)


def _speaks(happened: Happened) -> bool:
    return not isinstance(happened.message, _SILENT)


def _is_direct(happened: Happened) -> bool:
    """An action begins its own chain, so what it causes directly carries its id twice."""
    return bool(happened.causation) and happened.causation == happened.correlation


def _answers_an_action(happened: Happened) -> bool:
    return _speaks(happened) and _is_direct(happened)


def _stands_alone(happened: Happened) -> bool:
    return _speaks(happened) and not _is_direct(happened)


_put_entry: Final = partial(
    Put,
    AUDIT,
    entry_id=EVENT_ID,
    kind=KIND,
    name=NAME,
    about_id=Given(_about),
    actor=ACTOR,
    actor_id=Given(_actor_id),
    actor_role=ROLE,
    actor_session=SESSION,
    actor_session_id=Given(_session_id),
    actor_reason=REASON,
    asked_at=OCCURRED_AT,
    correlation=CORRELATION,
    causation=CAUSATION,
    details=Given(_details),
)

PROJECTIONS: Final = (
    Projection(
        name="audit",
        version=2,
        stream="LEDGER",
        tables=(AUDIT,),
        on={
            Kind.ACTION: _put_entry(),
            ActionRefused: Put(
                AUDIT,
                entry_id=Given(_action),
                outcome=Const("refused"),
                code="code",
                message="message",
                settled_at=OCCURRED_AT,
            ),
            AccessDenied: _put_entry(
                outcome=Const("refused"),
                code=Const(NotPermitted.code),
                message=Given(_denied),
                settled_at=OCCURRED_AT,
            ),
            ActionChangedNothing: Put(
                AUDIT,
                entry_id=Given(_action),
                outcome=Const("done"),
                message=Const("It was so already."),
                settled_at=OCCURRED_AT,
            ),
            Kind.FACT: (
                Put(
                    AUDIT,
                    when=_answers_an_action,
                    entry_id=CAUSATION,
                    outcome=Const("done"),
                    settled_at=OCCURRED_AT,
                ),
                _put_entry(when=_stands_alone, outcome=Const("done"), settled_at=OCCURRED_AT),
            ),
        },
    ),
)
