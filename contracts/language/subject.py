"""The grammar of subjects, `tod.<tenant>.<kind>.<word>.<entity>.<what>`: build one, take one apart, match a set."""

import enum
import re
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.errors import ContractBroken
from contracts.language.identity import TenantId

ROOT: Final = "tod"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_\-]+")
_PARTS: Final = 6


class Kind(enum.StrEnum):
    """What a message is, and so which stream holds it."""

    ACTION = "action"
    FACT = "fact"
    OBSERVATION = "obs"
    JOB = "job"
    REPORT = "report"
    TIMER = "timer"
    DUE = "due"
    PARKED = "parked"
    EVIDENCE = "evidence"
    LIVE = "live"
    ASK = "ask"
    REVOKED = "revoked"


class Subject(msgspec.Struct, frozen=True):
    """One subject in parts. `entity` is the id of what the message is about: a UUID, or a digest for a claim."""

    tenant_id: TenantId
    kind: Kind
    word: str
    entity: str
    what: str

    def __str__(self) -> str:
        return f"{ROOT}.{self.tenant_id}.{self.kind}.{self.word}.{self.entity}.{self.what}"


def build(tenant_id: UUID, kind: Kind, name: str, entity: UUID | str) -> str:
    """The subject of the message called `name` (`word.what`) about `entity`.

    Raises ContractBroken for a token NATS would split.
    """
    word, _, what = name.partition(".")
    token = str(entity)
    if not (_TOKEN.fullmatch(token) and _TOKEN.fullmatch(word) and _TOKEN.fullmatch(what)):
        raise ContractBroken(f"{name!r} about {token!r} cannot be a subject: use letters, digits, '_' and '-' only")
    return f"{ROOT}.{tenant_id}.{kind}.{word}.{token}.{what}"


def parse(subject: str) -> Subject:
    """Take a subject apart; raises ContractBroken when it is not one of ours."""
    parts = subject.split(".")
    if len(parts) != _PARTS or parts[0] != ROOT:
        raise ContractBroken(
            f"{subject!r} is not a subject of this house: {ROOT}.<tenant>.<kind>.<word>.<entity>.<what>"
        )
    try:
        return Subject(TenantId(UUID(parts[1])), Kind(parts[2]), parts[3], parts[4], parts[5])
    except ValueError as error:
        raise ContractBroken(f"{subject!r} has a tenant or kind that does not exist") from error


def entity_filter(tenant_id: UUID | str, kind: Kind, word: str, entity: UUID | str) -> str:
    """Everything of one kind that was ever said about one entity; `*` for a tenant that is not known."""
    return f"{ROOT}.{tenant_id}.{kind}.{word}.{entity}.>"


def kind_filter(kind: Kind, word: str = "*", tenant: UUID | str = "*") -> str:
    """Everything of one kind, of one word or all, of one tenant or all."""
    return f"{ROOT}.{tenant}.{kind}.>" if word == "*" else f"{ROOT}.{tenant}.{kind}.{word}.>"


def ask_subject(tenant: UUID | str, name: str) -> str:
    """Where the question called `name` (`word.what`) is asked on behalf of a tenant; not stored."""
    return f"{ROOT}.{tenant}.{Kind.ASK}.{name}"


def live_subject(tenant_id: UUID, model: str) -> str:
    """Where a projection says what is newly visible to one tenant; not stored."""
    return f"{ROOT}.{tenant_id}.{Kind.LIVE}.{model}"
