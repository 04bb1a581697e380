"""Nothing that happens to a device goes unsaid, and nothing secret is said."""

from contracts.audit import ActionChangedNothing
from contracts.catalog import MESSAGES
from contracts.devices import AddDevice, Credential, CredentialSet
from contracts.language.identity import repeatable_id
from contracts.language.message import Event
from contracts.language.sealed import Sealed
from ops.testing.telling import ROUTER
from projections.audit import readable
from projections.catalog import PROJECTIONS
from projections.timeline import PROJECTIONS as TIMELINE

SEALED = Sealed("tenant-x", "vault:v1:ciphertext")


def test_every_fact_about_a_device_has_words():
    about_devices = {shape for shape in MESSAGES if issubclass(shape, Event) and shape.entity == "device_id"}
    assert about_devices == set(TIMELINE[0].on)


def test_every_observation_is_read_by_somebody():
    read = {trigger for projection in PROJECTIONS for trigger in projection.on}
    unread = {shape.name for shape in MESSAGES if shape.kind.value == "obs" and shape not in read}
    assert unread == set()


def test_the_trail_leaves_secrets_out_wherever_they_stand():
    command = AddDevice(device_id=ROUTER, title="core", host="192.0.2.1", username="tod", password=SEALED)
    assert readable(command) == {
        "device_id": str(ROUTER),
        "title": "core",
        "host": "192.0.2.1",
        "username": "tod",
        "api_port": 8728,
        "tls_port": 8729,
        "transport": "auto",
    }
    nested = CredentialSet(device_id=ROUTER, credential=Credential(username="tod", password=SEALED))
    assert readable(nested) == {"device_id": str(ROUTER), "credential": {"username": "tod"}}
    plain = ActionChangedNothing(action_id=repeatable_id("a"), command="devices.rename", about="x")
    assert readable(plain)["command"] == "devices.rename"
