"""Process managers: after a fact, carry out what the step wishes. Ids of jobs and timers repeat: twice is once."""

from collections.abc import Mapping
from typing import Any

from commands.engine import timers
from commands.engine.aggregate import Aggregates
from commands.engine.cause import Cause, cause_of
from commands.engine.handler import DestroyKey, Do, Fold, Forget, Post, Process, Revoke, Wake
from commands.engine.keys import KeyService
from commands.engine.post import Letter, PostOffice, deliver
from contracts.language.codec import Recorded
from contracts.language.delivery import Bus, Delivery


class Processes:
    """The processes of a catalog, found by the facts that they follow."""

    def __init__(
        self,
        bus: Bus,
        keys: KeyService,
        office: PostOffice,
        aggregates: Aggregates,
        processes: tuple[Process[Any], ...],
    ) -> None:
        self._bus = bus
        self._keys = keys
        self._office = office
        self._aggregates = aggregates
        names = {fact.name for process in processes for fact in process.facts}
        self._by_fact: Mapping[str, list[Process[Any]]] = {
            name: [process for process in processes if any(fact.name == name for fact in process.facts)]
            for name in names
        }

    def follow(self, name: str) -> bool:
        """Whether any process cares for the facts of this name."""
        return name in self._by_fact

    async def advance(self, delivery: Delivery, recorded: Recorded) -> None:
        """Let every process that follows this fact take its step. Raises Unavailable; then it is to come again."""
        cause = cause_of(delivery, recorded)
        for process in self._by_fact[recorded.message.name]:
            loaded = await self._aggregates.since(process.fold, recorded.tenant_id, recorded.entity, recorded.sequence)
            for wish in process.step(loaded.state, recorded.message, cause.trigger):
                if isinstance(wish, Post):
                    await self._send(wish.letter, process.fold, recorded, cause, attempt=delivery.attempt)
                else:
                    await self._carry_out(wish, cause)

    async def _send(self, letter: Letter, fold: Fold[Any], recorded: Recorded, cause: Cause, *, attempt: int) -> None:
        """Send a letter, and note what came of it. A fact that comes again may have had its letter: the log knows."""
        if attempt > 1 and await self._aggregates.led_to(
            fold, recorded.tenant_id, recorded.entity, cause.envelope.id, after=recorded.sequence
        ):
            return
        outcome = await deliver(self._office, self._keys, letter, attempt=attempt)
        if outcome is not None:
            await self._bus.publish(cause.fact(outcome, cause.tenant_id, 0))

    async def _carry_out(self, wish: Do | Wake | Forget | Revoke | DestroyKey, cause: Cause) -> None:
        match wish:
            case Do(job):
                await self._bus.publish(cause.work(job))
            case Wake(timer, moment):
                await self._bus.publish(timers.scheduled(cause.work(timer), timers.at(moment)))
            case Forget(timer, entity):
                await timers.forget(self._bus, timer, cause.tenant_id, entity)
            case Revoke(revocation):
                await self._bus.publish(cause.work(revocation))
            case DestroyKey(key):
                await self._keys.destroy_key(key)
