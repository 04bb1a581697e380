"""Jobs: what a capability does on one device when it is asked to.

A job is delivered at least once and a device knows no transactions. So a job is a pair: `do`, and `look`, which is run
instead when an earlier attempt may have done it already, changes nothing, and reports what it sees. Both say
everything in their report.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from contracts.language import message
from contracts.language.identity import TenantId
from pollers.device.session import DeviceSession
from pollers.engine.roster import Device


class Tools(Protocol):
    """What a job is given to work with."""

    async def connect(self, device: Device) -> DeviceSession:
        """Open a session of its own. Raises a DeviceFault, or Unavailable when the password cannot be opened."""
        ...


Act = Callable[[Any, TenantId, Tools], Awaitable[message.Report]]


class Job(msgspec.Struct, frozen=True):
    """One kind of job: the message that asks for it, and how it is done and looked at."""

    asked: type[message.Job]
    do: Act
    look: Act
