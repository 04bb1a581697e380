"""Server-sent events that resume without a gap: says what changed, and a page asks for it again.

The id of an event is the position in every followed read model (`devices=120,health=88031`), since models lag
differently and two streams have two sequences. A client that comes back with Last-Event-ID is told first which keys
are newer than its position, asked of the read models themselves; listening begins before that question, so that
nothing falls between the two.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from time import time
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Request
from litestar.response import Stream

from contracts.language.access import Permission
from contracts.language.errors import InvalidRequest, LimitReached, NotPermitted
from contracts.language.identity import TenantId
from gateway.http.authentication import Caller
from gateway.http.authorization import caller_of, tenant_of
from gateway.http.endpoints import Answer, Endpoint, Word
from gateway.http.freshness import checkpoints
from gateway.http.headers import is_head
from gateway.http.notices import KEYS_MAX, Hub, Notice, payload
from gateway.http.revocations import Revocations
from gateway.http.tenancy import Statement, Tenancy

PATH: Final = "/api/live"
EVENT_STREAM: Final = "text/event-stream"
HEARTBEAT_SECONDS: Final = 15.0
STREAMS_PER_CALLER_MAX: Final = 20
POSITION_BYTES_MAX: Final = 2048
RETRY_MS: Final = 2000
_POSITION: Final = re.compile(r"[a-z_0-9]+=\d{1,18}(,[a-z_0-9]+=\d{1,18})*")
Position = dict[str, int]


class LiveModel(msgspec.Struct, frozen=True):
    """A read model that may be followed: who may, and where its newer keys are found.

    `table` has a `sequence` and the column `key`; without a table a client that comes back is told to reload the model.
    """

    name: str
    permission: Permission
    table: str = ""
    key: str = ""


class Followed(msgspec.Struct, frozen=True):
    """What one client follows: as whom, of which tenant (None: of all), which models, and from where."""

    caller: Caller
    tenant_id: TenantId | None
    models: tuple[LiveModel, ...]
    since: Position | None


class Live:
    """The endpoint behind the event stream."""

    def __init__(
        self,
        models: Sequence[LiveModel],
        hub: Hub,
        tenancy: Tenancy,
        pool: "asyncpg.Pool[asyncpg.Record]",
        revocations: Revocations,
    ) -> None:
        self._revocations = revocations
        self._models = {model.name: model for model in models}
        self._hub = hub
        self._tenancy = tenancy
        self._pool = pool
        self._open: Counter[str] = Counter()

    def endpoint(self) -> Endpoint:
        """Its route."""
        return Endpoint(
            method="GET",
            path=PATH,
            access=Permission.DEVICES_READ,
            handler=self._answer,
            summary="Follow what changes, as server-sent events.",
            description=(
                "Each `changed` event names a read model and the keys of its new rows; `keys: null` says to reload all "
                "of it. `ready` says that everything up to its id was told. "
                "Send the last id back as Last-Event-ID to resume."
            ),
            words=(Word("models", str, f"Which read models, separated by commas: {', '.join(self._models)}."),),
            answers=(Answer(200, "The stream.", media_type=EVENT_STREAM),),
        )

    async def _answer(self, request: Request[Any, Any, Any]) -> Stream:
        caller = caller_of(request)
        followed = Followed(
            caller,
            tenant_of(request),
            self._chosen(request.query_params.get("models"), caller),
            position_from(request.headers.get("last-event-id")),
        )
        if self._open[caller.actor] >= STREAMS_PER_CALLER_MAX:
            raise LimitReached(f"You follow {STREAMS_PER_CALLER_MAX} streams already: close one")
        events = _nothing() if is_head(request.scope) else self._events(followed)
        return Stream(events, media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})

    def _chosen(self, asked: str | None, caller: Caller) -> tuple[LiveModel, ...]:
        """The models somebody follows: those asked for, or all that the role may read."""
        if asked is None:
            return tuple(model for model in self._models.values() if caller.may(model.permission))
        names = dict.fromkeys(asked.split(","))
        if unknown := names.keys() - self._models.keys():
            raise InvalidRequest(
                f"There is no {', '.join(sorted(unknown))} to follow; there are {', '.join(self._models)}"
            )
        if denied := [name for name in names if not caller.may(self._models[name].permission)]:
            raise NotPermitted(f"The role {caller.role}, or your API key, may not read {', '.join(denied)}")
        return tuple(self._models[name] for name in names)

    async def _events(self, followed: Followed) -> AsyncIterator[bytes]:
        """The stream of one client, until he leaves, his token expires or is revoked, or the process stops."""
        self._open[followed.caller.actor] += 1
        try:
            names = frozenset(model.name for model in followed.models)
            async with self._hub.following(followed.tenant_id, names) as feed:
                yield f"retry: {RETRY_MS}\n\n".encode()
                position = dict(followed.since or {})
                async for notice in self._missed(followed, position):
                    position[notice.model] = notice.sequence
                    yield event("changed", position, payload(notice))
                yield event("ready", position, b"{}")
                while (seconds := _patience(followed.caller)) > 0 and not feed.is_closed:
                    taken = await feed.take(seconds)
                    if self._revocations.is_revoked(followed.caller):
                        return
                    for notice in taken:
                        if notice.sequence > position.get(notice.model, -1):
                            position[notice.model] = notice.sequence
                            yield event("changed", position, payload(notice))
                    if not taken and not feed.is_closed:
                        yield b": still here\n\n"
        finally:
            self._open[followed.caller.actor] -= 1

    async def _missed(self, followed: Followed, position: Position) -> AsyncIterator[Notice]:
        """What is newer than where the client was, as notices; a model with nothing newer only moves the position.

        The position of a model moves no earlier than its notice is given: whoever is cut off here comes back for it.
        """
        now = await checkpoints(self._pool)
        for model in followed.models:
            if (checkpoint := now.get(model.name)) is None:
                continue
            was_at = checkpoint.sequence if followed.since is None else followed.since.get(model.name, -1)
            if was_at == checkpoint.sequence:
                keys: tuple[str, ...] | None = ()
            elif 0 <= was_at < checkpoint.sequence:
                keys = await self._newer_keys(followed, model, was_at)
            else:
                keys = None
            if keys == ():
                position[model.name] = checkpoint.sequence
            else:
                yield Notice(model.name, checkpoint.stream, checkpoint.sequence, keys)

    async def _newer_keys(self, followed: Followed, model: LiveModel, was_at: int) -> tuple[str, ...] | None:
        """The keys of rows newer than a sequence; None when they are too many, or cannot be told."""
        if not model.table:
            return None
        wall, arguments = ("", ()) if followed.tenant_id is None else (" AND tenant_id = $3", (followed.tenant_id,))
        statement = Statement(
            f"SELECT DISTINCT {model.key}::text AS key FROM {model.table} WHERE sequence > $1{wall} LIMIT $2",  # noqa: S608 - declared names
            (was_at, KEYS_MAX + 1, *arguments),
        )
        rows = await self._tenancy.rows(followed.caller.tenant_token, statement)
        return None if len(rows) > KEYS_MAX else tuple(row["key"] for row in rows)


def _patience(caller: Caller) -> float:
    """How long to wait for news before saying that all is well; nothing once the token has expired."""
    return min(HEARTBEAT_SECONDS, caller.expires_at - time())


def position_text(position: Mapping[str, int]) -> str:
    """A position as the id of an event."""
    return ",".join(f"{model}={sequence}" for model, sequence in sorted(position.items()))


def position_from(text: str | None) -> Position | None:
    """The position that a client comes back with; None when it is new. Raises InvalidRequest for anything else."""
    if not text:
        return None
    if len(text) > POSITION_BYTES_MAX or not _POSITION.fullmatch(text):
        raise InvalidRequest("Last-Event-ID must be the id of an event of this stream")
    pairs = (part.split("=") for part in text.split(","))
    return {model: int(sequence) for model, sequence in pairs}


def event(name: str, position: Position, data: bytes) -> bytes:
    """One event on the wire."""
    return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), position_text(position).encode(), data)


async def _nothing() -> AsyncIterator[bytes]:
    silence: tuple[bytes, ...] = ()
    for sound in silence:
        yield sound
