"""The table of streams: what each holds, for how long, and the guards that start-up insists on."""

import enum
from typing import Final

import msgspec

from contracts.language.subject import Kind, kind_filter

DAY: Final = 86_400.0
REVOKED_SECONDS: Final = 3_600.0
"""How long it is remembered that an access token was revoked: longer than one lives that belongs to a session."""


class Retention(enum.StrEnum):
    """How a message leaves a stream: by limits, or when its work is done."""

    LIMITS = "limits"
    WORK_QUEUE = "workqueue"


class StreamSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One stream.

    Ages in seconds (0: for ever), sizes in bytes (-1: without limit). `is_async` trades safety for speed, knowingly.
    """

    name: str
    kinds: tuple[Kind, ...]
    retention: Retention = Retention.LIMITS
    max_age_seconds: float = 0.0
    bytes_max: int = -1
    message_bytes_max: int = 1024 * 1024
    duplicate_window_seconds: float = 120.0
    is_compressed: bool = True
    is_immutable: bool = False
    is_atomic: bool = False
    is_async: bool = False
    has_schedules: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects it takes."""
        return tuple(kind_filter(kind) for kind in self.kinds)


class ConsumerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One durable consumer, shared by every copy of the process that takes from it. Times in seconds."""

    name: str
    stream: str
    subjects: tuple[str, ...]
    ack_wait_seconds: float = 30.0
    in_flight_max: int = 1000


LEDGER: Final = StreamSpec(name="LEDGER", kinds=(Kind.ACTION, Kind.FACT), is_immutable=True, is_atomic=True)
OBSERVATIONS: Final = StreamSpec(
    name="OBSERVATIONS",
    kinds=(Kind.OBSERVATION,),
    max_age_seconds=30 * DAY,
    bytes_max=20 * 1024**3,
    is_async=True,
)
JOBS: Final = StreamSpec(
    name="JOBS",
    kinds=(Kind.JOB, Kind.REPORT),
    retention=Retention.WORK_QUEUE,
    max_age_seconds=7 * DAY,
    bytes_max=1024**3,
)
TIMERS: Final = StreamSpec(
    name="TIMERS", kinds=(Kind.TIMER, Kind.DUE), bytes_max=1024**3, is_compressed=False, has_schedules=True
)
PARKED: Final = StreamSpec(name="PARKED", kinds=(Kind.PARKED,), max_age_seconds=90 * DAY, bytes_max=1024**3)
EVIDENCE: Final = StreamSpec(name="EVIDENCE", kinds=(Kind.EVIDENCE,), is_immutable=True)
REVOCATIONS: Final = StreamSpec(
    name="REVOCATIONS", kinds=(Kind.REVOKED,), max_age_seconds=REVOKED_SECONDS, bytes_max=256 * 1024**2
)

STREAMS: Final = (LEDGER, OBSERVATIONS, JOBS, TIMERS, PARKED, EVIDENCE, REVOCATIONS)
BY_KIND: Final = {kind: stream for stream in STREAMS for kind in stream.kinds}

ACTIONS: Final = ConsumerSpec(name="actions", stream="LEDGER", subjects=(kind_filter(Kind.ACTION),))
PROCESSES: Final = ConsumerSpec(name="processes", stream="LEDGER", subjects=(kind_filter(Kind.FACT),))
REPORTS: Final = ConsumerSpec(name="reports", stream="JOBS", subjects=(kind_filter(Kind.REPORT),))
DUE: Final = ConsumerSpec(name="due", stream="TIMERS", subjects=(kind_filter(Kind.DUE),))
DEVICE_JOBS: Final = ConsumerSpec(name="jobs", stream="JOBS", subjects=(kind_filter(Kind.JOB),), ack_wait_seconds=60.0)

CONSUMERS: Final = (ACTIONS, PROCESSES, REPORTS, DUE, DEVICE_JOBS)
