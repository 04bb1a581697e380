"""The bus as the packages see it: what goes out, what comes in, and the few promises between. `ops` implements it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True):
    """One message ready for the wire. Its `Nats-Msg-Id` header makes a retry the same message."""

    subject: str
    headers: dict[str, str]
    data: bytes


class Expectation(msgspec.Struct, frozen=True):
    """Optimistic concurrency: the last message under `filter` has the sequence `last` (0: there is none)."""

    filter: str
    last: int


class Delivery(msgspec.Struct, frozen=True):
    """One message as it comes in.

    `sequence` is its place in its stream; `attempt` counts deliveries from 1; `token` acknowledges it.
    """

    subject: str
    headers: Mapping[str, str]
    data: bytes
    stream: str
    sequence: int
    stored_at: datetime
    attempt: int = 1
    pending: int = 0
    token: str = ""


class Appended(msgspec.Struct, frozen=True):
    """The ledger took it. `sequence` is that of the last message of the batch; `duplicate` when it was there before."""

    sequence: int
    duplicate: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an action: the ledger's sequence after it, or the refusal with its code."""

    sequence: int
    entity: str
    code: str = ""
    message: str = ""
    details: dict[str, Any] = {}


class Publisher(Protocol):
    """Writing. Every method raises Unavailable when the bus did not confirm; asking again is safe."""

    async def publish(self, message: Outgoing) -> Appended:
        """Store one message and wait until the stream confirms."""
        ...

    async def publish_many(self, messages: Sequence[Outgoing]) -> list[Appended]:
        """Store many independent messages, pipelined; each is confirmed."""
        ...

    async def append(self, messages: Sequence[Outgoing], expected: Sequence[Expectation]) -> Appended:
        """Store all or none, if every expectation holds; raises StaleState when one does not."""
        ...

    async def notify(self, subject: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Say something that nobody stores."""
        ...

    async def request(self, subject: str, data: bytes, *, within_seconds: float) -> bytes:
        """Ask whoever serves a subject, and give its answer.

        Nothing is stored. Raises Unavailable when nobody serves it or none answers in time.
        """
        ...

    async def forget(self, stream: str, subject: str) -> None:
        """Take back what is stored under one subject of a stream that allows it: a timer that need not fire."""
        ...


class Reader(Protocol):
    """Reading what is stored, and following what comes."""

    async def history(self, stream: str, subject_filter: str, *, after: int = 0) -> list[Delivery]:
        """Everything under a filter after a sequence, oldest first, without a consumer: for one entity's facts."""
        ...

    async def latest(self, stream: str, subject_filter: str) -> list[Delivery]:
        """The newest message under each subject of a filter, as of one moment, oldest first."""
        ...

    async def last(self, stream: str, subject: str) -> Delivery | None:
        """The newest message under one subject or filter."""
        ...

    async def head(self, stream: str) -> int:
        """The sequence of the newest message of a stream; 0 when it is empty."""
        ...

    def follow(
        self, stream: str, filters: Sequence[str], *, after: int = 0, batch_max: int = 500, idle: bool = False
    ) -> AsyncIterator[list[Delivery]]:
        """Batches after a sequence, without end and without acknowledgement: the caller keeps its own checkpoint.

        With `idle` an empty batch comes whenever the stream is exhausted, so that the caller knows that it has caught
        up.
        """
        ...

    def take(self, stream: str, consumer: str, *, batch_max: int = 64) -> AsyncIterator[list[Delivery]]:
        """Batches of a shared durable consumer; each delivery is settled with `settle`, or comes again."""
        ...

    async def settle(self, delivery: Delivery, *, retry_after_seconds: float | None = None) -> None:
        """Acknowledge, or ask for it again after a while."""
        ...

    async def working(self, delivery: Delivery) -> None:
        """Say that the delivery is still being worked on, so that nobody else is given it."""
        ...

    async def listen(
        self, subject: str, handler: Callable[[str, bytes], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        """Hear what nobody stores; returns the function that stops it."""
        ...

    async def serve(
        self, subject: str, group: str, handler: Callable[[str, bytes], Awaitable[bytes]], *, answers_to: str
    ) -> Callable[[], Awaitable[None]]:
        """Answer requests, each by one member of a group; returns the function that stops it.

        Requests that want their answer anywhere but below `answers_to` get none.
        """
        ...


class Bus(Publisher, Reader, Protocol):
    """Both halves."""
