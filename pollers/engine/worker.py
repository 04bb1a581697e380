"""run_jobs: take a job, do it, report what came of it; or look first, when an earlier attempt may have done it already.

A job is done with when its report is stored, so whatever crashes between the two leads to a look and never to a second
doing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from contracts.catalog import CODEC
from contracts.language.codec import Recorded
from contracts.language.delivery import Bus, Delivery
from contracts.language.errors import Ack, ContractBroken, Park, RetryLater, verdict_for
from contracts.language.identity import repeatable_id
from contracts.language.message import Message
from contracts.language.parking import parked
from pollers.engine.credential import Credentials, Opener
from pollers.engine.door import Door
from pollers.engine.job import Job, Tools
from pollers.engine.visit import SOURCE

log = structlog.get_logger(__name__)

STREAM: Final = "JOBS"
CONSUMER: Final = "jobs"
JOBS_IN_FLIGHT_MAX: Final = 64
WORKING_SECONDS: Final = 20.0
"""How often a long job says that it is being worked on: well below the time after which another is given it."""


class Worker:
    """One process' jobs."""

    def __init__(self, bus: Bus, tools: Tools, jobs: Sequence[Job], clock: Callable[[], datetime]) -> None:
        self._bus = bus
        self._tools = tools
        self._jobs: Mapping[type[Message], Job] = {job.asked: job for job in jobs}
        self._clock = clock
        self._room = asyncio.Semaphore(JOBS_IN_FLIGHT_MAX)

    async def run(self) -> None:
        """Take and do jobs until cancelled; what is in flight then comes again to somebody, who looks first."""
        async with asyncio.TaskGroup() as tasks:
            async for batch in self._bus.take(STREAM, CONSUMER, batch_max=JOBS_IN_FLIGHT_MAX):
                for delivery in batch:
                    await self._room.acquire()
                    tasks.create_task(self._handle(delivery))

    async def _handle(self, delivery: Delivery) -> None:
        """Work on one delivery, and settle it as its outcome demands."""
        working = asyncio.create_task(self._keep(delivery))
        try:
            for recorded in CODEC.decode(delivery):
                await self._work(recorded, delivery.attempt)
        except Exception as error:  # noqa: BLE001 - the verdict of any error is in the error table, and one job must not end all
            await self._settle_failed(delivery, error)
        else:
            await self._bus.settle(delivery)
        finally:
            working.cancel()
            self._room.release()

    async def _work(self, recorded: Recorded, attempt: int) -> None:
        """Do a job the first time, look every other time, and store the report."""
        job = self._jobs.get(type(recorded.message))
        if job is None:
            raise ContractBroken(f"Nobody here does {type(recorded.message).name}")
        act = job.do if attempt == 1 else job.look
        begun = time.monotonic()
        report = await act(recorded.message, recorded.tenant_id, self._tools)
        identity = repeatable_id("report", recorded.envelope.id)
        envelope = recorded.envelope.causing(str(identity), source=SOURCE, occurred_at=self._clock())
        await self._bus.publish(CODEC.encode(report, recorded.tenant_id, envelope))
        took_ms = round((time.monotonic() - begun) * 1000)
        if attempt == 1:
            log.info("job.done", job=type(recorded.message).name, entity=recorded.entity, took_ms=took_ms)
        else:
            log.info("job.looked", job=type(recorded.message).name, entity=recorded.entity, attempt=attempt)

    async def _settle_failed(self, delivery: Delivery, error: Exception) -> None:
        verdict = verdict_for(error)
        match verdict:
            case RetryLater(after_seconds=seconds):
                log.warning("delivery.retried", subject=delivery.subject, error=str(error))
                await self._bus.settle(delivery, retry_after_seconds=seconds)
            case Park(reason=reason):
                log.error("delivery.parked", subject=delivery.subject, error=reason, exc_info=error)
                await self._bus.publish(parked(delivery, by=CONSUMER, reason=reason))
                await self._bus.settle(delivery)
            case Ack():
                await self._bus.settle(delivery)

    async def _keep(self, delivery: Delivery) -> None:
        """Hold on to a delivery while it is worked on."""
        while True:
            await asyncio.sleep(WORKING_SECONDS)
            await self._bus.working(delivery)


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


async def run_jobs(bus: Bus, opener: Opener, *, jobs: Sequence[Job], authority_pem: str = "") -> None:
    """Do jobs until cancelled. `authority_pem` holds the authorities that certificates of devices may come from."""
    door = Door(Credentials(opener, time.monotonic), authority_pem)
    await Worker(bus, door, jobs, utc_now).run()
