"""Process managers: after a fact, carry out what the step wishes. Ids of jobs and timers repeat: twice is once."""

from collections.abc import Mapping
from typing import Any

from commands.engine import timers
from commands.engine.aggregate import Aggregates
from commands.engine.cause import Cause, cause_of
from commands.engine.handler import Do, Forget, Process, Wake, Wish
from contracts.language.codec import Recorded
from contracts.language.delivery import Bus, Delivery


class Processes:
    """The processes of a catalog, found by the facts that they follow."""

    def __init__(self, bus: Bus, aggregates: Aggregates, processes: tuple[Process[Any], ...]) -> None:
        self._bus = bus
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
                await self._carry_out(wish, cause)

    async def _carry_out(self, wish: Wish, cause: Cause) -> None:
        match wish:
            case Do(job):
                await self._bus.publish(cause.work(job))
            case Wake(timer, moment):
                await self._bus.publish(timers.scheduled(cause.work(timer), timers.at(moment)))
            case Forget(timer, entity):
                await timers.forget(self._bus, timer, cause.tenant_id, entity)
