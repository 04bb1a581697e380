"""A device as deciding needs it, folded from its facts; and the two things that only one device may hold."""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from commands.engine.claim import Claim
from commands.engine.handler import Fold
from contracts.devices import (
    Address,
    Credential,
    CredentialSet,
    DeviceAdded,
    DeviceDistrusted,
    DeviceMoved,
    DeviceRenamed,
    DeviceRetired,
    DeviceTrusted,
    LoginAsked,
    LoginFailed,
    LoginProved,
)
from contracts.language.errors import NotFound
from contracts.language.identity import DeviceId, JobId
from contracts.language.message import Event
from contracts.language.transport import Transport

TITLE: Final = Claim(
    purpose="devices.title",
    taken="Another device of this tenant is called “{value}” already. Choose another name, or rename that one first.",
)
ENDPOINT: Final = Claim(
    purpose="devices.endpoint",
    taken="Another device of this tenant is reached at {value} already. "
    "Check the address and the port, or retire that device first.",
)


class Device(msgspec.Struct, frozen=True):
    """A device as deciding needs it.

    `fingerprint` is the certificate that it must show, `foreign_fingerprint` one that it showed instead; `login` names
    the attempt whose outcome is awaited.
    """

    title: str
    address: Address
    credential: Credential
    fingerprint: str = ""
    foreign_fingerprint: str = ""
    login: JobId | None = None
    is_retired: bool = False


replace: Final = msgspec.structs.replace

_CHANGES: Final[Mapping[type[Event], Callable[[Device, Any], Device]]] = {
    DeviceRenamed: lambda device, fact: replace(device, title=fact.title),
    DeviceMoved: lambda device, fact: replace(device, address=fact.address, fingerprint="", foreign_fingerprint=""),
    CredentialSet: lambda device, fact: replace(device, credential=fact.credential),
    LoginAsked: lambda device, fact: replace(device, login=fact.job_id),
    LoginProved: lambda device, fact: _after_login(device, fact.job_id),
    LoginFailed: lambda device, fact: _after_login(device, fact.job_id),
    DeviceTrusted: lambda device, fact: replace(device, fingerprint=fact.fingerprint, foreign_fingerprint=""),
    DeviceDistrusted: lambda device, fact: replace(device, foreign_fingerprint=fact.fingerprint),
    DeviceRetired: lambda device, _fact: replace(device, is_retired=True, login=None),
}


def _after_login(device: Device, job_id: JobId) -> Device:
    return replace(device, login=None) if device.login == job_id else device


def evolve(device: Device | None, fact: Event) -> Device | None:
    """What a fact makes of the device; None as long as there is none."""
    if isinstance(fact, DeviceAdded):
        return Device(fact.title, fact.address, fact.credential)
    change = _CHANGES.get(type(fact))
    return device if device is None or change is None else change(device, fact)


DEVICE: Final = Fold(word="devices", initial=None, evolve=evolve, is_overwriting=True)


def endpoint(address: Address) -> str:
    """Host and port that are really called, written in one way only, so that one device is not added twice."""
    port = address.api_port if address.transport is Transport.PLAIN else address.tls_port
    try:
        return f"[{ipaddress.IPv6Address(address.host).compressed}]:{port}"
    except ValueError:
        return f"{address.host.casefold().rstrip('.')}:{port}"


def living(device: Device | None, device_id: DeviceId, attempt: str) -> Device:
    """The device, if it is there to be acted on; `attempt` is what somebody wants to do, as in "rename"."""
    if device is None:
        raise NotFound(f"There is no device {device_id} to {attempt}. Look it up in the list of devices.")
    if device.is_retired:
        raise NotFound(
            f"The device “{device.title}” is retired: one cannot {attempt} it. Add it again to bring it back."
        )
    return device
