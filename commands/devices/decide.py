"""What operators decide about a device: taken in, renamed, moved, given a credential, tried, trusted, retired."""

from commands.devices.device import ENDPOINT, TITLE, Device, endpoint, living
from commands.engine.claim import Release, Take, exchange
from commands.engine.handler import Outcomes, Trigger
from contracts.devices import (
    AddDevice,
    Address,
    Credential,
    CredentialSet,
    DeviceAdded,
    DeviceMoved,
    DeviceRenamed,
    DeviceRetired,
    DeviceTrusted,
    LoginAsked,
    MoveDevice,
    RenameDevice,
    RetireDevice,
    SetCredential,
    TrustDevice,
    TryLogin,
)
from contracts.language.errors import AlreadyExists, InvalidRequest
from contracts.language.identity import DeviceId, JobId
from contracts.language.sealed import Sealed, tenant_key


def _check_seal(password: Sealed, trigger: Trigger) -> None:
    if password.key != tenant_key(trigger.tenant_id):
        raise InvalidRequest("The password is not sealed with the key of this tenant. Send it again through the API.")


def _ask_login(device_id: DeviceId, trigger: Trigger) -> LoginAsked:
    return LoginAsked(device_id=device_id, job_id=JobId(trigger.identity("login")))


def decide_add(device: Device | None, command: AddDevice, trigger: Trigger) -> Outcomes:
    """The device, its name and its endpoint; its login is tried at once."""
    if device is not None:
        raise AlreadyExists(
            f"The device {command.device_id} exists already, as “{device.title}”. Add it with a new id."
        )
    _check_seal(command.password, trigger)
    address = Address(
        host=command.host, api_port=command.api_port, tls_port=command.tls_port, transport=command.transport
    )
    credential = Credential(username=command.username, password=command.password)
    return (
        Take(TITLE, command.title),
        Take(ENDPOINT, endpoint(address)),
        DeviceAdded(device_id=command.device_id, title=command.title, address=address, credential=credential),
        _ask_login(command.device_id, trigger),
    )


def decide_rename(device: Device | None, command: RenameDevice, _trigger: Trigger) -> Outcomes:
    """The new name, and the old one free again."""
    device = living(device, command.device_id, "rename")
    if device.title == command.title:
        return ()
    return (
        *exchange(TITLE, device.title, command.title),
        DeviceRenamed(device_id=command.device_id, title=command.title, previous_title=device.title),
    )


def decide_move(device: Device | None, command: MoveDevice, trigger: Trigger) -> Outcomes:
    """The new address, the old one free again; what was pinned is forgotten, and the login is tried there."""
    device = living(device, command.device_id, "move")
    address = Address(
        host=command.host, api_port=command.api_port, tls_port=command.tls_port, transport=command.transport
    )
    if device.address == address:
        return ()
    return (
        *exchange(ENDPOINT, endpoint(device.address), endpoint(address)),
        DeviceMoved(device_id=command.device_id, address=address),
        _ask_login(command.device_id, trigger),
    )


def decide_set_credential(device: Device | None, command: SetCredential, trigger: Trigger) -> Outcomes:
    """The new credential, and a login with it. A sealed password cannot be compared, so it always counts as another."""
    living(device, command.device_id, "set the credential of")
    _check_seal(command.password, trigger)
    credential = Credential(username=command.username, password=command.password)
    return (
        CredentialSet(device_id=command.device_id, credential=credential),
        _ask_login(command.device_id, trigger),
    )


def decide_try_login(device: Device | None, command: TryLogin, trigger: Trigger) -> Outcomes:
    """Another attempt; one that is still under way is no longer waited for."""
    living(device, command.device_id, "try the login of")
    return (_ask_login(command.device_id, trigger),)


def decide_trust(device: Device | None, command: TrustDevice, _trigger: Trigger) -> Outcomes:
    """Pin the certificate that the device showed, and no other: what nobody has seen cannot be accepted by mistake."""
    device = living(device, command.device_id, "trust")
    if command.fingerprint == device.fingerprint and not device.foreign_fingerprint:
        return ()
    if command.fingerprint not in {device.fingerprint, device.foreign_fingerprint}:
        shown = device.foreign_fingerprint or device.fingerprint or "none so far"
        raise InvalidRequest(
            f"“{device.title}” last showed the certificate {shown}, not {command.fingerprint}. "
            "Look at the device again and accept the certificate that it shows now."
        )
    return (DeviceTrusted(device_id=command.device_id, fingerprint=command.fingerprint),)


def decide_retire(device: Device | None, command: RetireDevice, _trigger: Trigger) -> Outcomes:
    """The device is gone, its name and endpoint are free."""
    device = living(device, command.device_id, "retire")
    return (
        Release(TITLE, device.title),
        Release(ENDPOINT, endpoint(device.address)),
        DeviceRetired(device_id=command.device_id),
    )
