"""Devices: what a router is, when that changes; and the job that tries a login.

A serial number, a model and a version come from up to five menus; a virtual router has no board and some menus are not
there at all.
"""

import re
import time
from typing import Final

from contracts.devices import DeviceIdentified, LoginProbed, Package, ProbeLogin
from contracts.language.errors import DeviceFault
from contracts.language.identity import TenantId
from contracts.language.measure import Bytes, Count, Hertz
from pollers.device import values
from pollers.device.ask import Ask
from pollers.device.security import CertificateChanged
from pollers.engine.collector import Collector, Menu, Table, inventory
from pollers.engine.job import Job, Tools
from pollers.engine.reading import cut, is_set, reading
from pollers.engine.roster import Device

PACKAGES_MAX: Final = 100

IDENTITY: Final = Menu("/system/identity", ("name",))
RESOURCE: Final = Menu(
    "/system/resource",
    (
        "version",
        "build-time",
        "architecture-name",
        "board-name",
        "platform",
        "cpu",
        "cpu-count",
        "cpu-frequency",
        "total-memory",
        "total-hdd-space",
    ),
)
ROUTERBOARD: Final = Menu(
    "/system/routerboard",
    (
        "board-name",
        "model",
        "serial-number",
        "firmware-type",
        "factory-firmware",
        "current-firmware",
        "upgrade-firmware",
    ),
)
PACKAGES: Final = Menu("/system/package", ("name", "version", "disabled", "available"))
UPDATE: Final = Menu("/system/package/update", ("channel", "latest-version", "status"))

_count = reading(values.whole, Count)
_size = reading(values.size_bytes, Bytes)
_hertz = reading(values.frequency_hertz, Hertz)
_VERSION: Final = re.compile(r"[^\s(]+")


def read(
    identity: Table | None,
    resource: Table | None,
    routerboard: Table | None,
    packages: Table | None,
    update: Table | None,
) -> DeviceIdentified | None:
    """What a device is; None when not even its resources can be read."""
    if resource is None or not resource[0]:
        return None
    version, build_time, architecture, board, platform, cpu, cpu_count, frequency, memory, storage = _row(resource, 10)
    board_name, model, serial, firmware, factory, current, upgrade = _row(routerboard, 7)
    channel, latest, status = _row(update, 3)
    return DeviceIdentified(
        identity=cut(_row(identity, 1)[0]),
        routeros_version=_version(version),
        channel=values.channel_of(version) or "",
        board=cut(board or board_name),
        model=cut(model),
        serial=cut(serial),
        architecture=cut(architecture),
        platform=cut(platform),
        cpu=cut(cpu),
        cpu_count=_count(cpu_count) or 0,
        cpu_frequency_hertz=_hertz(frequency) or 0,
        memory_total_bytes=_size(memory) or 0,
        storage_total_bytes=_size(storage) or 0,
        firmware_type=cut(firmware),
        firmware_factory=cut(factory),
        firmware_current=cut(current),
        firmware_upgrade=cut(upgrade),
        build_time=cut(build_time),
        packages=_packages(packages),
        update_channel=cut(channel),
        update_latest=cut(latest),
        update_status=cut(status),
    )


def _row(table: Table | None, width: int) -> tuple[str | None, ...]:
    """The only row of a menu; nothing but None where the device has no such menu."""
    return tuple(column[0] for column in table) if table is not None and table[0] else (None,) * width


def _version(text: str | None) -> str:
    """The version without channel and build date: `7.14.3` of `7.14.3 (stable)`."""
    match = _VERSION.match(text or "")
    return cut(match[0]) if match else ""


def _packages(table: Table | None) -> tuple[Package, ...]:
    """What is installed, by name; from 7.18 on the list holds what could be installed as well (facts 14.5)."""
    installed = [
        Package(cut(name), cut(version), is_set(disabled))
        for name, version, disabled, available in (zip(*table, strict=True) if table is not None else ())
        if not is_set(available)
    ]
    return tuple(sorted(installed, key=lambda package: package.name)[:PACKAGES_MAX])


_WHO: Final = Ask("/system/identity", ("name",))
_WHAT: Final = Ask("/system/resource", ("version",))


async def probe_login(job: ProbeLogin, tenant_id: TenantId, tools: Tools) -> LoginProbed:
    """Log in, ask for name and version, and leave. What the device says against it is the outcome, not an error."""
    begun = time.monotonic()
    try:
        session = await tools.connect(Device(job.device_id, tenant_id, job.address, job.credential, job.fingerprint))
    except DeviceFault as error:
        seen = error.fingerprint if isinstance(error, CertificateChanged) else ""
        return LoginProbed(
            job_id=job.job_id, device_id=job.device_id, code=error.code, message=error.message, fingerprint=seen
        )
    try:
        who, what = await session.ask((_WHO, _WHAT))
        names, versions = _WHO.pick(who), _WHAT.pick(what)
    except DeviceFault as error:
        return LoginProbed(job_id=job.job_id, device_id=job.device_id, code=error.code, message=error.message)
    finally:
        session.close()
    return LoginProbed(
        job_id=job.job_id,
        device_id=job.device_id,
        rung=session.rung,
        fingerprint=session.fingerprint,
        identity=cut(names[0][0] if names else None),
        routeros_version=_version(versions[0][0] if versions else None),
        took_ms=(time.monotonic() - begun) * 1000,
    )


COLLECTORS: Final = (
    Collector(
        observation=DeviceIdentified,
        menus=(IDENTITY, RESOURCE, ROUTERBOARD, PACKAGES, UPDATE),
        step=inventory(read),
        period_seconds=300,
        is_identity=True,
    ),
)
JOBS: Final = (Job(ProbeLogin, do=probe_login, look=probe_login),)
