from typing import Any
from uuid import UUID

import msgspec
import pytest

from commands.devices.device import ENDPOINT, TITLE, endpoint
from commands.devices.login import LOGIN_SECONDS_MAX
from commands.engine.claim import Release, Take
from commands.tests.given import ADD, ADDED, ASKED, DEVICE, LOGIN, PASSWORD, given
from contracts.devices import (
    Address,
    CertificateSeen,
    Credential,
    CredentialSet,
    DeviceDistrusted,
    DeviceMoved,
    DeviceRenamed,
    DeviceRetired,
    DeviceTrusted,
    LoginFailed,
    LoginOverdue,
    LoginProbed,
    LoginProved,
    MoveDevice,
    RenameDevice,
    RetireDevice,
    SetCredential,
    TrustDevice,
    TryLogin,
)
from contracts.language.errors import AlreadyExists, InvalidRequest, NotFound
from contracts.language.identity import JobId
from contracts.language.message import Command
from contracts.language.sealed import Sealed
from contracts.language.transport import Transport

A, B = "a" * 64, "b" * 64
TRUSTED = DeviceTrusted(device_id=DEVICE, fingerprint=A)
DISTRUSTED = DeviceDistrusted(device_id=DEVICE, fingerprint=B, expected_fingerprint=A)
RETIRED = DeviceRetired(device_id=DEVICE)
MOVE = MoveDevice(device_id=DEVICE, host="10.0.0.2")
OTHER = JobId(UUID(int=9))


def probed(job_id: JobId = LOGIN, **more: Any) -> LoginProbed:
    good = LoginProbed(
        job_id=job_id,
        device_id=DEVICE,
        rung=Transport.TLS_PINNED,
        identity="tower",
        routeros_version="7.20",
        took_ms=40.0,
    )
    return msgspec.structs.replace(good, **more)


PROVED = LoginProved(
    device_id=DEVICE, job_id=LOGIN, rung=Transport.TLS_PINNED, identity="tower", routeros_version="7.20", took_ms=40.0
)


def test_a_device_is_added_with_its_name_and_endpoint_and_its_login_is_tried():
    given().when(ADD).then(Take(TITLE, "Tower 1"), Take(ENDPOINT, "10.0.0.1:8729"), ADDED, ASKED)


def test_a_device_is_added_once():
    given(ADDED).when(ADD).then_refused(AlreadyExists, "Tower 1")


def test_a_password_that_another_key_seals_is_refused():
    foreign = Sealed("tenant-somebody-else", PASSWORD.text)
    given().when(msgspec.structs.replace(ADD, password=foreign)).then_refused(InvalidRequest, "sealed")
    given(ADDED).when(SetCredential(device_id=DEVICE, username="a", password=foreign)).then_refused(InvalidRequest)


def test_a_device_is_renamed_and_its_old_name_is_free():
    given(ADDED).when(RenameDevice(device_id=DEVICE, title="Tower 2")).then(
        Take(TITLE, "Tower 2"),
        Release(TITLE, "Tower 1"),
        DeviceRenamed(device_id=DEVICE, title="Tower 2", previous_title="Tower 1"),
    )


def test_the_same_name_or_address_again_changes_nothing():
    given(ADDED).when(RenameDevice(device_id=DEVICE, title="Tower 1")).then()
    given(ADDED).when(MoveDevice(device_id=DEVICE, host="10.0.0.1")).then()


def test_a_device_is_moved_and_tried_there():
    given(ADDED).when(MOVE).then(
        Take(ENDPOINT, "10.0.0.2:8729"),
        Release(ENDPOINT, "10.0.0.1:8729"),
        DeviceMoved(device_id=DEVICE, address=Address(host="10.0.0.2")),
        ASKED,
    )


def test_another_port_that_is_not_called_keeps_the_endpoint():
    move = MoveDevice(device_id=DEVICE, host="10.0.0.1", api_port=18728)
    given(ADDED).when(move).then(DeviceMoved(device_id=DEVICE, address=Address(host="10.0.0.1", api_port=18728)), ASKED)


def test_a_credential_is_set_and_tried():
    password = Sealed(PASSWORD.key, "vault:v1:b3RoZXI=")
    given(ADDED).when(SetCredential(device_id=DEVICE, username="tod", password=password)).then(
        CredentialSet(device_id=DEVICE, credential=Credential(username="tod", password=password)), ASKED
    )


def test_a_login_can_be_tried_at_any_time():
    given(ADDED).when(TryLogin(device_id=DEVICE)).then(ASKED)
    given(ADDED, ASKED).when(TryLogin(device_id=DEVICE)).then(ASKED)


def test_a_device_is_retired_and_its_name_and_endpoint_are_free():
    moved = DeviceMoved(device_id=DEVICE, address=Address(host="10.0.0.2", transport=Transport.PLAIN))
    given(ADDED, moved).when(RetireDevice(device_id=DEVICE)).then(
        Release(TITLE, "Tower 1"), Release(ENDPOINT, "10.0.0.2:8728"), RETIRED
    )


