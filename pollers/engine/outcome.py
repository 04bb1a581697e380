"""What came of a look, as far as a judge needs it. Whether a device counts as online is not decided in the engine."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from contracts.language.errors import DeviceFault
from contracts.language.identity import DeviceId
from contracts.language.message import Report


class Outcome(msgspec.Struct, frozen=True):
    """One look at a device: when, and what was wrong; None when it answered."""

    device_id: DeviceId
    at: datetime
    fault: DeviceFault | None = None


class Judgement(msgspec.Struct, frozen=True):
    """What the judge wants to remember, what it has to say, and whether it would like to look again soon."""

    standing: Any
    report: Report | None = None
    is_doubtful: bool = False


Judge = Callable[[Any, Outcome], Judgement]
"""From the standing of before (None: never judged) and an outcome to a judgement; pure.

It counts once its report is published.
"""
