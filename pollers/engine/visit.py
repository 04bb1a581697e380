"""One look at one device: connect if needed, ask everything that is due in one round trip, publish what was said.

A session is kept from look to look, so that a device logs us in once and not once a minute (facts 2.11). What a look
taught counts only when it is published: otherwise the next look says it again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from contracts.catalog import CODEC
from contracts.devices import CertificateSeen
from contracts.language.delivery import Outgoing, Publisher
from contracts.language.envelope import Envelope
from contracts.language.errors import DeviceFault, DeviceUnreachable, TodError
from contracts.language.identity import TenantId, repeatable_id
from contracts.language.message import Message, Report
from contracts.language.transport import Transport
from contracts.polls import PollFailed, PollObserved
from pollers.device.security import CertificateChanged
from pollers.device.session import DeviceSession
from pollers.engine.breaker import FIRST_SHARE, pause_seconds
from pollers.engine.collector import Survey
from pollers.engine.door import Door
from pollers.engine.observe import Memory, observe
from pollers.engine.outbox import Outbox
from pollers.engine.outcome import Judge, Outcome
from pollers.engine.roster import Device
from pollers.engine.rounds import phase_of

SOURCE: Final = "pollers"
ASK_SECONDS_MAX: Final = 30.0


class Held:
    """What this process keeps of a device while it holds it.

    `epoch` is that of its lease, `tick` counts what was published.
    """

    __slots__ = (
        "certificate_said",
        "device",
        "epoch",
        "failures",
        "is_over",
        "memory",
        "phase",
        "reached",
        "round",
        "session",
        "standing",
        "tick",
    )

    def __init__(self, device: Device, epoch: int, memory: Memory) -> None:
        self.device = device
        self.epoch = epoch
        self.memory = memory
        self.phase = phase_of(device.device_id)
        self.tick = 0
        self.round = 0
        self.failures = 0
        self.standing: object = None
        self.session: DeviceSession | None = None
        self.reached: Transport | None = None
        self.certificate_said = ""
        self.is_over = False

    def become(self, device: Device, memory: Memory) -> None:
        """Go on with what is now known of the device. Another address is another device: only `memory` is left.

        What no longer holds is hung up, and what was said about a certificate is open again.
        """
        before, self.device = self.device, device
        self.failures = 0
        is_elsewhere = device.address != before.address
        if is_elsewhere:
            self.memory, self.round, self.reached = memory, 0, None
        if is_elsewhere or device.credential != before.credential:
            self.close()
        if device.fingerprint != before.fingerprint:
            self.certificate_said = ""
            if self.session is not None and self.session.fingerprint not in {"", device.fingerprint}:
                self.close()

    def close(self) -> None:
        """Hang up."""
        session, self.session = self.session, None
        if session is not None:
            session.close()


class Tally(msgspec.Struct):
    """What a process has done since it started, for its metrics."""

    observed: int = 0
    failed: int = 0
    unpublished: int = 0
    logins: int = 0
    left_out: int = 0


class Visitor:
    """Looks at devices. Holds nothing of any of them; share one per process.

    `clock` gives the time of day, `monotonic` seconds that only rise.
    """

    def __init__(
        self,
        *,
        bus: Publisher,
        door: Door,
        survey: Survey,
        judge: Judge,
        interval_seconds: float,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._outbox = Outbox(bus)
        self._door = door
        self._survey = survey
        self._judge = judge
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._monotonic = monotonic
        self.tally = Tally()

    async def visit(self, held: Held) -> float | None:
        """Look once; gives the seconds to wait before the next look, None for the next slot.

        Raises Unavailable when the password cannot be opened or the bus does not take the observation; the look is
        then made again.
        """
        at = self._clock()
        device = held.device
        try:
            session = await self._session(held, at)
            turn = self._survey.turn(held.round, held.phase)
            plan = self._survey.plan(turn.due, held.memory.missing)
            begun = self._monotonic()
            replies = await session.ask(plan.asks, deadline_seconds=ASK_SECONDS_MAX)
            took_seconds = self._monotonic() - begun
        except DeviceFault as fault:
            if held.is_over or held.device is not device:
                return 0.0
            return await self._fail(held, fault, at)
        if held.is_over or held.device.address is not device.address:
            return 0.0
        observed = observe(self._survey, plan, replies, held.memory, at=at, refresh=turn.refresh)
        self.tally.left_out += len(observed.left_out)
        held.tick += 1
        poll = PollObserved(
            epoch=held.epoch,
            tick=held.tick,
            took_ms=round(took_seconds * 1000, 1),
            rung=session.rung,
            parts=observed.parts,
        )
        held.failures = 0
        judgement = self._judge(held.standing, Outcome(device.device_id, at))
        await self._say(held, poll, judgement.report, at)
        held.memory = observed.memory
        held.standing = judgement.standing
        held.round += 1
        self.tally.observed += 1
        return FIRST_SHARE * self._interval_seconds if judgement.is_doubtful else None

    async def _session(self, held: Held, at: datetime) -> DeviceSession:
        """The session that is kept, or a new one; it is said when its certificate is not the accepted one."""
        session = held.session
        if session is None or not session.is_open:
            session = await self._open(held, at)
        if session.rung is Transport.TLS_PINNED and session.fingerprint != held.device.fingerprint:
            await self._say_certificate(held, session.fingerprint, at)
        return session

    async def _open(self, held: Held, at: datetime) -> DeviceSession:
        """Log in. A device that changed while that went on is not the one of this session: it is closed."""
        held.close()
        device = held.device
        try:
            session = await self._door.connect(device, held.reached)
        except CertificateChanged as fault:
            await self._say_certificate(held, fault.fingerprint, at)
            raise
        if held.is_over or held.device is not device:
            session.close()
            raise DeviceUnreachable(f"{device.address.host} is no longer looked at in this way")
        self.tally.logins += 1
        held.session = session
        held.reached = session.rung
        return session

    async def _fail(self, held: Held, fault: DeviceFault, at: datetime) -> float:
        """Publish that a look failed; the seconds to leave the device alone."""
        if held.session is not None and not held.session.is_open:
            held.close()
        held.failures += 1
        held.tick += 1
        self.tally.failed += 1
        failed = PollFailed(
            epoch=held.epoch, tick=held.tick, code=fault.code, message=fault.message, failures=held.failures
        )
        judgement = self._judge(held.standing, Outcome(held.device.device_id, at, fault))
        await self._say(held, failed, judgement.report, at)
        held.standing = judgement.standing
        return pause_seconds(fault, held.failures, interval_seconds=self._interval_seconds, phase=held.phase)

    async def _say(self, held: Held, poll: PollObserved | PollFailed, report: Report | None, at: datetime) -> None:
        """Publish a poll, and a report beside it; the id of both comes from the device, the epoch and the tick."""
        device = held.device
        identity = f"{device.device_id.hex}-{held.epoch}-{held.tick}"
        envelope = Envelope(id=identity, occurred_at=at, source=SOURCE)
        messages = [CODEC.encode(poll, device.tenant_id, envelope, entity=device.device_id)]
        if report is not None:
            messages.append(_encode(report, device.tenant_id, f"{identity}-report", at))
        try:
            await self._outbox.publish(messages)
        except TodError:
            self.tally.unpublished += 1
            raise

    async def _say_certificate(self, held: Held, fingerprint: str, at: datetime) -> None:
        """Report a certificate that is not pinned, once for each that is seen."""
        if held.certificate_said == fingerprint:
            return
        device = held.device
        seen = CertificateSeen(device_id=device.device_id, fingerprint=fingerprint)
        identity = repeatable_id("certificate", device.device_id, held.epoch, held.tick, fingerprint)
        await self._outbox.publish([_encode(seen, device.tenant_id, str(identity), at)])
        held.certificate_said = fingerprint


def _encode(message: Message, tenant_id: TenantId, identity: str, at: datetime) -> Outgoing:
    return CODEC.encode(message, tenant_id, Envelope(id=identity, occurred_at=at, source=SOURCE))
