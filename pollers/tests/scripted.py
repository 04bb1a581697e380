"""A wire fixture: a real socket that plays a script of sentences and raw bytes, for what the simulator would never say.

It is no router and decides nothing; whoever wants behaviour uses the simulator.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pollers.device.wire import SentenceReader, encode_sentence


class Peer:
    """One connection as the script sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = SentenceReader()
        self._heard: list[list[str]] = []

    async def hear(self) -> list[str]:
        """Wait for the next sentence; an empty one is the end of the connection."""
        while not self._heard:
            data = await self._reader.read(65536)
            if not data:
                return []
            self._heard += self._frames.feed(data)
        return self._heard.pop(0)

    def say(self, *words: str | bytes) -> None:
        """Send one sentence."""
        self.send(encode_sentence(*(word if isinstance(word, bytes) else word.encode() for word in words)))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    async def let_in(self) -> list[str]:
        """Accept whatever login comes, and give its words."""
        words = await self.hear()
        self.say("!done", tag_of(words))
        return words

    async def until_gone(self) -> None:
        """Wait for the other side to close."""
        while await self.hear():
            pass


Script = Callable[[Peer], Awaitable[None]]


def tag_of(words: list[str]) -> str:
    """Give the tag word of a sentence."""
    return next(word for word in words if word.startswith(".tag="))


@asynccontextmanager
async def playing(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve the script to every connection, on a free port, until the end of the block."""
    tasks: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(Peer(reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