@pytest.mark.parametrize(
    "command",
    [
        RenameDevice(device_id=DEVICE, title="X"),
        MOVE,
        SetCredential(device_id=DEVICE, username="a", password=PASSWORD),
        TryLogin(device_id=DEVICE),
        TrustDevice(device_id=DEVICE, fingerprint=A),
        RetireDevice(device_id=DEVICE),
    ],
    ids=lambda command: command.name,
)
def test_a_device_that_is_unknown_or_retired_is_left_alone(command: Command):
    given().when(command).then_refused(NotFound, str(DEVICE))
    given(ADDED, RETIRED).when(command).then_refused(NotFound, "Tower 1", "retired")


def test_the_first_certificate_is_trusted_and_a_foreign_one_is_noted_once():
    seen = CertificateSeen(device_id=DEVICE, fingerprint=A)
    foreign = CertificateSeen(device_id=DEVICE, fingerprint=B)
    given(ADDED).when(seen).then(TRUSTED)
    given(ADDED, TRUSTED).when(seen).then()
    given(ADDED, TRUSTED).when(foreign).then(DISTRUSTED)
    given(ADDED, TRUSTED, DISTRUSTED).when(foreign).then()


def test_a_certificate_of_a_device_that_is_not_ours_means_nothing():
    given().when(CertificateSeen(device_id=DEVICE, fingerprint=A)).then()
    given(ADDED, RETIRED).when(CertificateSeen(device_id=DEVICE, fingerprint=A)).then()


def test_what_was_pinned_is_forgotten_with_the_address():
    moved = DeviceMoved(device_id=DEVICE, address=Address(host="10.0.0.2"))
    given(ADDED, TRUSTED, DISTRUSTED, moved).when(CertificateSeen(device_id=DEVICE, fingerprint=B)).then(
        DeviceTrusted(device_id=DEVICE, fingerprint=B)
    )


def test_an_operator_accepts_the_certificate_that_was_shown_and_no_other():
    given(ADDED, TRUSTED, DISTRUSTED).when(TrustDevice(device_id=DEVICE, fingerprint=B)).then(
        DeviceTrusted(device_id=DEVICE, fingerprint=B)
    )
    given(ADDED, TRUSTED).when(TrustDevice(device_id=DEVICE, fingerprint=B)).then_refused(InvalidRequest, A, B)
    given(ADDED).when(TrustDevice(device_id=DEVICE, fingerprint=B)).then_refused(InvalidRequest, "none so far")


def test_the_pinned_certificate_can_be_confirmed_after_a_foreign_one_was_shown():
    trust = TrustDevice(device_id=DEVICE, fingerprint=A)
    given(ADDED, TRUSTED).when(trust).then()
    given(ADDED, TRUSTED, DISTRUSTED).when(trust).then(TRUSTED)


def test_a_login_that_worked_is_a_fact_and_pins_the_first_certificate():
    given(ADDED, ASKED).when(probed()).then(PROVED)
    given(ADDED, ASKED).when(probed(fingerprint=A)).then(TRUSTED, PROVED)
    given(ADDED, TRUSTED, ASKED).when(probed(fingerprint=A)).then(PROVED)


def test_a_login_that_failed_is_a_fact_and_pins_nothing():
    failed = LoginFailed(device_id=DEVICE, job_id=LOGIN, code="device.denied", message="wrong password")
    report = probed(code="device.denied", message="wrong password", rung=None, fingerprint=A)
    given(ADDED, ASKED).when(report).then(failed)


def test_a_login_that_met_a_foreign_certificate_notes_it():
    failed = LoginFailed(device_id=DEVICE, job_id=LOGIN, code="device.untrusted", message="another one")
    report = probed(code="device.untrusted", message="another one", rung=None, fingerprint=B)
    given(ADDED, TRUSTED, ASKED).when(report).then(DISTRUSTED, failed)


def test_only_the_outcome_that_is_awaited_counts():
    given(ADDED, ASKED).when(probed(OTHER)).then()
    given(ADDED, ASKED, PROVED).when(probed()).then()
    given(ADDED, ASKED, RETIRED).when(probed()).then()
    given().when(probed()).then()


def test_a_login_without_an_outcome_has_failed_when_its_time_is_over():
    overdue = LoginOverdue(job_id=LOGIN, device_id=DEVICE)
    given(ADDED, ASKED, PROVED).when(overdue).then()
    given(ADDED).when(overdue).then()
    message = (
        f"No poller reported the outcome of the login to 10.0.0.1:8729 within {LOGIN_SECONDS_MAX:g} s. "
        "See with `tod status` whether the pollers run, then try the login again."
    )
    given(ADDED, ASKED).when(overdue).then(
        LoginFailed(device_id=DEVICE, job_id=LOGIN, code="device.timeout", message=message)
    )


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (Address(host="Router.Example.NET."), "router.example.net:8729"),
        (Address(host="10.0.0.1", transport=Transport.PLAIN, api_port=1234), "10.0.0.1:1234"),
        (Address(host="2001:DB8:0:0::1"), "[2001:db8::1]:8729"),
        (Address(host="2001:db8::1", transport=Transport.TLS_ANONYMOUS), "[2001:db8::1]:8729"),
    ],
)
def test_an_endpoint_is_written_in_one_way_only(address: Address, written: str):
    assert endpoint(address) == written
