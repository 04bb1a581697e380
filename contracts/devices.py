"""Devices: the routers we look after; where they are, how they are opened, whether we trust them, and what they are."""

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from contracts.language.access import Permission
from contracts.language.identity import DeviceId, JobId
from contracts.language.measure import Bytes, Count, Hertz, Milliseconds, Port
from contracts.language.message import Command, CommandSpec, Event, Job, Method, Observation, Report, Timer
from contracts.language.sealed import Sealed
from contracts.language.transport import API_PORT, API_TLS_PORT, Transport

DeviceName = Annotated[
    str, Meta(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$", description="Unique in the tenant.")
]
Host = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+(%[A-Za-z0-9._\-]+)?$",
        description="An IPv4 or IPv6 address, or a host name.",
    ),
]
Username = Annotated[str, Meta(min_length=1, max_length=128)]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is and how it is reached."""

    host: Host
    api_port: Port = API_PORT
    tls_port: Port = API_TLS_PORT
    transport: Transport = Transport.AUTO


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we log in as. The password is sealed with the tenant's key and bound to this device."""

    username: Username
    password: Sealed


class AddDevice(Command, frozen=True, kw_only=True):
    """Take a device into the fleet; it is polled at once, and its login is tried."""

    name: ClassVar[str] = "devices.add"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    title: DeviceName
    host: Host
    username: Username
    password: Sealed
    api_port: Port = API_PORT
    tls_port: Port = API_TLS_PORT
    transport: Transport = Transport.AUTO


class RenameDevice(Command, frozen=True, kw_only=True):
    """Give a device another name."""

    name: ClassVar[str] = "devices.rename"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    title: DeviceName


class MoveDevice(Command, frozen=True, kw_only=True):
    """Say that a device is reached elsewhere, or in another way."""

    name: ClassVar[str] = "devices.move"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    host: Host
    api_port: Port = API_PORT
    tls_port: Port = API_TLS_PORT
    transport: Transport = Transport.AUTO


class SetCredential(Command, frozen=True, kw_only=True):
    """Log in with another name or password from now on."""

    name: ClassVar[str] = "devices.set_credential"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    username: Username
    password: Sealed


class TryLogin(Command, frozen=True, kw_only=True):
    """Try the login now and say what came of it."""

    name: ClassVar[str] = "devices.try_login"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId


class TrustDevice(Command, frozen=True, kw_only=True):
    """Accept the certificate that a device shows now in place of the one that was pinned."""

    name: ClassVar[str] = "devices.trust"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    fingerprint: Annotated[
        str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the certificate, in hexadecimal.")
    ]


class RetireDevice(Command, frozen=True, kw_only=True):
    """Take a device out of the fleet. Its history stays; its name and address are free again."""

    name: ClassVar[str] = "devices.retire"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId


class DeviceAdded(Event, frozen=True, kw_only=True):
    """A device belongs to the fleet."""

    name: ClassVar[str] = "devices.added"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    title: str
    address: Address
    credential: Credential


class DeviceRenamed(Event, frozen=True, kw_only=True):
    """A device has another name."""

    name: ClassVar[str] = "devices.renamed"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    title: str
    previous_title: str


class DeviceMoved(Event, frozen=True, kw_only=True):
    """A device is reached elsewhere, or in another way.

    What was pinned is forgotten: another host is another device.
    """

    name: ClassVar[str] = "devices.moved"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    address: Address


class CredentialSet(Event, frozen=True, kw_only=True):
    """A device is opened with another credential."""

    name: ClassVar[str] = "devices.credential_set"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    credential: Credential


class DeviceRetired(Event, frozen=True, kw_only=True):
    """A device is no longer polled."""

    name: ClassVar[str] = "devices.retired"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId


class LoginAsked(Event, frozen=True, kw_only=True):
    """A login is being tried; `job_id` names the attempt."""

    name: ClassVar[str] = "devices.login_asked"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    job_id: JobId


class LoginProved(Event, frozen=True, kw_only=True):
    """The device let us in."""

    name: ClassVar[str] = "devices.login_proved"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    job_id: JobId
    rung: Transport
    identity: str
    routeros_version: str
    took_ms: Milliseconds


class LoginFailed(Event, frozen=True, kw_only=True):
    """The device did not let us in, or was not there; `code` is that of the error."""

    name: ClassVar[str] = "devices.login_failed"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    job_id: JobId
    code: str
    message: str


