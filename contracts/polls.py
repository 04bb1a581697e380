"""Polls: one look at one device. All that it said in one round trip is one message, and so is a look that failed."""

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from contracts.language.measure import Count, Milliseconds
from contracts.language.message import Observation
from contracts.language.transport import Transport

Parts = Annotated[
    dict[str, msgspec.Raw],
    Meta(description="The observations of this poll by name and version, such as `health.observed.v1`."),
]


class PollObserved(Observation, frozen=True, kw_only=True):
    """What a device said.

    `epoch` is the fencing number of the poller's lease and `tick` counts its polls of this device from 1 without a
    hole: a number that is missing is an observation that was lost.
    """

    name: ClassVar[str] = "polls.observed"
    epoch: Count
    tick: Count
    took_ms: Milliseconds
    rung: Transport
    parts: Parts


class PollFailed(Observation, frozen=True, kw_only=True):
    """A device did not answer; `code` is that of the error, `failures` counts those in a row."""

    name: ClassVar[str] = "polls.failed"
    epoch: Count
    tick: Count
    code: str
    message: str
    failures: Count


COMMANDS: Final = ()
MESSAGES: Final = (PollObserved, PollFailed)
