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
from contracts.tenants import TenantErased, TenantResumed, TenantSuspended

STREAM: Final = "LEDGER"
FILTERS: Final = (kind_filter(Kind.FACT, "devices"), kind_filter(Kind.FACT, "tenants"))
"""Each is followed by itself: the order between a tenant's facts and a device's does not matter here."""


class Device(msgspec.Struct, frozen=True, gc=False):
    """Where a device is, how it is opened, and the certificate it has to show (empty before one was accepted)."""

    device_id: DeviceId
    tenant_id: TenantId
    address: Address
    credential: Credential
    fingerprint: str = ""


class Roster:
    """Every device of the fleet that is not retired, and whose tenant is open."""

    def __init__(self) -> None:
        self.devices: dict[DeviceId, Device] = {}
        self.revision = 0
        """Rises whenever a device comes or goes."""
        self._resting: dict[TenantId, dict[DeviceId, Device]] = {}

    def apply(self, recorded: Recorded) -> DeviceId | None:
        """Take one fact in; names the device when a poller has something to do about it."""
        devices = self._resting.get(recorded.tenant_id, self.devices)
        match recorded.message:
            case DeviceAdded(device_id=device_id, address=address, credential=credential):
                devices[device_id] = Device(device_id, recorded.tenant_id, address, credential)
                self.revision += 1
                return device_id
            case DeviceRetired(device_id=device_id):
                self.revision += 1
                return device_id if devices.pop(device_id, None) is not None else None
            case DeviceMoved(device_id=device_id, address=address):
                return _change(devices, device_id, address=address, fingerprint="")
            case CredentialSet(device_id=device_id, credential=credential):
                return _change(devices, device_id, credential=credential)
            case DeviceTrusted(device_id=device_id, fingerprint=fingerprint):
                return _change(devices, device_id, fingerprint=fingerprint)
            case TenantSuspended(tenant_id=tenant_id) | TenantErased(tenant_id=tenant_id):
                self._rest(tenant_id)
            case TenantResumed(tenant_id=tenant_id):
                self.devices.update(self._resting.pop(tenant_id, {}))
                self.revision += 1
        return None

    def _rest(self, tenant_id: TenantId) -> None:
        """Leave the devices of a tenant alone."""
        if tenant_id in self._resting:
            return
        resting = {name: device for name, device in self.devices.items() if device.tenant_id == tenant_id}
        self.devices = {name: device for name, device in self.devices.items() if name not in resting}
        self._resting[tenant_id] = resting
        self.revision += 1


def _change(devices: dict[DeviceId, Device], device_id: DeviceId, **fields: object) -> DeviceId | None:
    device = devices.get(device_id)
    if device is None:
        return None
    changed = msgspec.structs.replace(device, **fields)
    devices[device_id] = changed
    return device_id if changed != device else None
