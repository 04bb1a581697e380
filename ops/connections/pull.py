"""Pulling batches from JetStream: a raw loop on one inbox, since the client's own `fetch` costs several times as much.

`Puller` follows a stream with a consumer of its own that acknowledges nothing, and makes a new one from where it stood
whenever the server restarted, the consumer vanished or a message went missing on the way. `Taker` draws from a shared
durable consumer.
"""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec
import structlog
from nats.aio.msg import Msg

from contracts.language.delivery import Delivery
from contracts.language.errors import ContractBroken, Unavailable

log = structlog.get_logger(__name__)

EXPIRES_SECONDS: Final = 20.0
HEARTBEAT_SECONDS: Final = 2.0
SILENCE_SECONDS_MAX: Final = 3 * HEARTBEAT_SECONDS
INACTIVE_SECONDS: Final = 120.0
RECOVERY_SECONDS: Final = 0.2
NANOSECONDS: Final = 1_000_000_000
_ACK_TOKENS: Final = 9  # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
_HEARTBEAT: Final = "100"
_BAD_REQUEST: Final = 400
_EXPIRED: Final = frozenset({"404", "408"})


class Line(Protocol):
    """What pulling needs of a connection."""

    def delivered(self, handler: Callable[[Msg], None]) -> AbstractAsyncContextManager[str]:
        """Lend an address that stored messages are delivered to; they come under their own subject."""
        ...

    async def send(self, subject: str, data: bytes, headers: dict[str, str] | None = None, reply: str = "") -> None:
        """Put one message on the wire."""
        ...

    async def api(self, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the JetStream API."""
        ...


class _Lost(Exception):
    """The pull has to begin anew."""


class _Pull:
    """One consumer being pulled from: what is asked for, and what has come."""

    def __init__(self, line: Line, stream: str, consumer: str, batch_max: int) -> None:
        self._line = line
        self._stream = stream
        self._request = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._batch_max = batch_max
        self._outstanding = 0
        self._arrived: deque[Delivery] = deque()
        self._signal = asyncio.Event()
        self._loss = ""
        self.pending = -1

    def hear(self, msg: Msg) -> None:
        """Take in one message, or a word of the server about the request."""
        self._signal.set()
        status = msg.headers.get("Status") if msg.headers and not msg.data else None
        if status is None:
            delivery = _delivery(msg, self._stream)
            self._outstanding -= 1
            self._arrived.append(delivery)
        elif status in _EXPIRED:
            left = (msg.headers or {}).get("Nats-Pending-Messages")
            self._outstanding = max(0, self._outstanding - (int(left) if left else self._batch_max))
        elif status != _HEARTBEAT:
            self._loss = f"status {status} {(msg.headers or {}).get('Description', '')}".strip()

    async def batch(self, inbox: str) -> list[Delivery]:
        """What has come, at most one batch, waiting for the first message; raises _Lost when the consumer is gone."""
        while True:
            if self._outstanding <= self._batch_max:
                await self._ask(inbox)
            if self._arrived:
                count = min(len(self._arrived), self._batch_max)
                batch = [self._arrived.popleft() for _ in range(count)]
                self.pending = batch[-1].pending
                return batch
            if self._loss:
                raise _Lost(self._loss)
            self._signal.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS_MAX):
                    await self._signal.wait()
            except TimeoutError:
                raise _Lost("the server is silent") from None

    async def _ask(self, inbox: str) -> None:
        request = {
            "batch": self._batch_max,
            "expires": int(EXPIRES_SECONDS * NANOSECONDS),
            "idle_heartbeat": int(HEARTBEAT_SECONDS * NANOSECONDS),
        }
        self._outstanding += self._batch_max
        await self._line.send(self._request, msgspec.json.encode(request), None, inbox)


class Puller:
    """Follows a stream from a sequence on, by itself and for ever, each message once and in order."""

    def __init__(
        self, line: Line, stream: str, filters: Sequence[str], *, after: int, batch_max: int, idle: bool
    ) -> None:
        self._line = line
        self._stream = stream
        self._filters = list(filters)
        self._after = after
        self._batch_max = batch_max
        self._idle = idle

    async def batches(self) -> AsyncIterator[list[Delivery]]:
        """Batches without end; an empty one says that the stream is exhausted, if that was asked for."""
        while True:
            name = f"follow-{secrets.token_hex(6)}"
            try:
                async for batch in self._consume(name):
                    yield batch
            except (_Lost, Unavailable) as loss:
                log.info("stream.resumed", stream=self._stream, after=self._after, reason=str(loss))
                await asyncio.sleep(RECOVERY_SECONDS)

    async def _consume(self, name: str) -> AsyncIterator[list[Delivery]]:
        pull = _Pull(self._line, self._stream, name, self._batch_max)
        pull.pending = await self._create(name)
        places = itertools.count(1)
        async with self._line.delivered(pull.hear) as inbox:
            try:
                while True:
                    if self._idle and pull.pending == 0:
                        yield []
                        pull.pending = -1
                    batch = await pull.batch(inbox)
                    self._check_order(batch, places)
                    self._after = batch[-1].sequence
                    yield batch
            finally:
                await self._delete(name)

    def _check_order(self, batch: list[Delivery], places: "itertools.count[int]") -> None:
        """Refuse a batch with a hole: a message that was lost between the server and here is asked for again."""
        for delivery in batch:
            if int(delivery.token.rsplit(".", 3)[1]) != next(places):
                raise _Lost("a message went missing on the way")

    async def _create(self, name: str) -> int:
        config: dict[str, Any] = {
            "name": name,
            "ack_policy": "none",
            "replay_policy": "instant",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": int(INACTIVE_SECONDS * NANOSECONDS),
            "deliver_policy": "by_start_sequence" if self._after else "all",
        }
        if self._after:
            config["opt_start_seq"] = self._after + 1
        subject = f"CONSUMER.CREATE.{self._stream}.{name}"
        if len(self._filters) == 1:
            config["filter_subject"] = self._filters[0]
            subject = f"{subject}.{self._filters[0]}"
        elif self._filters:
            config["filter_subjects"] = self._filters
        answer = await self._line.api(subject, {"stream_name": self._stream, "config": config, "action": "create"})
        if error := answer.get("error"):
            if error.get("code") == _BAD_REQUEST:
                raise ContractBroken(f"Stream {self._stream} cannot be followed: {error.get('description')}")
            raise Unavailable(f"Stream {self._stream} cannot be followed: {error.get('description')}")
        return int(answer.get("num_pending", 0))

    async def _delete(self, name: str) -> None:
        """Tell the server that nobody reads on; it would find out by itself after INACTIVE_SECONDS."""
        try:
            await self._line.send(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}", b"")
        except Unavailable:
            log.debug("consumer.left", stream=self._stream, consumer=name)


class Taker:
    """Draws from a shared durable consumer: what is not settled in time comes again, to whoever asks."""

    def __init__(self, line: Line, stream: str, consumer: str, *, batch_max: int) -> None:
        self._line = line
        self._stream = stream
        self._consumer = consumer
        self._batch_max = batch_max

    async def batches(self) -> AsyncIterator[list[Delivery]]:
        """Batches without end."""
        while True:
            pull = _Pull(self._line, self._stream, self._consumer, self._batch_max)
            try:
                async with self._line.delivered(pull.hear) as inbox:
                    while True:
                        yield await pull.batch(inbox)
            except (_Lost, Unavailable) as loss:
                log.info("consumer.resumed", stream=self._stream, consumer=self._consumer, reason=str(loss))
                await asyncio.sleep(RECOVERY_SECONDS)


def _delivery(msg: Msg, stream: str) -> Delivery:
    """A message with what its acknowledgement subject says of it."""
    tokens = msg.reply.split(".")
    if len(tokens) < _ACK_TOKENS:
        raise ContractBroken(f"A message without a place in its stream came on {msg.subject}")
    delivered, sequence, _place, stamp, pending = (int(token) for token in tokens[-5:])
    return Delivery(
        subject=msg.subject,
        headers=msg.headers or {},
        data=msg.data,
        stream=stream,
        sequence=sequence,
        stored_at=datetime.fromtimestamp(stamp / NANOSECONDS, UTC),
        attempt=delivered,
        pending=pending,
        token=msg.reply,
    )
