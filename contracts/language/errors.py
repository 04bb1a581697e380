"""Every error that may cross a package border, as one tree sorted by who must act.

    TodError
    ├── Refusal              the caller must change something; becomes a fact with its reason, never retried
    │   ├── InvalidRequest   NotSignedIn   NotPermitted   NotFound   AlreadyExists   LimitReached
    │   └── StaleState       somebody else wrote first
    ├── DeviceFault          the device
    │   ├── DeviceUnreachable   DeviceTimeout   DeviceBusy        retry later, the breaker counts
    │   └── DeviceDenied   DeviceRejected   DeviceUntrusted       an outcome, no retry
    ├── Unavailable          one of our servers; retry later, readiness goes red
    └── ContractBroken       our bug or foreign data; park and alarm

A library's error is translated where the library is called, with the cause kept. `code` is the promise, text is for
people.
"""

from typing import ClassVar, Final

import msgspec


class Ack(msgspec.Struct, frozen=True, tag=True):
    """The delivery is done with."""


class RetryLater(msgspec.Struct, frozen=True, tag=True):
    """Deliver again, not before `after_seconds`."""

    after_seconds: float


class Park(msgspec.Struct, frozen=True, tag=True):
    """Set the delivery aside with its error, so that the ones behind it go on."""

    reason: str


LINK_OVER: Final = (
    "It was used already, replaced by a newer one, or has expired. Ask whoever invited you for another; who had signed "
    "in before can ask for a reset."
)
Verdict = Ack | RetryLater | Park


class TodError(Exception):
    """The root: `code` names the problem for ever, `status` is its HTTP answer, `verdict` what a consumer does."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    retry_after_seconds: ClassVar[float | None] = None

    @property
    def message(self) -> str:
        """What a person reads."""
        return str(self.args[0]) if self.args else self.title


class Refusal(TodError):
    """The caller must change something."""

    code = "refused"
    title = "The request was refused"
    status = 422


class InvalidRequest(Refusal):
    """The request does not have the shape or range that was asked for."""

    code = "request.invalid"
    title = "The request is not valid"
    status = 400


class NotSignedIn(Refusal):
    """There is no token, or it proves nothing."""

    code = "access.unauthenticated"
    title = "Sign in first"
    status = 401


class SessionOver(NotSignedIn):
    """The session is over, or never was."""

    code = "session.over"
    title = "The session is over"

    def __init__(self, *said: str) -> None:
        super().__init__(*said or ("Sign in again: this session was ended, has expired, or its token was used twice.",))


class NotPermitted(Refusal):
    """The caller is known, and may not do this."""

    code = "access.denied"
    title = "You may not do this"
    status = 403


class NotFound(Refusal):
    """There is no such thing, or not for this caller."""

    code = "resource.unknown"
    title = "There is no such thing"
    status = 404


class LinkOver(NotFound):
    """A link that is good once is good no longer: never made, used, replaced by a newer one, or too old."""

    code = "link.over"
    title = "This link is good no longer"

    def __init__(self, *said: str) -> None:
        super().__init__(*said or (LINK_OVER,))


class AlreadyExists(Refusal):
    """The name, address or key is taken."""

    code = "resource.taken"
    title = "It exists already"
    status = 409


class StaleState(Refusal):
    """Somebody else wrote first: read again, then decide again."""

    code = "state.stale"
    title = "Somebody else changed it first"
    status = 412


class LimitReached(Refusal):
    """A limit with a name was reached."""

    code = "limit.reached"
    title = "A limit was reached"
    status = 429


class DeviceFault(TodError):
    """The device, or the way to it."""

    code = "device.fault"
    title = "The device did not do it"
    status = 502


class DeviceUnreachable(DeviceFault):
    """Nothing answers at the address, or the connection broke."""

    code = "device.unreachable"
    title = "The device cannot be reached"
    retry_after_seconds = 30.0


class DeviceTimeout(DeviceFault):
    """The device took longer than the deadline."""

    code = "device.timeout"
    title = "The device did not answer in time"
    status = 504
    retry_after_seconds = 30.0


class DeviceBusy(DeviceFault):
    """The device refuses another session for now."""

    code = "device.busy"
    title = "The device is busy"
    retry_after_seconds = 60.0


class DeviceDenied(DeviceFault):
    """The login was refused."""

    code = "device.denied"
    title = "The device refused the login"


class DeviceRejected(DeviceFault):
    """The device understood and said no (a trap)."""

    code = "device.rejected"
    title = "The device rejected the command"


class DeviceUntrusted(DeviceFault):
    """The device does not prove to be the one we know."""

    code = "device.untrusted"
    title = "The device is not the one that was trusted"


class Unavailable(TodError):
    """One of our own servers does not answer."""

    code = "server.unavailable"
    title = "A part of the platform is not available"
    status = 503
    retry_after_seconds = 1.0


class ContractBroken(TodError):
    """Our bug or foreign data: undecodable, unknown version, impossible state."""

    code = "contract.broken"
    title = "Something that must not happen happened"


def verdict_for(error: Exception) -> Verdict:
    """What a consumer does with the delivery that raised `error`; only our own passing troubles are worth a retry."""
    if isinstance(error, Refusal):
        return Ack()
    if isinstance(error, TodError) and error.retry_after_seconds is not None:
        return RetryLater(error.retry_after_seconds)
    return Park(f"{type(error).__name__}: {error}")
