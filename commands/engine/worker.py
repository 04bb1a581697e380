"""The consuming loops of `commands`: a delivery is decoded, given to what is declared for it, and settled by verdict.

Loops: actions to facts and an answer, reports and due times to facts, facts to jobs and timers. Many deliveries are
worked on at once. One that cannot be worked on now comes again; one that never can is parked with its error.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from commands.engine import timers
from commands.engine.actions import Actions, broken
from commands.engine.aggregate import Aggregates
from commands.engine.append import Ledger
from commands.engine.handler import Catalog
from commands.engine.keys import KeyService
from commands.engine.lanes import Lanes
from commands.engine.memory import Cache, ShortMemory
from commands.engine.post import PostOffice
from commands.engine.process import Processes
from commands.engine.questions import Desk, Questions
from commands.engine.reactions import Reactions
from contracts.catalog import CODEC
from contracts.language.codec import Recorded
from contracts.language.delivery import Bus, Delivery
from contracts.language.errors import Ack, ContractBroken, Park, RetryLater, Unavailable, verdict_for
from contracts.language.parking import parked
from contracts.language.streams import ACTIONS, DUE, PROCESSES, REPORTS, ConsumerSpec
from contracts.language.subject import parse

log = structlog.get_logger(__name__)

IN_FLIGHT_MAX: Final = 128
"""Deliveries of one consumer that are worked on at once."""
TAKEN_MAX: Final = 64
"""Deliveries asked for at once. More would only lie here, out of reach of other copies of this process."""
FINISH_SECONDS_MAX: Final = 5.0
"""How long a process that is stopped goes on with what it has begun."""

Work = Callable[[Delivery], Awaitable[None]]


async def run(bus: Bus, keys: KeyService, cache: Cache, office: PostOffice, catalog: Catalog) -> None:
    """Work until cancelled; then finish what was begun. Any number of copies may run."""
    worker = Worker(bus, keys, cache, office, catalog)
    await timers.keep(bus, catalog.schedules, datetime.now(UTC))
    async with asyncio.TaskGroup() as loops:
        loops.create_task(worker.run_actions())
        loops.create_task(worker.run_reports())
        loops.create_task(worker.run_due())
        loops.create_task(worker.run_processes())
        loops.create_task(worker.run_questions())


class Worker:
    """The five loops over one bus, sharing what is remembered of entities and their order."""

    def __init__(self, bus: Bus, keys: KeyService, cache: Cache, office: PostOffice, catalog: Catalog) -> None:
        self._bus = bus
        self._lanes = Lanes()
        aggregates = Aggregates(bus)
        ledger = Ledger(bus, keys, aggregates)
        self._actions = Actions(bus, ledger, catalog.handlers)
        self._reactions = Reactions(ledger, catalog.reactions)
        self._processes = Processes(bus, keys, office, aggregates, catalog.processes)
        self._questions = Questions(Desk(bus, keys, ShortMemory(cache), aggregates, ledger), catalog.answerers)

    async def run_actions(self) -> None:
        """Decide what was asked for."""
        await self._consume(ACTIONS, self._act)

    async def run_reports(self) -> None:
        """Make facts of what pollers found out."""
        await self._consume(REPORTS, self._react)

    async def run_due(self) -> None:
        """Make facts of times that have come."""
        await self._consume(DUE, self._react)

    async def run_processes(self) -> None:
        """Ask for what facts lead to."""
        await self._consume(PROCESSES, self._follow)

    async def run_questions(self) -> None:
        """Answer what is asked in passing."""
        await self._questions.serve()

    async def _act(self, delivery: Delivery) -> None:
        try:
            recorded = _decoded(delivery)
            async with self._lanes.turn(self._actions.lane(recorded)):
                await self._actions.act(delivery, recorded)
        except Exception as error:
            if isinstance(verdict_for(error), Park):
                await self._actions.answer(delivery, broken(delivery, error))
            raise

    async def _react(self, delivery: Delivery) -> None:
        recorded = _decoded(delivery)
        async with self._lanes.turn(self._reactions.lane(recorded)):
            await self._reactions.react(delivery, recorded)

    async def _follow(self, delivery: Delivery) -> None:
        subject = parse(delivery.subject)
        if self._processes.follow(f"{subject.word}.{subject.what}"):
            async with self._lanes.turn((subject.tenant_id, subject.entity)):
                await self._processes.advance(delivery, _decoded(delivery))

    async def _consume(self, consumer: ConsumerSpec, work: Work) -> None:
        slots = asyncio.Semaphore(IN_FLIGHT_MAX)
        begun: set[asyncio.Task[None]] = set()

        def done(task: asyncio.Task[None]) -> None:
            begun.discard(task)
            slots.release()

        try:
            async for batch in self._bus.take(consumer.stream, consumer.name, batch_max=TAKEN_MAX):
                for delivery in batch:
                    await slots.acquire()
                    task = asyncio.create_task(self._settle(consumer, delivery, work))
                    begun.add(task)
                    task.add_done_callback(done)
        finally:
            await _finish(begun)

    async def _settle(self, consumer: ConsumerSpec, delivery: Delivery, work: Work) -> None:
        """Work on one delivery and say to the bus what came of it. When even that fails, it comes again by itself."""
        try:
            match await _verdict(delivery, work):
                case Ack():
                    await self._bus.settle(delivery)
                case RetryLater(after):
                    await self._bus.settle(delivery, retry_after_seconds=after)
                case Park(reason):
                    await self._bus.publish(parked(delivery, by=consumer.name, reason=reason))
                    await self._bus.settle(delivery)
        except Unavailable as error:
            log.warning("delivery.unsettled", subject=delivery.subject, sequence=delivery.sequence, error=str(error))


async def _verdict(delivery: Delivery, work: Work) -> Ack | RetryLater | Park:
    try:
        await work(delivery)
    except Exception as error:
        verdict = verdict_for(error)
        context = {"subject": delivery.subject, "sequence": delivery.sequence, "attempt": delivery.attempt}
        if isinstance(verdict, Park):
            log.exception("delivery.parked", **context)
        elif isinstance(verdict, RetryLater):
            log.warning("delivery.retried", **context, error=str(error))
        return verdict
    return Ack()


def _decoded(delivery: Delivery) -> Recorded:
    """The one message of a delivery; raises ContractBroken for one that nobody here knows."""
    for recorded in CODEC.decode(delivery):
        return recorded
    raise ContractBroken(f"{delivery.headers.get('ce-type')} is not known here: is this process older than its sender?")


async def _finish(begun: set[asyncio.Task[None]]) -> None:
    """Let go of what takes too long; the bus gives it to somebody else."""
    if begun:
        _done, late = await asyncio.wait(set(begun), timeout=FINISH_SECONDS_MAX)
        for task in late:
            task.cancel()
