"""Poller: look at every device that is ours, once an interval, for ever.

Three loops and no task per idle device: one folds the roster, one keeps the leases, one starts the looks that are due.
Everything a look needs is handed in; what it may cost is limited by name.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog

from contracts.catalog import CODEC
from contracts.language.delivery import Bus
from contracts.language.errors import ContractBroken, Unavailable
from pollers.engine.collector import Collector, Survey
from pollers.engine.credential import Credentials, Opener
from pollers.engine.door import Door
from pollers.engine.lease import BEAT_SECONDS, Leases, Scripts
from pollers.engine.observe import blank
from pollers.engine.outcome import Judge
from pollers.engine.roster import FILTERS, STREAM, Roster
from pollers.engine.rounds import Rounds
from pollers.engine.territory import Territory
from pollers.engine.visit import Held, Tally, Visitor

log = structlog.get_logger(__name__)

IN_FLIGHT_MAX: Final = 256
"""Looks at one time, if not told otherwise: enough for slow devices, few enough to bound sockets in the making."""
GRAIN_SECONDS: Final = 0.05
"""Looks that fall into one grain start together, which saves waking up for each of them."""
IDLE_SECONDS_MAX: Final = 1.0
SETTLE_SECONDS: Final = 0.2
"""How long new devices are gathered before their leases are taken together."""
SUMMARY_SECONDS: Final = 60.0

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


class Poller:
    """One process' polling. `run` it; `tally` and the counts are for its metrics.

    `instance` is a name that no process has had before, `authority_pem` holds the authorities of certificates,
    `in_flight_max` limits the looks at one time.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        cache: Scripts,
        opener: Opener,
        collectors: Sequence[Collector],
        judge: Judge,
        instance: str,
        interval_seconds: float,
        authority_pem: str = "",
        in_flight_max: int = IN_FLIGHT_MAX,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._in_flight_max = in_flight_max
        self._monotonic = monotonic
        self._survey = Survey(collectors, interval_seconds)
        self._credentials = Credentials(opener, monotonic)
        self._rounds = Rounds(interval_seconds)
        self._roster = Roster()
        self._territory = Territory(Leases(cache, instance))
        self._visitor = Visitor(
            bus=bus,
            door=Door(self._credentials, authority_pem),
            survey=self._survey,
            judge=judge,
            interval_seconds=interval_seconds,
            clock=clock,
            monotonic=monotonic,
        )
        self._held: dict[UUID, Held] = {}
        self._visits: set[asyncio.Task[None]] = set()
        self._has_work = asyncio.Event()
        self._has_news = asyncio.Event()
        self._behind = set(FILTERS)
        self._wakes_at = 0.0

    @property
    def tally(self) -> Tally:
        """What was done since the start."""
        return self._visitor.tally

    @property
    def devices_held(self) -> int:
        """Devices that are this process' own."""
        return len(self._held)

    @property
    def visits_in_flight(self) -> int:
        """Looks being made now."""
        return len(self._visits)

    @property
    def sessions_open(self) -> int:
        """Devices that are logged in to."""
        return sum(held.session is not None and held.session.is_open for held in self._held.values())

    async def run(self) -> None:
        """Poll until cancelled; then hang up and give the devices back."""
        try:
            async with asyncio.TaskGroup() as loops:
                for subjects in FILTERS:
                    loops.create_task(self._follow_roster(subjects), name="roster")
                loops.create_task(self._keep_leases(), name="leases")
                loops.create_task(self._start_visits(), name="visits")
                loops.create_task(self._summarise(), name="summary")
        finally:
            for visit in self._visits:
                visit.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)
            for device_id in list(self._held):
                self._let_go(device_id)
            await self._territory.leave()

    async def _follow_roster(self, subjects: str) -> None:
        """Fold the facts; what they change about a device that is held takes effect at once."""
        async for batch in self._bus.follow(STREAM, (subjects,), idle=True):
            if not batch and subjects in self._behind:
                self._behind.discard(subjects)
                self._has_news.set()
            for delivery in batch:
                try:
                    changed = [self._roster.apply(recorded) for recorded in CODEC.decode(delivery)]
                except ContractBroken:
                    log.exception("roster.unreadable", sequence=delivery.sequence)
                    continue
                for device_id in changed:
                    if device_id is not None and not self._behind:
                        self._take_news(device_id)

    def _take_news(self, device_id: UUID) -> None:
        """One device was added, retired, moved, or is opened or trusted in another way."""
        device = self._roster.devices.get(device_id)  # type: ignore[call-overload] # a DeviceId is a UUID
        held = self._held.get(device_id)
        if device is None or held is None:
            self._has_news.set()
            if held is not None:
                self._let_go(device_id)
            return
        if device.credential != held.device.credential:
            self._credentials.drop(device_id)
        held.become(device, blank(self._survey))
        self._rounds.hasten(device_id, self._monotonic())
        self._has_work.set()

    async def _keep_leases(self) -> None:
        """Beat, and hold what is ours. While the cache is away everything goes on under the leases of before."""
        while True:
            await self._wait_for_news()
            if self._behind:
                continue
            try:
                won, lost = await self._territory.settle(self._roster.devices, self._roster.revision)
            except Unavailable as error:
                log.warning("lease.unattended", devices=len(self._held), error=error.message)
                continue
            renewed = set(won) & set(lost)
            for device_id in lost:
                if device_id not in renewed:
                    self._let_go(device_id)
            for device_id in won:
                self._hold(device_id)
            if won or lost:
                log.info("lease.taken", won=len(won), lost=len(lost), held=len(self._held))
                self._has_work.set()

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await self._has_news.wait()
            await asyncio.sleep(SETTLE_SECONDS)
        self._has_news.clear()

    def _hold(self, device_id: UUID) -> None:
        """Begin with a device under its epoch; one that was held under another keeps its session, and nothing else."""
        device = self._roster.devices.get(device_id)  # type: ignore[call-overload] # a DeviceId is a UUID
        if device is None:
            return
        held = Held(device, self._territory.held[device_id], blank(self._survey))
        before = self._held.get(device_id)
        if before is not None:
            before.is_over = True
            held.session, before.session = before.session, None
            held.reached = before.reached
        self._held[device_id] = held
        self._rounds.add(device_id, self._monotonic())

    def _let_go(self, device_id: UUID) -> None:
        held = self._held.pop(device_id, None)
        if held is not None:
            held.is_over = True
            held.close()
        self._rounds.remove(device_id)
        self._credentials.drop(device_id)

    async def _start_visits(self) -> None:
        while True:
            now = self._monotonic()
            for device_id in self._rounds.due(now, self._in_flight_max - len(self._visits)):
                task = asyncio.create_task(self._visit(self._held[device_id]))
                self._visits.add(task)
                task.add_done_callback(self._visits.discard)
            await self._wait_for_work()

    async def _wait_for_work(self) -> None:
        """Sleep until somebody is due, or until somebody who is due sooner comes."""
        await asyncio.sleep(GRAIN_SECONDS)
        now = self._monotonic()
        next_at = self._rounds.next_at()
        self._wakes_at = now + IDLE_SECONDS_MAX if next_at is None else min(next_at, now + IDLE_SECONDS_MAX)
        if len(self._visits) >= self._in_flight_max:
            self._wakes_at = now + IDLE_SECONDS_MAX
        if self._wakes_at > now:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wakes_at - now):
                    await self._has_work.wait()
        self._has_work.clear()

    async def _visit(self, held: Held) -> None:
        """Look at one device, and put it back into the rounds whatever came of it."""
        pause: float | None = None
        try:
            pause = await self._visitor.visit(held)
        except Unavailable as error:
            log.debug("visit.unavailable", device_id=str(held.device.device_id), error=error.message)
        except Exception:
            log.exception("visit.broken", device_id=str(held.device.device_id))
        if not held.is_over:
            now = self._monotonic()
            self._rounds.done(held.device.device_id, now, retry_at=None if pause is None else now + pause)
            if len(self._visits) >= self._in_flight_max or (self._rounds.next_at() or now) < self._wakes_at:
                self._has_work.set()

    async def _summarise(self) -> None:
        while True:
            await asyncio.sleep(SUMMARY_SECONDS)
            overdue_seconds = round(self._rounds.overdue(self._monotonic()), 1)
            counts = {"devices": len(self._held), "in_flight": len(self._visits)} | msgspec.structs.asdict(self.tally)
            if overdue_seconds > self._rounds.interval_seconds:
                log.warning("round.overrun", overdue_seconds=overdue_seconds, **counts)
            else:
                log.info("round.finished", overdue_seconds=overdue_seconds, **counts)
