"""The devices of a fleet: what we were told about them (facts), and what they say they are (inventory)."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final, cast
from uuid import UUID

import msgspec

from contracts import devices as said
from contracts.language.transport import Transport
from projections.engine.projection import OCCURRED_AT, Const, Fold, Happened, Log, Projection, Put, State


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device as operators know it. The credential is not here, only whom we log in as.

    `trust` is `none` before a certificate was seen, `pinned` while the device shows the one we know, and `changed` when
    it shows another. `login` is what came of the last login that was tried on purpose: `asked`, `proved` or `failed`.
    """

    device_id: UUID
    title: str
    host: str
    api_port: int
    tls_port: int
    transport: Transport
    username: str
    added_at: datetime
    retired_at: datetime | None = None
    trust: str = "none"
    fingerprint: str = ""
    shown_fingerprint: str = ""
    login: str = ""
    login_at: datetime | None = None
    login_rung: str = ""
    login_code: str = ""
    login_message: str = ""


class Identification(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is, in its own words; empty or 0 where it does not say."""

    device_id: UUID
    identity: str
    routeros_version: str
    channel: str
    board: str
    model: str
    serial: str
    architecture: str
    platform: str
    cpu: str
    cpu_count: int
    cpu_frequency_hertz: int
    memory_total_bytes: int
    storage_total_bytes: int
    firmware_type: str
    firmware_factory: str
    firmware_current: str
    firmware_upgrade: str
    build_time: str
    packages: tuple[said.Package, ...]
    update_channel: str
    update_latest: str
    update_status: str


class IdentificationChange(msgspec.Struct, frozen=True, kw_only=True):
    """A device says something else about itself than before: upgraded, renamed, or another device in its place."""

    device_id: UUID
    what: str
    before: str
    after: str


DEVICES: Final = State("devices", Device, history=True, indexes=(("title",),))
IDENTIFICATIONS: Final = State("identifications", Identification, history=True)
IDENTIFICATION_CHANGES: Final = Log(
    "identification_changes", IdentificationChange, indexes=(("device_id", "at"), ("at",))
)
TOLD: Final = ("identity", "routeros_version", "channel", "board", "serial", "firmware_current")
"""What is worth a line in a device's history when it changes."""


def identified(before: Identification | None, happened: Happened) -> Iterable[msgspec.Struct]:
    """What the device says it is, and a line for each thing it said otherwise before."""
    seen = cast("said.DeviceIdentified", happened.message)
    after = Identification(device_id=cast("UUID", happened.entity_id), **msgspec.structs.asdict(seen))
    if after == before:
        return
    yield after
    for what in TOLD if before else ():
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            yield IdentificationChange(device_id=after.device_id, what=what, before=old, after=new)


_put_at_address: Final = partial(
    Put,
    DEVICES,
    host="address.host",
    api_port="address.api_port",
    tls_port="address.tls_port",
    transport="address.transport",
)

PROJECTIONS: Final = (
    Projection(
        name="devices",
        version=1,
        stream="LEDGER",
        tables=(DEVICES,),
        on={
            said.DeviceAdded: _put_at_address(added_at=OCCURRED_AT, username="credential.username"),
            said.DeviceRenamed: Put(DEVICES),
            said.DeviceMoved: _put_at_address(trust=Const("none"), fingerprint=Const(""), shown_fingerprint=Const("")),
            said.CredentialSet: Put(DEVICES, username="credential.username"),
            said.DeviceRetired: Put(DEVICES, retired_at=OCCURRED_AT),
            said.LoginAsked: Put(DEVICES, login=Const("asked"), login_at=OCCURRED_AT),
            said.LoginProved: Put(
                DEVICES,
                login=Const("proved"),
                login_at=OCCURRED_AT,
                login_rung="rung",
                login_code=Const(""),
                login_message=Const(""),
            ),
            said.LoginFailed: Put(
                DEVICES, login=Const("failed"), login_at=OCCURRED_AT, login_code="code", login_message="message"
            ),
            said.DeviceTrusted: Put(DEVICES, trust=Const("pinned"), shown_fingerprint=Const("")),
            said.DeviceDistrusted: Put(
                DEVICES,
                trust=Const("changed"),
                fingerprint="expected_fingerprint",
                shown_fingerprint="fingerprint",
            ),
        },
    ),
    Projection(
        name="identifications",
        version=1,
        stream="OBSERVATIONS",
        tables=(IDENTIFICATIONS, IDENTIFICATION_CHANGES),
        on={said.DeviceIdentified: Fold(identified, IDENTIFICATIONS)},
    ),
)
