from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

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
)
from contracts.language.codec import Recorded
from contracts.language.envelope import Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.sealed import Sealed
from pollers.engine.roster import Roster

TENANT = TenantId(UUID(int=7))
DEVICE = DeviceId(UUID(int=1))
HERE, THERE = Address(host="10.0.0.1"), Address(host="10.0.0.2", api_port=9000)
OLD, NEW = (Credential(username="tod", password=Sealed("tenant-7", text)) for text in ("old", "new"))


def recorded(message):
    envelope = Envelope(id=str(uuid4()), occurred_at=datetime(2025, 7, 21, tzinfo=UTC), source="test")
    return Recorded(message, envelope, TENANT, str(message.device_id), 1)


@pytest.fixture
def roster():
    roster = Roster()
    roster.apply(recorded(DeviceAdded(device_id=DEVICE, title="a", address=HERE, credential=OLD)))
    return roster


def test_an_added_device_is_known_with_its_tenant(roster):
    device = roster.devices[DEVICE]
    assert (device.tenant_id, device.address, device.credential, device.fingerprint) == (TENANT, HERE, OLD, "")


def test_a_new_certificate_address_or_credential_is_news(roster):
    assert roster.apply(recorded(DeviceTrusted(device_id=DEVICE, fingerprint="ab"))) == DEVICE
    assert roster.apply(recorded(CredentialSet(device_id=DEVICE, credential=NEW))) == DEVICE
    assert roster.devices[DEVICE].credential == NEW
    assert roster.devices[DEVICE].fingerprint == "ab"


def test_a_moved_device_has_no_certificate_to_show(roster):
    roster.apply(recorded(DeviceTrusted(device_id=DEVICE, fingerprint="ab")))
    assert roster.apply(recorded(DeviceMoved(device_id=DEVICE, address=THERE))) == DEVICE
    assert (roster.devices[DEVICE].address, roster.devices[DEVICE].fingerprint) == (THERE, "")


def test_what_changes_nothing_for_a_poller_is_no_news(roster):
    renamed = DeviceRenamed(device_id=DEVICE, title="b", previous_title="a")
    distrusted = DeviceDistrusted(device_id=DEVICE, fingerprint="ab", expected_fingerprint="cd")
    same = CredentialSet(device_id=DEVICE, credential=OLD)
    assert [roster.apply(recorded(message)) for message in (renamed, distrusted, same)] == [None, None, None]


def test_a_retired_device_is_gone_whatever_is_said_of_it_later(roster):
    assert roster.apply(recorded(DeviceRetired(device_id=DEVICE))) == DEVICE
    assert roster.apply(recorded(DeviceRetired(device_id=DEVICE))) is None
    assert roster.apply(recorded(CredentialSet(device_id=DEVICE, credential=NEW))) is None
    assert roster.devices == {}


def test_the_roster_is_another_one_when_a_device_comes_or_goes(roster):
    before = roster.revision
    roster.apply(recorded(CredentialSet(device_id=DEVICE, credential=NEW)))
    assert roster.revision == before
    roster.apply(recorded(DeviceRetired(device_id=DEVICE)))
    assert roster.revision > before
