"""A fleet of one, of two dialects, and a client that speaks sentences as they are on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ops.simulator import Fleet, Router
from ops.simulator.wire import SentenceReader, sentence

V6, V7 = "rb3011-6.49-capsman", "wapr-lte-7.18"


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    """A router of each dialect: the first runs 6.49, the second 7.18."""
    async with Fleet(2, boards=(V6, V7), data_dir=tmp_path, reboot_seconds=0.2) as running:
        yield running


@pytest.fixture
def old(fleet: Fleet) -> Router:
    """A router of version 6."""
    return fleet.routers[0]


@pytest.fixture
def new(fleet: Fleet) -> Router:
    """A router of version 7."""
    return fleet.routers[1]


class Wire:
    """A plain socket and the sentences that come out of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._sentences = SentenceReader()
        self._waiting: list[tuple[bytes, ...]] = []

    def send(self, *words: str) -> None:
        self.writer.write(sentence(word.encode() for word in words))

    async def receive(self) -> tuple[str, ...]:
        """Return the next sentence, or nothing at the end of the connection."""
        while not self._waiting:
            async with asyncio.timeout(5):
                data = await self.reader.read(65536)
            if not data:
                return ()
            self._waiting += self._sentences.feed(data)
        return tuple(word.decode("utf-8", "surrogateescape") for word in self._waiting.pop(0))

    async def ask(self, *words: str) -> list[tuple[str, ...]]:
        """Send a sentence and return the replies up to its end."""
        self.send(*words)
        replies: list[tuple[str, ...]] = []
        while not replies or replies[-1][0] not in {"!done", "!fatal"}:
            replies.append(await self.receive())
            if not replies[-1]:
                break
        return replies

    async def rows(self, *words: str) -> list[dict[str, str]]:
        """Ask, and return the rows as pairs."""
        replies = await self.ask(*words)
        assert replies[-1] == ("!done",), replies
        return [pairs(reply) for reply in replies if reply[0] == "!re"]

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


def pairs(reply: tuple[str, ...]) -> dict[str, str]:
    """Return the attributes of a reply."""
    return {name: value for name, _, value in (word[1:].partition("=") for word in reply if word.startswith("="))}


@pytest.fixture
async def dial(fleet: Fleet) -> AsyncIterator[Callable[..., object]]:
    """Open a connection to a router, logged in unless told otherwise."""
    opened: list[Wire] = []

    async def connect(router: Router, *, login: bool = True) -> Wire:
        wire = Wire(*await asyncio.open_connection(router.address, fleet.ports.api))
        opened.append(wire)
        if login:
            assert await wire.ask("/login", "=name=tod", f"=password={router.password}") == [("!done",)]
        return wire

    yield connect
    for wire in opened:
        await wire.close()
