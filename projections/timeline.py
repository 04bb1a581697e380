"""Everything that happened to a device by anybody's hand, in words, one line per fact.

What a device did by itself (a reboot, another version) is noted by the read models that see it; the query puts both
together.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import msgspec

from contracts import devices, reachability
from contracts.language.message import Event
from projections.engine.projection import ACTOR, NAME, Append, Const, Given, Happened, Log, Projection

FINGERPRINT_SHOWN: Final = 16


class TimelineLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `severity` is `info`, `good`, `warning` or `bad`."""

    device_id: UUID
    what: str
    severity: str
    words: str
    actor: str


TIMELINE: Final = Log("timeline", TimelineLine, indexes=(("device_id", "at"), ("at",)))


def _said(template: str) -> Callable[[Happened], str]:
    """The fact's fields in a sentence."""

    def words(happened: Happened) -> str:
        return template.format(fact=happened.message)

    return words


def _certificate(template: str) -> Callable[[Happened], str]:
    def words(happened: Happened) -> str:
        fact: Any = happened.message
        return template.format(fact.fingerprint[:FINGERPRINT_SHOWN])

    return words


_WORDS: Final[dict[type[Event], tuple[str, Callable[[Happened], str]]]] = {
    devices.DeviceAdded: ("info", _said("Added as {fact.title}, reached at {fact.address.host}")),
    devices.DeviceRenamed: ("info", _said("Renamed from {fact.previous_title} to {fact.title}")),
    devices.DeviceMoved: ("info", _said("Reached at {fact.address.host} from now on")),
    devices.CredentialSet: ("info", _said("Logs in as {fact.credential.username} from now on")),
    devices.DeviceRetired: ("info", _said("Taken out of the fleet")),
    devices.LoginAsked: ("info", _said("A login is being tried")),
    devices.LoginProved: (
        "good",
        _said(
            "Login proved over {fact.rung} in {fact.took_ms:.0f} ms: {fact.identity}, RouterOS {fact.routeros_version}"
        ),
    ),
    devices.LoginFailed: ("bad", _said("Login failed: {fact.message}")),
    devices.DeviceTrusted: ("info", _certificate("The certificate {}… is trusted from now on")),
    devices.DeviceDistrusted: ("bad", _certificate("Shows the certificate {}…, which is not the trusted one")),
    reachability.WentOffline: ("bad", _said("Went offline: {fact.message}")),
    reachability.CameOnline: ("good", _said("Came online")),
}

PROJECTIONS: Final = (
    Projection(
        name="timeline",
        version=1,
        stream="LEDGER",
        tables=(TIMELINE,),
        on={
            fact: Append(TIMELINE, what=NAME, severity=Const(severity), words=Given(words), actor=ACTOR)
            for fact, (severity, words) in _WORDS.items()
        },
    ),
)
