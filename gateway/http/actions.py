"""Asking `commands`: publishes an action, and hears on this process' inbox what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from contracts.language.delivery import Answer, Appended, Bus, Outgoing
from contracts.language.envelope import ANSWER_TO
from contracts.language.errors import Unavailable
from contracts.language.identity import ActionId

log = structlog.get_logger(__name__)

ANSWER_SECONDS_MAX: Final = 10.0
INBOX: Final = "_INBOX_gateway"
_ANSWER: Final = msgspec.json.Decoder(Answer)


class Asked(msgspec.Struct, frozen=True):
    """An action that is in the log. `answer` is None while nobody said what became of it."""

    action_id: ActionId
    stored: Appended
    answer: Answer | None


class _Wait:
    """One action somebody waits for; two requests with one key share it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.callers = 0


class Actions:
    """The actions of this process that wait for an answer."""

    def __init__(self, bus: Bus, instance: str) -> None:
        self._bus = bus
        self._inbox = f"{INBOX}.{instance}"
        self._waits: dict[str, _Wait] = {}
        self._stop: Callable[[], Awaitable[None]] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._stop = await self._bus.listen(f"{self._inbox}.*", self._hear)

    async def close(self) -> None:
        """Stop listening; who still waits runs into its own time limit."""
        if self._stop is not None:
            await self._stop()

    async def ask(self, action: Outgoing, action_id: ActionId, *, within_seconds: float) -> Asked:
        """Publish an action and wait for its answer; with no seconds to wait, only publish.

        There is no answer to wait for when the log had the action before and nobody here waits for it. Raises
        Unavailable when the log did not confirm.
        """
        place = str(action_id)
        action.headers[ANSWER_TO] = f"{self._inbox}.{place}"
        wait = self._waits.setdefault(place, _Wait())
        wait.callers += 1
        try:
            stored = await self._published(action)
            if stored.duplicate and wait.callers == 1 and not wait.answer.done():
                return Asked(action_id, stored, None)
            return Asked(action_id, stored, await _within(wait.answer, within_seconds))
        finally:
            wait.callers -= 1
            if not wait.callers:
                del self._waits[place]

    async def _published(self, action: Outgoing) -> Appended:
        try:
            return await self._bus.publish(action)
        except Unavailable as error:
            raise Unavailable(
                "The log did not confirm the command: it may or may not be stored. "
                "Send it again with the same Idempotency-Key: it will be done once"
            ) from error

    async def _hear(self, subject: str, data: bytes) -> None:
        wait = self._waits.get(subject.rpartition(".")[2])
        if wait is None or wait.answer.done():
            return
        try:
            wait.answer.set_result(_ANSWER.decode(data))
        except msgspec.MsgspecError:
            log.exception("answer.unreadable")


async def _within(answer: asyncio.Future[Answer], seconds: float) -> Answer | None:
    if seconds > 0:
        await asyncio.wait({answer}, timeout=seconds)
    return answer.result() if answer.done() else None
