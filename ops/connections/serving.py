"""Answering requests that nobody stores: each by one member of a group, several at once, nowhere but where it may."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.language.errors import Unavailable

SERVED_MAX: Final = 64
"""Requests that are worked on at once; more than that wait."""
FINISH_SECONDS_MAX: Final = 5.0

Handler = Callable[[str, bytes], Awaitable[bytes]]
"""From the subject and the data of a request to the data of its answer."""


class Sender(Protocol):
    """What puts an answer on the wire."""

    async def send(self, subject: str, data: bytes, headers: dict[str, str] | None = None, reply: str = "") -> None:
        """Put one message on the wire now; raises Unavailable when there is no wire."""
        ...


async def serve(
    client: Client, sender: Sender, subject: str, group: str, handler: Handler, *, answers_to: str
) -> Callable[[], Awaitable[None]]:
    """Answer until the function that is returned is called; raises Unavailable when the server is away.

    An answer is written with our own rights: a request that wants it anywhere but below `answers_to` gets none.
    """
    slots = asyncio.Semaphore(SERVED_MAX)
    begun: set[asyncio.Task[None]] = set()

    async def answer(msg: Msg) -> None:
        try:
            with suppress(Unavailable):  # whoever asked runs into a time limit, and asks again
                await sender.send(msg.reply, await handler(msg.subject, msg.data))
        finally:
            slots.release()

    async def hear(msg: Msg) -> None:
        if not msg.reply.startswith(answers_to):
            return
        await slots.acquire()
        task = asyncio.create_task(answer(msg))
        begun.add(task)
        task.add_done_callback(begun.discard)

    try:
        subscription = await client.subscribe(subject, queue=group, cb=hear)
    except NatsError as error:
        raise Unavailable(f"NATS is away: {subject} cannot be served; try again shortly") from error

    async def stop() -> None:
        with suppress(NatsError):  # the server is away, and has forgotten it with the connection
            await subscription.unsubscribe()
        if begun:
            await asyncio.wait(begun, timeout=FINISH_SECONDS_MAX)

    return stop
