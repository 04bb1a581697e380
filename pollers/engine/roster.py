"""The devices there are, folded from the facts about them. A poller has no database: this is all it knows."""

from typing import Final

import msgspec

from contracts.devices import (
    Address,
    Credential,
    CredentialSet,
    DeviceAdded,
    DeviceMoved,
    DeviceRetired,
    DeviceTrusted,
)
from contracts.language.codec import Recorded
from contracts.language.identity import DeviceId, TenantId
from contracts.language.subject import Kind, kind_filter

STREAM: Final = "LEDGER"
FILTER: Final = kind_filter(Kind.FACT, "devices")


class Device(msgspec.Struct, frozen=True, gc=False):
    """Where a device is, how it is opened, and the certificate it has to show (empty before one was accepted)."""

    device_id: DeviceId
    tenant_id: TenantId
    address: Address
    credential: Credential
    fingerprint: str = ""


class Roster:
    """Every device of the fleet that is not retired."""

    def __init__(self) -> None:
        self.devices: dict[DeviceId, Device] = {}
        self.revision = 0
        """Rises whenever a device comes or goes."""

    def apply(self, recorded: Recorded) -> DeviceId | None:
        """Take one fact in; names the device when a poller has something to do about it."""
        match recorded.message:
            case DeviceAdded(device_id=device_id, address=address, credential=credential):
                self.devices[device_id] = Device(device_id, recorded.tenant_id, address, credential)
                self.revision += 1
                return device_id
            case DeviceRetired(device_id=device_id):
                self.revision += 1
                return device_id if self.devices.pop(device_id, None) is not None else None
            case DeviceMoved(device_id=device_id, address=address):
                return self._change(device_id, address=address, fingerprint="")
            case CredentialSet(device_id=device_id, credential=credential):
                return self._change(device_id, credential=credential)
            case DeviceTrusted(device_id=device_id, fingerprint=fingerprint):
                return self._change(device_id, fingerprint=fingerprint)
        return None

    def _change(self, device_id: DeviceId, **fields: object) -> DeviceId | None:
        device = self.devices.get(device_id)
        if device is None:
            return None
        changed = msgspec.structs.replace(device, **fields)
        self.devices[device_id] = changed
        return device_id if changed != device else None
