"""A login under way, and the certificates that devices show: what pollers report becomes facts."""

from datetime import timedelta
from typing import Final

from commands.devices.device import Device, endpoint
from commands.engine.handler import Do, Forget, Outcomes, Trigger, Wake, Wishes
from contracts.devices import (
    CertificateSeen,
    DeviceDistrusted,
    DeviceTrusted,
    LoginAsked,
    LoginFailed,
    LoginOverdue,
    LoginProbed,
    LoginProved,
    ProbeLogin,
)
from contracts.language.errors import ContractBroken, DeviceTimeout, DeviceUntrusted
from contracts.language.identity import DeviceId
from contracts.language.message import Event

LOGIN_SECONDS_MAX: Final = 120.0
"""How long a login may take from the asking; then it counts as failed."""


def _shown(device: Device, device_id: DeviceId, fingerprint: str) -> tuple[Event, ...]:
    """What a certificate means for trust: the first one is pinned, a foreign one is noted, once."""
    if fingerprint in {"", device.fingerprint, device.foreign_fingerprint}:
        return ()
    if not device.fingerprint:
        return (DeviceTrusted(device_id=device_id, fingerprint=fingerprint),)
    return (DeviceDistrusted(device_id=device_id, fingerprint=fingerprint, expected_fingerprint=device.fingerprint),)


def decide_certificate(device: Device | None, report: CertificateSeen, _trigger: Trigger) -> Outcomes:
    """Trust on first use; distrust of any other certificate until a person accepts it."""
    if device is None or device.is_retired:
        return ()
    return _shown(device, report.device_id, report.fingerprint)


def decide_probed(device: Device | None, report: LoginProbed, _trigger: Trigger) -> Outcomes:
    """What came of the login that is awaited; the outcome of any other comes too late to matter."""
    if device is None or device.login != report.job_id:
        return ()
    if report.code:
        failed = LoginFailed(device_id=report.device_id, job_id=report.job_id, code=report.code, message=report.message)
        foreign = _shown(device, report.device_id, report.fingerprint) if report.code == DeviceUntrusted.code else ()
        return (*foreign, failed)
    if report.rung is None:
        raise ContractBroken(f"The login {report.job_id} is said to have worked without a transport")
    proved = LoginProved(
        device_id=report.device_id,
        job_id=report.job_id,
        rung=report.rung,
        identity=report.identity,
        routeros_version=report.routeros_version,
        took_ms=report.took_ms,
    )
    return (*_shown(device, report.device_id, report.fingerprint), proved)


def decide_overdue(device: Device | None, timer: LoginOverdue, _trigger: Trigger) -> Outcomes:
    """A login without an outcome has failed."""
    if device is None or device.login != timer.job_id:
        return ()
    message = (
        f"No poller reported the outcome of the login to {endpoint(device.address)} within {LOGIN_SECONDS_MAX:g} s. "
        "See with `tod status` whether the pollers run, then try the login again."
    )
    return (LoginFailed(device_id=timer.device_id, job_id=timer.job_id, code=DeviceTimeout.code, message=message),)


def next_login_wishes(device: Device | None, fact: LoginAsked | LoginProved | LoginFailed, trigger: Trigger) -> Wishes:
    """A login that is awaited is a job and a deadline; one that has its outcome needs no deadline any more."""
    if not isinstance(fact, LoginAsked):
        return (Forget(LoginOverdue, fact.job_id),)
    if device is None or device.login != fact.job_id:
        return ()
    probe = ProbeLogin(
        job_id=fact.job_id,
        device_id=fact.device_id,
        address=device.address,
        credential=device.credential,
        fingerprint=device.fingerprint,
    )
    overdue = LoginOverdue(job_id=fact.job_id, device_id=fact.device_id)
    return (Wake(overdue, trigger.at + timedelta(seconds=LOGIN_SECONDS_MAX)), Do(probe))
