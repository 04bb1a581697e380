"""The bus: nats-py spoken in the words of `contracts.language.delivery`, fast where it counts and safe where it hurts.

Owns the connection, confirmed publishing, atomic batches and direct reads; pulling lies in `pull.py`. Three choices
keep it honest: nothing is buffered while the server is away (`pending_size=0`), so a publish that failed is never sent
later behind our back; every message carries an id, so that asking again after a time-out is the same message; no push
consumer is used, since those fall silent after a server restart.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError

from contracts.language.delivery import Appended, Delivery, Expectation, Outgoing
from contracts.language.errors import ContractBroken, Unavailable
from ops.connections.append import Appender
from ops.connections.client import QuickClient
from ops.connections.confirming import acknowledged, status_of
from ops.connections.pull import Puller, Taker
from ops.connections.serving import Handler, serve

Result = TypeVar("Result")
log = structlog.get_logger(__name__)

CONFIRM_SECONDS_MAX: Final = 10.0
IN_FLIGHT_MAX: Final = 512
HISTORY_BATCH: Final = 512
CONNECT_SECONDS_MAX: Final = 10.0
API: Final = "$JS.API"


class NatsBus:
    """One connection of one process. Make it with `connect`; it keeps reconnecting for as long as it lives."""

    def __init__(self, client: QuickClient, inbox: str) -> None:
        self._client = client
        self._inbox = inbox
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Callable[[Msg], None]] = {}
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._window = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._appender = Appender(self, inbox.rpartition(".")[2])

    async def start(self) -> None:
        """Open the one inbox that every answer comes to."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._dispatch)

    async def close(self) -> None:
        """Send what is on its way, and go."""
        if not self._client.is_closed:
            await self._client.close()

    @property
    def is_connected(self) -> bool:
        """Whether the server is there at this moment."""
        return bool(self._client.is_connected)

    async def round_trip_ms(self) -> float:
        """How long the server takes to answer a ping; raises Unavailable when it does not."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            await self._client.flush(timeout=2)
        except (NatsError, OSError) as error:
            raise Unavailable("NATS does not answer; the process keeps trying to reconnect") from error
        if not self.is_connected:
            raise Unavailable("NATS is not connected; the process keeps trying to reconnect")
        return (loop.time() - begun) * 1000

    async def publish(self, message: Outgoing) -> Appended:
        """Store one message and wait until the stream confirms."""
        async with self._window:
            answer = await self._ask(message.subject, message.data, message.headers)
        return acknowledged(answer, message.subject)

    async def publish_many(self, messages: Sequence[Outgoing]) -> list[Appended]:
        """Store many independent messages, at most IN_FLIGHT_MAX at once; each is confirmed, in the order given."""
        confirmed: list[Appended] = []
        for begin in range(0, len(messages), IN_FLIGHT_MAX):
            confirmed += await self._publish_window(messages[begin : begin + IN_FLIGHT_MAX])
        return confirmed

    async def append(self, messages: Sequence[Outgoing], expected: Sequence[Expectation]) -> Appended:
        """Store all or none, if every expectation holds; raises StaleState when one does not."""
        return await self._appender.append(messages, expected)

    async def notify(self, subject: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Say something that nobody stores."""
        await self.send(subject, data, dict(headers) if headers else None)

    async def request(self, subject: str, data: bytes, *, within_seconds: float) -> bytes:
        """Ask whoever serves a subject; the server itself says at once when nobody does."""
        answer = await self._ask(subject, data, within_seconds=within_seconds)
        if (status := status_of(answer)) is not None:
            raise Unavailable(f"Nobody answers {subject} (status {status}): is a `commands` process running?")
        return answer.data

    async def forget(self, stream: str, subject: str) -> None:
        """Take back what is stored under one subject of a stream that allows it."""
        answer = await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})
        if error := answer.get("error"):
            raise Unavailable(f"{subject} cannot be taken back from {stream}: {error.get('description')}")

    async def history(self, stream: str, subject_filter: str, *, after: int = 0) -> list[Delivery]:
        """Everything under a filter after a sequence, oldest first, by direct reads.

        Each block of the stream that holds any of it is read and unpacked: 0.3 ms for what is recent, 10-20 ms for
        every block of 8 MB otherwise.
        """
        found: list[Delivery] = []
        while True:
            request = {"seq": after + 1, "next_by_subj": subject_filter, "batch": HISTORY_BATCH}
            batch, pending = await self._direct(stream, request)
            found += batch
            if not batch or pending == 0:
                return found
            after = batch[-1].sequence

    async def latest(self, stream: str, subject_filter: str) -> list[Delivery]:
        """The newest message under each subject of a filter, as of one moment, oldest first: half a millisecond."""
        found, pending = await self._direct(stream, {"multi_last": [subject_filter], "batch": HISTORY_BATCH})
        if pending:
            raise ContractBroken(f"More than {HISTORY_BATCH} subjects match {subject_filter}: ask for their history")
        return found

    async def last(self, stream: str, subject: str) -> Delivery | None:
        """The newest message under one subject or filter."""
        answer = await self._ask(f"{API}.DIRECT.GET.{stream}", msgspec.json.encode({"last_by_subj": subject}))
        return None if status_of(answer) else _direct_delivery(answer, stream)

    async def head(self, stream: str) -> int:
        """The sequence of the newest message of a stream; 0 when it is empty."""
        info = await self.api(f"STREAM.INFO.{stream}")
        if error := info.get("error"):
            raise Unavailable(f"Stream {stream} cannot be read: {error.get('description')}")
        return int(info["state"]["last_seq"])

    def follow(
        self, stream: str, filters: Sequence[str], *, after: int = 0, batch_max: int = 500, idle: bool = False
    ) -> AsyncIterator[list[Delivery]]:
        """Batches after a sequence, without end.

        Survives restarts of the server without a hole and without a repeat.
        """
        return Puller(self, stream, filters, after=after, batch_max=batch_max, idle=idle).batches()

    def take(self, stream: str, consumer: str, *, batch_max: int = 64) -> AsyncIterator[list[Delivery]]:
        """Batches of a shared durable consumer; each delivery is settled with `settle`, or comes again."""
        return Taker(self, stream, consumer, batch_max=batch_max).batches()

    async def settle(self, delivery: Delivery, *, retry_after_seconds: float | None = None) -> None:
        """Acknowledge, or ask for it again after a while."""
        if retry_after_seconds is None:
            await self.send(delivery.token, b"+ACK", None)
        else:
            await self.send(delivery.token, b'-NAK {"delay": %d}' % int(retry_after_seconds * 1e9), None)

    async def working(self, delivery: Delivery) -> None:
        """Say that the delivery is still being worked on, so that nobody else is given it."""
        await self.send(delivery.token, b"+WPI", None)

    async def listen(
        self, subject: str, handler: Callable[[str, bytes], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        """Hear what nobody stores; returns the function that stops it. Raises Unavailable when the server is away."""

        async def hear(msg: Msg) -> None:
            await handler(msg.subject, msg.data)

        try:
            subscription = await self._client.subscribe(subject, cb=hear)
        except NatsError as error:
            raise Unavailable(f"NATS is away: {subject} cannot be listened to; try again shortly") from error

        async def stop() -> None:
            with suppress(NatsError):  # the server is away, and has forgotten it with the connection
                await subscription.unsubscribe()

        return stop

    async def serve(
        self, subject: str, group: str, handler: Handler, *, answers_to: str
    ) -> Callable[[], Awaitable[None]]:
        """Answer requests, each by one member of a group; see `serving.py`."""
        return await serve(self._client, self, subject, group, handler, answers_to=answers_to)

    async def api(self, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the JetStream API; the answer holds `error` when it is one."""
        answer = await self._ask(f"{API}.{subject}", msgspec.json.encode(request) if request else b"")
        if (status := status_of(answer)) is not None:
            raise Unavailable(f"JetStream does not answer {subject} ({status}); is the server still starting?")
        decoded: dict[str, Any] = msgspec.json.decode(answer.data)
        return decoded

    async def _direct(self, stream: str, request: Mapping[str, Any]) -> tuple[list[Delivery], int]:
        """One direct read of many: the messages, and how many more there are."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        found: list[Delivery] = []

        def collect(msg: Msg) -> None:
            if done.done():
                return
            status = status_of(msg)
            if status is None:
                found.append(_direct_delivery(msg, stream))
            elif status == "404":
                done.set_result(0)
            elif status == "204":
                done.set_result(int((msg.headers or {}).get("Nats-Num-Pending", "0")))
            else:
                done.set_exception(Unavailable(f"Reading {stream} failed with status {status}"))

        with self.inbox(collect) as inbox:
            await self.send(f"{API}.DIRECT.GET.{stream}", msgspec.json.encode(request), None, inbox)
            return found, await self._within(done, f"read {stream}")

    async def _publish_window(self, messages: Sequence[Outgoing]) -> list[Appended]:
        """Publish all at once and wait once: a task and a timer per message would cost more than the publish."""
        answers: list[Msg | None] = [None] * len(messages)
        left = len(messages)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def resolve(place: int, msg: Msg) -> None:
            nonlocal left
            if answers[place] is None:
                answers[place] = msg
                left -= 1
                if left == 0 and not done.done():
                    done.set_result(None)

        with ExitStack() as inboxes:
            for place, message in enumerate(messages):
                inbox = inboxes.enter_context(self.inbox(partial(resolve, place)))
                await self.send(message.subject, message.data, message.headers, inbox)
            await self._within(done, f"confirm {len(messages)} messages")
        return [
            acknowledged(answer, message.subject) for answer, message in zip(answers, messages, strict=True) if answer
        ]

    async def _ask(
        self,
        subject: str,
        data: bytes,
        headers: dict[str, str] | None = None,
        *,
        within_seconds: float = CONFIRM_SECONDS_MAX,
    ) -> Msg:
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()

        def resolve(msg: Msg) -> None:
            if not answer.done():
                answer.set_result(msg)

        with self.inbox(resolve) as inbox:
            await self.send(subject, data, headers, inbox)
            return await self._within(answer, f"confirm {subject}", within_seconds)

    @contextmanager
    def inbox(self, handler: Callable[[Msg], None]) -> Iterator[str]:
        """Lend an address that answers come to, for as long as the block runs."""
        token = f"{next(self._numbers):x}"
        self._waiting[token] = handler
        try:
            yield f"{self._inbox}.{token}"
        finally:
            del self._waiting[token]

    @asynccontextmanager
    async def delivered(self, handler: Callable[[Msg], None]) -> AsyncIterator[str]:
        """Lend an address that stored messages are delivered to; they come under their own subject."""
        inbox = f"{self._inbox}-{next(self._numbers):x}"

        async def hear(msg: Msg) -> None:
            handler(msg)

        subscription = await self._client.subscribe(inbox, cb=hear)
        try:
            yield inbox
        finally:
            if not self._client.is_closed:
                await subscription.unsubscribe()

    async def send(self, subject: str, data: bytes, headers: dict[str, str] | None = None, reply: str = "") -> None:
        """Put one message on the wire now; raises Unavailable when there is no wire."""
        try:
            await self._client.publish(subject, data, reply=reply, headers=headers)
        except MaxPayloadError as error:
            raise ContractBroken(f"{len(data)} bytes are more than NATS takes, on {subject}") from error
        except (NatsError, OSError) as error:
            raise Unavailable("NATS is not connected; nothing was sent, and asking again is safe") from error

    async def _within(
        self, answer: "asyncio.Future[Result]", what: str, seconds: float = CONFIRM_SECONDS_MAX
    ) -> Result:
        self._unanswered.add(answer)
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError as error:
            raise Unavailable(f"NATS did not {what} in time; it may have happened, and asking again is safe") from error
        finally:
            self._unanswered.discard(answer)

    def lose(self) -> None:
        """Tell whoever waits for an answer that it will not come: it would have come over the broken connection."""
        for answer in self._unanswered:
            if not answer.done():
                answer.set_exception(Unavailable("The connection to NATS broke; asking again is safe"))

    async def _dispatch(self, msg: Msg) -> None:
        handler = self._waiting.get(msg.subject.rpartition(".")[2])
        if handler is not None:
            handler(msg)


def _forget_unsent(client: QuickClient) -> None:
    """Drop what was on its way when the connection broke: nats-py would send it after the next connect, unasked."""
    client._pending.clear()  # noqa: SLF001 - there is no public way
    client._pending_data_size = 0  # noqa: SLF001


def _direct_delivery(msg: Msg, stream: str) -> Delivery:
    headers = dict(msg.headers or {})
    stored = headers.get("Nats-Time-Stamp", "1970-01-01T00:00:00Z")
    return Delivery(
        subject=headers.get("Nats-Subject", ""),
        headers=headers,
        data=msg.data,
        stream=stream,
        sequence=int(headers.get("Nats-Sequence", "0")),
        stored_at=datetime.fromisoformat(stored[:26].rstrip("Z")).replace(tzinfo=UTC),
    )


async def connect(url: str, *, user: str, seed: str, inbox: str) -> NatsBus:
    """Connect one process; raises Unavailable when the server is not there, and reconnects for ever once it was.

    `seed` is the user's nkey seed, `inbox` the prefix that its permissions allow.
    """
    client = QuickClient()
    bus = NatsBus(client, f"{inbox}.{secrets.token_hex(8)}")

    async def say(error: Exception) -> None:
        log.warning("bus.error", user=user, error=str(error))

    async def gone() -> None:
        _forget_unsent(client)
        bus.lose()
        if not client.is_closed:
            log.warning("bus.disconnected", user=user)

    async def back() -> None:
        log.info("bus.reconnected", user=user)

    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            await client.connect(
                url,
                name=f"tod-{user}",
                nkeys_seed_str=seed,
                inbox_prefix=inbox,
                pending_size=0,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,  # type: ignore[arg-type]  # annotated as int, slept as seconds
                ping_interval=20,
                drain_timeout=5,
                error_cb=say,
                disconnected_cb=gone,
                reconnected_cb=back,
            )
    except (NatsError, OSError, TimeoutError) as error:
        await client.close()
        raise Unavailable(f"NATS cannot be reached at {url} as {user}: {error}") from error
    await bus.start()
    return bus