class DeviceTrusted(Event, frozen=True, kw_only=True):
    """The certificate that a device must show from now on: seen first, or accepted by an operator."""

    name: ClassVar[str] = "devices.trusted"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    fingerprint: str


class DeviceDistrusted(Event, frozen=True, kw_only=True):
    """A device shows another certificate than the one that was pinned: renewed, replaced, or somebody in between."""

    name: ClassVar[str] = "devices.distrusted"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    fingerprint: str
    expected_fingerprint: str


class ProbeLogin(Job, frozen=True, kw_only=True):
    """Log in to a device and say what came of it.

    It holds all that is needed, so that no poller has to know the device yet.
    """

    name: ClassVar[str] = "devices.probe_login"
    entity: ClassVar[str] = "device_id"
    job_id: JobId
    device_id: DeviceId
    address: Address
    credential: Credential
    fingerprint: str = ""


class LoginOverdue(Timer, frozen=True, kw_only=True):
    """A login that was asked for has had its time: without an outcome it counts as failed."""

    name: ClassVar[str] = "devices.login_overdue"
    entity: ClassVar[str] = "job_id"
    job_id: JobId
    device_id: DeviceId


class LoginProbed(Report, frozen=True, kw_only=True):
    """What came of a login: `code` is empty when it went well."""

    name: ClassVar[str] = "devices.login_probed"
    entity: ClassVar[str] = "device_id"
    job_id: JobId
    device_id: DeviceId
    code: str = ""
    message: str = ""
    rung: Transport | None = None
    fingerprint: str = ""
    identity: str = ""
    routeros_version: str = ""
    took_ms: Milliseconds = 0


class CertificateSeen(Report, frozen=True, kw_only=True):
    """A device showed a certificate that is not pinned: for the first time, or in place of another."""

    name: ClassVar[str] = "devices.certificate_seen"
    entity: ClassVar[str] = "device_id"
    device_id: DeviceId
    fingerprint: str


class Package(msgspec.Struct, frozen=True, omit_defaults=True):
    """One installed package."""

    name: str
    version: str
    is_disabled: bool = False


class DeviceIdentified(Observation, frozen=True, kw_only=True):
    """What a device is; sent when it changes. Texts are empty and numbers 0 where the device does not say."""

    name: ClassVar[str] = "devices.identified"
    identity: str = ""
    routeros_version: str = ""
    channel: str = ""
    board: str = ""
    model: str = ""
    serial: str = ""
    architecture: str = ""
    platform: str = ""
    cpu: str = ""
    cpu_count: Count = 0
    cpu_frequency_hertz: Hertz = 0
    memory_total_bytes: Bytes = 0
    storage_total_bytes: Bytes = 0
    firmware_type: str = ""
    firmware_factory: str = ""
    firmware_current: str = ""
    firmware_upgrade: str = ""
    build_time: str = ""
    packages: tuple[Package, ...] = ()
    update_channel: str = ""
    update_latest: str = ""
    update_status: str = ""


COMMANDS: Final = (
    CommandSpec(AddDevice, Method.POST, "/devices", Permission.DEVICES_WRITE, "devices.one", creates=True),
    CommandSpec(RenameDevice, Method.PUT, "/devices/{device_id:uuid}/title", Permission.DEVICES_WRITE, "devices.one"),
    CommandSpec(MoveDevice, Method.PUT, "/devices/{device_id:uuid}/address", Permission.DEVICES_WRITE, "devices.one"),
    CommandSpec(
        SetCredential,
        Method.PUT,
        "/devices/{device_id:uuid}/credential",
        Permission.DEVICES_WRITE,
        "devices.one",
    ),
    CommandSpec(
        TryLogin,
        Method.POST,
        "/devices/{device_id:uuid}/login-tests",
        Permission.DEVICES_WRITE,
        "devices.one",
    ),
    CommandSpec(TrustDevice, Method.PUT, "/devices/{device_id:uuid}/trust", Permission.DEVICES_WRITE, "devices.one"),
    CommandSpec(RetireDevice, Method.DELETE, "/devices/{device_id:uuid}", Permission.DEVICES_RETIRE, "devices.one"),
)
MESSAGES: Final = (
    DeviceAdded,
    DeviceRenamed,
    DeviceMoved,
    CredentialSet,
    DeviceRetired,
    LoginAsked,
    LoginProved,
    LoginFailed,
    DeviceTrusted,
    DeviceDistrusted,
    ProbeLogin,
    LoginOverdue,
    LoginProbed,
    CertificateSeen,
    DeviceIdentified,
)
