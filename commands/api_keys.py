"""API keys: issued with scopes that their maker holds, exchanged for short tokens, taken back."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from commands.engine.handler import Fold, Handler, Outcomes, Process, Revoke, Trigger, Wishes
from commands.engine.questions import Answerer, Desk, Occasion
from commands.engine.tokens import Grant, access_token
from commands.users.finding import is_open, person_of
from commands.users.people import actor_of
from contracts.api_keys import (
    PREFIX,
    UNSCOPED,
    ApiKeyIssued,
    ApiKeyRevoked,
    ApiKeyUsed,
    ExchangeApiKey,
    IssueApiKey,
    KeyExchanged,
    RevokeApiKey,
)
from contracts.language.access import MATRIX, Role
from contracts.language.errors import AlreadyExists, InvalidRequest, NotFound, NotPermitted, NotSignedIn
from contracts.language.identity import PLATFORM, ApiKeyId, SessionId, UserId
from contracts.language.message import Event
from contracts.language.streams import LEDGER
from contracts.language.subject import Kind, entity_filter, parse
from contracts.sessions import SessionRevoked

TOKEN_LIFE: Final = timedelta(minutes=15)
USE_NOTED_EVERY: Final = timedelta(hours=1)
_ID_BYTES: Final = 16


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as deciding needs it."""

    issued: ApiKeyIssued
    used_at: datetime | None = None
    is_revoked: bool = False


def evolve(key: ApiKey | None, fact: Event) -> ApiKey | None:
    """What a fact makes of the key; None as long as there is none."""
    match fact:
        case ApiKeyIssued():
            return ApiKey(issued=fact)
        case ApiKeyUsed() if key is not None:
            return msgspec.structs.replace(key, used_at=fact.used_at)
        case ApiKeyRevoked() if key is not None:
            return msgspec.structs.replace(key, is_revoked=True)
        case _:
            return key


API_KEY: Final[Fold[ApiKey | None]] = Fold(word="api_keys", initial=None, evolve=evolve, is_overwriting=True)


def _check_networks(networks: Sequence[str]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise InvalidRequest(f"{network} is not a network: {error}. Write it as 192.0.2.0/24.") from error


def decide_issue(key: ApiKey | None, command: IssueApiKey, trigger: Trigger) -> Outcomes:
    """The key, with nothing in its scopes that its maker does not hold."""
    if key is not None:
        raise AlreadyExists(f"The API key {command.api_key_id} exists already. Issue one with a new id.")
    kind, _, owner = trigger.actor.partition(":")
    if kind != "user" or not trigger.role:
        raise NotPermitted("A key belongs to a person who signs in: sign in, then issue it.")
    asked = frozenset(command.scopes)
    if beyond := asked - MATRIX[Role(trigger.role)]:
        raise NotPermitted(f"You do not hold {', '.join(sorted(beyond))} yourself: leave that out.")
    if unscoped := asked & UNSCOPED:
        raise InvalidRequest(f"No key may hold {', '.join(sorted(unscoped))}: leave that out.")
    _check_networks(command.networks)
    if command.expires_at is not None and command.expires_at <= trigger.at:
        raise InvalidRequest("The key would have expired already: give a later time, or none.")
    issued = ApiKeyIssued(
        api_key_id=command.api_key_id,
        owner_id=UserId(UUID(owner)),
        title=command.title,
        scopes=tuple(sorted(asked)),
        digest=command.digest,
        expires_at=command.expires_at,
        networks=command.networks,
    )
    return (issued,)


def decide_revoke(key: ApiKey | None, command: RevokeApiKey, _trigger: Trigger) -> Outcomes:
    """Good no longer."""
    if key is None:
        raise NotFound(f"There is no API key {command.api_key_id}. Look in the list of API keys.")
    return () if key.is_revoked else (ApiKeyRevoked(api_key_id=command.api_key_id),)


def next_wishes(_key: ApiKey | None, fact: ApiKeyRevoked, _trigger: Trigger) -> Wishes:
    """What it was exchanged for is refused from now on."""
    return (Revoke(SessionRevoked(session_id=SessionId(fact.api_key_id))),)


async def exchange(desk: Desk, question: ExchangeApiKey, occasion: Occasion) -> KeyExchanged:
    """An access token for a key that is good, of an owner who may be let in."""
    api_key_id = _id_of(question.key)
    delivery = await desk.bus.last(LEDGER.name, entity_filter("*", Kind.FACT, API_KEY.word, api_key_id))
    if delivery is None:
        raise _refusal()
    tenant_id = parse(delivery.subject).tenant_id
    key = (await desk.aggregates.since(API_KEY, tenant_id, str(api_key_id), delivery.sequence)).state
    digest = hashlib.sha256(question.key.encode()).hexdigest()
    if key is None or not hmac.compare_digest(digest, key.issued.digest) or key.is_revoked:
        raise _refusal()
    expires_at = min(key.issued.expires_at or occasion.at + TOKEN_LIFE, occasion.at + TOKEN_LIFE)
    _home, owner = await person_of(desk.bus, desk.aggregates, key.issued.owner_id)
    if owner is None or not owner.is_active or owner.lock is None or expires_at <= occasion.at:
        raise _refusal()
    if not await is_open(desk.aggregates, tenant_id):
        raise _refusal()
    grant = Grant(
        subject=f"key:{api_key_id}",
        role=owner.role,
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        session_id=api_key_id,
        issued_at=occasion.at,
        expires_at=expires_at,
        epoch=owner.epoch,
        owner=actor_of(key.issued.owner_id),
        scopes=tuple(scope for scope in key.issued.scopes if scope in MATRIX[owner.role]),
        networks=key.issued.networks,
    )
    if key.used_at is None or occasion.at - key.used_at >= USE_NOTED_EVERY:
        used = ApiKeyUsed(api_key_id=api_key_id, used_at=occasion.at)
        await occasion.note(desk, used, actor=grant.subject, tenant_id=tenant_id)
    token = await access_token(desk.keys, grant)
    return KeyExchanged(access_token=token, expires_in=int((expires_at - occasion.at).total_seconds()))


def _id_of(key: str) -> ApiKeyId:
    return ApiKeyId(UUID(bytes=base64.urlsafe_b64decode(key.removeprefix(PREFIX))[:_ID_BYTES]))


def _refusal() -> NotSignedIn:
    return NotSignedIn("This API key is not good, or good no longer: issue another one.")


HANDLERS: Final = (Handler(IssueApiKey, API_KEY, decide_issue), Handler(RevokeApiKey, API_KEY, decide_revoke))
PROCESSES: Final = (Process(name="api_keys", facts=(ApiKeyRevoked,), fold=API_KEY, step=next_wishes),)
ANSWERERS: Final = (Answerer(question=ExchangeApiKey, answer=exchange),)
