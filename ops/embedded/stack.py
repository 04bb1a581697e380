"""Everything beside the four servers, declared: which programs, with which settings, in which order up and down."""

import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL
from typing import Final

import msgspec

from ops.embedded import probes
from ops.embedded.child import Program
from ops.embedded.ports import LOOPBACK
from ops.embedded.site import Site
from ops.provision.secrets import write_private

SEEDED_FILE: Final = "seeded.json"
MAIL_FOLDER: Final = "mail"
"""Where letters are left while no mail server is set."""
FIRST_ROUTER: Final = "127.1.0.1"
OBSERVATIONS_BYTES_MAX: Final = 8 * 1024**3
"""Of the disk of the one machine that everything shares; the contracts allow more."""
GATEWAY_SETTINGS: Final = {"TOD_WRITES_PER_SECOND_MAX": "1000"}
"""Seeding is one caller who adds thousands of devices."""
STOP_ORDER: Final = (("gateway",), ("pollers", "simulator"), ("commands",), ("projections",))
"""Who asks goes first, who remembers goes last; the servers follow."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What `ops/up` was asked for."""

    folder: Path
    devices: int = 25
    tenants: int = 3
    poll_interval_seconds: float = 60.0
    http_port: int | None = None
    sign_ins_per_minute_max: int = 5
    strangers_per_second_max: float = 2.0


class Seeded(msgspec.Struct, frozen=True):
    """How many tenants and simulated routers were added, kept in the data folder."""

    tenants: int = 0
    devices: int = 0


def migration(site: Site) -> Program:
    """Return what makes streams, roles, functions and schemas, and ends."""
    passwords = site.secrets.folder / "postgres-logins.json"
    write_private(passwords, msgspec.json.encode(site.login_passwords()))
    settings = {
        "TOD_POSTGRES_PASSWORDS_FILE": str(passwords),
        "TOD_OBSERVATIONS_BYTES_MAX": str(OBSERVATIONS_BYTES_MAX),
    }
    return _process(site, "migrate", user="migrations", settings=settings)


def processes(site: Site, options: Options) -> tuple[Program, ...]:
    """Return the four processes of the house."""
    pollers = {"TOD_POLL_INTERVAL": str(options.poll_interval_seconds), "TOD_AUTHORITY_FILE": str(_authority(site))}
    gateway = {
        **GATEWAY_SETTINGS,
        "TOD_SIGN_INS_PER_MINUTE_MAX": str(options.sign_ins_per_minute_max),
        "TOD_STRANGERS_PER_SECOND_MAX": str(options.strangers_per_second_max),
    }
    commands = {
        "TOD_PUBLIC_URL": f"http://{LOOPBACK}:{site.ports['http']}",
        "TOD_MAIL_FOLDER": str(site.folder / MAIL_FOLDER),
    }
    return (
        _process(site, "projections"),
        _process(site, "commands", settings=commands),
        _process(site, "pollers", settings=pollers),
        _process(site, "gateway", settings=gateway, health=f"http://{LOOPBACK}:{site.ports['http']}/health"),
    )


def is_seeded(site: Site, options: Options) -> bool:
    """Whether as many tenants and devices were added as are asked for."""
    done = seeded(site.folder)
    return done.tenants >= options.tenants and done.devices >= options.devices


def seeded(folder: Path) -> Seeded:
    """Return how much was added so far."""
    kept = folder / SEEDED_FILE
    return msgspec.json.decode(kept.read_bytes(), type=Seeded) if kept.exists() else Seeded()


def seeding(site: Site, options: Options) -> Program:
    """Return what adds the tenants and the devices that are still missing, and ends."""
    arguments = (str(site.folder), str(options.tenants), str(options.devices))
    return Program(name="seeding", command=(sys.executable, "-P", "-m", "ops.embedded.seeding", *arguments))


def simulator(site: Site, devices: int) -> Program:
    """Return the simulated fleet, on loopback addresses from FIRST_ROUTER on; the same seed gives the same fleet."""
    folder = site.folder / "simulator"
    arguments = {
        "--devices": str(devices),
        "--first": FIRST_ROUTER,
        "--api-port": str(site.ports["simulator-api"]),
        "--tls-port": str(site.ports["simulator-tls"]),
        "--ssh-port": str(site.ports["simulator-ssh"]),
        "--data-dir": str(folder),
    }
    flat = tuple(text for pair in arguments.items() for text in pair)
    return Program(
        name="simulator",
        command=(sys.executable, "-P", "-m", "ops.simulator", *flat),
        is_ready=lambda _pid: probes.accepts(FIRST_ROUTER, site.ports["simulator-api"]),
        dies_with=SIGKILL,
    )


def _process(
    site: Site, name: str, *, user: str = "", settings: Mapping[str, str] | None = None, health: str = ""
) -> Program:
    """Return one process of the house. It holds nothing that a crash could lose, so the kernel may take it at once."""
    environment = {**site.environment(user or name), **(settings or {})}
    port = site.ports.get(f"{name}-metrics")
    if port is not None:
        environment["TOD_METRICS_PORT"] = str(port)
    address = health or (f"http://{LOOPBACK}:{port}/metrics" if port is not None else "")
    return Program(
        name=name,
        command=(sys.executable, "-P", "-m", f"ops.processes.{name}"),
        environment=environment,
        is_ready=lambda _pid: not address or probes.http_answers(address),
        dies_with=SIGKILL,
    )


def _authority(site: Site) -> Path:
    """Return the certificate of the authority that the simulated routers' certificates come from."""
    return site.folder / "simulator" / "keys" / "ca.pem"
