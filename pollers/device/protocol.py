"""Many commands in flight on one connection: tags go out with them, and replies are told apart by tag as they come.

It frames, sends, sorts and cancels. It neither opens connections nor logs in (`session`), nor looks into a row (`ask`).
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from contracts.language.errors import ContractBroken, DeviceFault, DeviceTimeout, DeviceUnreachable, LimitReached
from pollers.device.ask import Reply
from pollers.device.values.texts import readable
from pollers.device.wire import SentenceReader, encode_sentence, encode_words

IN_FLIGHT_MAX: Final = 64
"""Commands open at once on one connection: a round asks a dozen menus, and the device works them off in turn anyway."""
ANSWER_BYTES_MAX: Final = 32 * 1024 * 1024
"""Bytes received for the commands in flight; who sends more has a full table where a small one was expected."""
LATE_MAX: Final = 16
"""Cancelled commands a device may leave unconfirmed before a new connection is the better way."""

_TAGS: Final = tuple(f".tag={number}" for number in range(IN_FLIGHT_MAX))
_ENDINGS: Final = tuple(encode_words([tag.encode()]) + b"\0" for tag in _TAGS)
_CANCEL_TAG: Final = b".tag=cancel"


class Wire(Protocol):
    """What a channel writes to: a transport of the event loop, or TLS in front of one."""

    def write(self, data: bytes, /) -> None:
        """Send, without waiting."""

    def close(self) -> None:
        """Close when all is sent."""

    def abort(self) -> None:
        """Close at once."""


class Flight:
    """The commands of one call, which leave in one write and land together."""

    __slots__ = ("chunks", "landed", "open", "replies")

    def __init__(self, replies: list[Reply], landed: asyncio.Future[None], chunks: int) -> None:
        self.replies = replies
        self.open = len(replies)
        self.landed = landed
        self.chunks = chunks
        """How often the device had sent something when the flight left."""


class Channel(asyncio.Protocol):
    """One connection that speaks the API. `peer` names the device in messages for people."""

    __slots__ = ("_chunks", "_flights", "_reader", "_received", "_wire", "fatal", "fault", "peer")

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.fault: DeviceFault | None = None
        """Why the connection is over; None while it stands."""
        self.fatal: str | None = None
        """What the device said last, if it closed the connection with a reason."""
        self._wire: Wire | None = None
        self._reader = SentenceReader()
        self._flights: dict[str, tuple[Reply, Flight]] = {}
        self._received = 0
        self._chunks = 0

    @property
    def is_open(self) -> bool:
        """Whether commands can be sent."""
        return self._wire is not None and self.fault is None

    @property
    def has_heard(self) -> bool:
        """Whether the device ever sent anything; a refused session ends without."""
        return self._chunks > 0

    async def send(self, commands: Sequence[tuple[str, bytes]], deadline_seconds: float) -> list[Reply]:
        """Send all commands, given as name and encoded words, in one write, and wait for all ends or for the deadline.

        At the deadline whatever is still open is cancelled and its reply is late. Raises DeviceTimeout when not one
        command ended; the connection is kept if the device said anything at all meanwhile, since devices stall and a
        new login costs both sides more (facts 2.11, 7.4). Raises DeviceUnreachable when the connection breaks,
        LimitReached when too many commands are in flight.
        """
        if self.fault is not None or self._wire is None:
            raise DeviceUnreachable(f"the connection to {self.peer} is closed") from self.fault
        if not commands:
            return []
        loop = asyncio.get_running_loop()
        flight = Flight([Reply(name) for name, _ in commands], loop.create_future(), self._chunks)
        numbers = self._free_numbers(len(commands))
        for number, reply in zip(numbers, flight.replies, strict=True):
            self._flights[_TAGS[number]] = reply, flight
        self._wire.write(b"".join([body + _ENDINGS[n] for (_, body), n in zip(commands, numbers, strict=True)]))
        timer = loop.call_later(deadline_seconds, self._expire, flight, deadline_seconds)
        try:
            await flight.landed
        except asyncio.CancelledError:
            self._cancel(flight)
            raise
        finally:
            timer.cancel()
        return flight.replies

    def close(self) -> None:
        """Close; whoever still waits gets DeviceUnreachable."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        self._end(DeviceUnreachable(f"the connection to {self.peer} was closed by us"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; called by the event loop, or by the TLS in front of it."""
        self._wire = transport  # type: ignore[assignment] # both kinds can write, close and abort

    def data_received(self, data: bytes) -> None:
        """Sort whatever sentences are now complete."""
        self._chunks += 1
        self._received += len(data)
        if self._received > ANSWER_BYTES_MAX:
            limit = f"the limit is {ANSWER_BYTES_MAX} (ANSWER_BYTES_MAX)"
            self._end(DeviceUnreachable(f"{self.peer} answered with more than can be taken, {limit}: ask for less"))
            return
        try:
            sentences = self._reader.feed(data)
        except ContractBroken as error:
            fault = DeviceUnreachable(f"{self.peer} does not speak the RouterOS API as we know it: {error.message}")
            fault.__cause__ = error
            self._end(fault)
            return
        for words in sentences:
            self._sort(words)

    def eof_received(self) -> bool:
        """Let the transport close itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        middle = "" if self._reader.is_between_sentences else " in the middle of a sentence"
        fault = DeviceUnreachable(f"{self.peer} closed the connection{middle}")
        fault.__cause__ = exc
        self._end(fault)

    def _free_numbers(self, count: int) -> Sequence[int]:
        """Take the lowest tags that no open command has, so that one round is the same bytes for every device."""
        if all(reply.is_late for reply, _ in self._flights.values()):
            self._received = 0
        numbers: Sequence[int] = range(min(count, IN_FLIGHT_MAX))
        if self._flights:
            numbers = [n for n in range(IN_FLIGHT_MAX) if _TAGS[n] not in self._flights][:count]
        if len(numbers) < count:
            raise LimitReached(
                f"{count} more commands to {self.peer} would exceed {IN_FLIGHT_MAX} in flight (IN_FLIGHT_MAX)"
            )
        return numbers

    def _sort(self, words: list[str]) -> None:
        """Give one sentence to the command it belongs to; what belongs to none was given up before."""
        word = words[0]
        entry = self._flights.get(words[1]) if len(words) > 1 else None
        if entry is None:
            if word == "!fatal":
                self._hear_fatal(words)
                return
            entry = self._flights.get(_bring_tag_forward(words))
            if entry is None:
                return
        reply, flight = entry
        if word == "!re":
            if not reply.is_late:
                reply.sentences.append(words)
        elif word == "!done":
            reply.ret = next((readable(word[5:]) for word in words if word.startswith("=ret=")), None)
            reply.is_done = True
            del self._flights[words[1]]
            flight.open -= 1
            if not flight.open and not flight.landed.done():
                flight.landed.set_result(None)
        elif word == "!trap":
            reply.add_trap(words)

    def _hear_fatal(self, words: list[str]) -> None:
        """End the connection with the device's own reason, which comes as a bare word (facts 3.5)."""
        self.fatal = readable(" ".join(word for word in words[1:] if not word.startswith(".tag=")))
        self._end(DeviceUnreachable(f"{self.peer} ended the connection: {self.fatal}"))

    def _expire(self, flight: Flight, deadline_seconds: float) -> None:
        """Land a flight whose deadline has passed."""
        if flight.landed.done():
            return
        within = f"within {deadline_seconds:g} s; look at its load, and at the way to it"
        if flight.chunks == self._chunks:
            self._end(DeviceTimeout(f"{self.peer} said nothing {within}"))
            return
        self._cancel(flight)
        if any(reply.is_done for reply in flight.replies):
            flight.landed.set_result(None)
        else:
            flight.landed.set_exception(DeviceTimeout(f"{self.peer} came to no end of any answer {within}"))
        if len(self._flights) > LATE_MAX:
            self._end(DeviceTimeout(f"{self.peer} has not confirmed {len(self._flights)} cancelled commands"))

    def _cancel(self, flight: Flight) -> None:
        """Call off what is still open; the tags stay taken until the device confirms."""
        for tag, (reply, owner) in self._flights.items():
            if owner is flight and not reply.is_late:
                reply.is_late = True
                reply.sentences = []
                if self._wire is not None:
                    self._wire.write(encode_sentence(b"/cancel", b"=tag=" + tag[5:].encode(), _CANCEL_TAG))

    def _end(self, fault: DeviceFault) -> None:
        """End the connection once, with one reason for everybody who waits."""
        if self.fault is None:
            self.fault = fault
            if self._wire is not None:
                self._wire.abort()
        for _, flight in self._flights.values():
            if not flight.landed.done():
                flight.landed.set_exception(_once_more(self.fault))
        self._flights = {}


def _once_more(fault: DeviceFault) -> DeviceFault:
    """Make an error of its own for each who waits: one that is raised in several tasks collects all their frames."""
    copy = type(fault)(fault.message)
    copy.__cause__ = fault.__cause__
    return copy


def _bring_tag_forward(words: list[str]) -> str:
    """Put the tag where it is looked for: a device may send it anywhere after the reply word (facts 1.8)."""
    for place in range(1, len(words)):
        if words[place].startswith(".tag="):
            words.insert(1, words.pop(place))
            return words[1]
    return ""
