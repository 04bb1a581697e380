"""librouteros' own API objects on our framing: paths, selects, queries and casting are its, the connection is ours.

Its reader awaits every word and cannot tell replies apart, so polls go through `ask`; for what is written by hand its
objects read better. Mind that they turn `yes`, `no` and whole numbers into bool and int: a host named `123` too
(facts 3.16).
"""

import asyncio
from collections.abc import Iterator

from librouteros import AsyncApi
from librouteros.exceptions import LibRouterosError

from contracts.language.errors import DeviceRejected
from pollers.device.protocol import Channel
from pollers.device.wire import encode_words


class SessionSentences:
    """What librouteros' API takes for its protocol: sentences out, sentences in, each task its own."""

    encoding = "utf-8"

    def __init__(self, channel: Channel, deadline_seconds: float) -> None:
        self._channel = channel
        self._deadline_seconds = deadline_seconds
        self._answers: dict[asyncio.Task[object] | None, Iterator[tuple[str, tuple[str, ...]]]] = {}

    async def writeSentence(self, cmd: str, *words: str) -> None:  # noqa: N802 - librouteros' name
        """Send one command and wait for all of its reply, which `readSentence` then tells piece by piece."""
        body = encode_words(word.encode() for word in (cmd, *words))
        (reply,) = await self._channel.send([(cmd, body)], self._deadline_seconds)
        self._answers[asyncio.current_task()] = iter(reply.retell())

    async def readSentence(self) -> tuple[str, tuple[str, ...]]:  # noqa: N802 - librouteros' name
        """Give the next sentence of the reply to what this task asked last."""
        task = asyncio.current_task()
        word, words = next(self._answers[task])
        if word == "!done":
            del self._answers[task]
        return word, words

    async def close(self) -> None:
        """Close the session beneath."""
        self._channel.close()


class DeviceApi(AsyncApi):  # type: ignore[misc] # librouteros has no type information
    """librouteros' AsyncApi, with errors from our tree."""

    async def readResponse(self) -> list[dict[str, str | int | bool]]:  # noqa: N802 - librouteros' name
        """Collect the rows of one reply. Raises DeviceRejected for a trap."""
        try:
            rows: list[dict[str, str | int | bool]] = await super().readResponse()
        except LibRouterosError as error:
            raise DeviceRejected(f"the device rejected the command: {error}") from error
        return rows
