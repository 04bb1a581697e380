"""One installation on this machine: its folder, its ports, its secrets, and the addresses that follow from them."""

from pathlib import Path

import msgspec

from ops.embedded import ports
from ops.embedded.ports import LOOPBACK
from ops.provision.policies import POLICIES
from ops.provision.postgres import DATABASE, OWNER, ROLES
from ops.provision.secrets import Secrets

PORTS_FILE = "ports.json"


class Site(msgspec.Struct, frozen=True):
    """Where everything of one embedded installation is."""

    folder: Path
    ports: dict[str, int]
    secrets: Secrets

    @property
    def nats_url(self) -> str:
        """The address of nats-server; users prove themselves with their nkey."""
        return f"nats://{LOOPBACK}:{self.ports['nats']}"

    @property
    def redis_url(self) -> str:
        """The address of Valkey, with its password."""
        return f"redis://:{self.secrets.password('valkey')}@{LOOPBACK}:{self.ports['valkey']}/0"

    @property
    def openbao_url(self) -> str:
        """The address of OpenBao; processes prove themselves with their AppRole."""
        return f"http://{LOOPBACK}:{self.ports['openbao']}"

    def postgres_url(self, role: str, database: str = DATABASE) -> str:
        """Return the address of a database for one login, with its password."""
        password = self.secrets.password(f"postgres-{role}")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.ports['postgres']}/{database}"

    def login_passwords(self) -> dict[str, str]:
        """Return the passwords of the database logins that migrations make."""
        return {role: self.secrets.password(f"postgres-{role}") for role in ROLES.values() if role != OWNER}

    def environment(self, process: str) -> dict[str, str]:
        """Return what `ops.settings` reads for the process: addresses, and only its own credentials."""
        environment = {
            "TOD_DATA_DIR": str(self.folder),
            "TOD_HTTP_PORT": str(self.ports["http"]),
            "TOD_NATS_URL": self.nats_url,
            "TOD_NATS_SEED_FILE": str(self.secrets.seed_file(process)),
            "TOD_REDIS_URL": self.redis_url,
        }
        if process in POLICIES:
            environment["TOD_OPENBAO_URL"] = self.openbao_url
            environment["TOD_OPENBAO_ROLE_FILE"] = str(self.secrets.role_file(process))
        if process in ROLES:
            environment["TOD_POSTGRES_URL"] = self.postgres_url(ROLES[process])
        return environment


def open_site(folder: Path, *, http_port: int | None = None, takes_usual_ports: bool = True) -> Site:
    """Open the installation in `folder` to start it: folder, secrets and ports are made where there are none."""
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked = {} if http_port is None else {"http": http_port}
    chosen = ports.choose(folder / PORTS_FILE, asked=asked, takes_usual=takes_usual_ports)
    return Site(folder=folder, ports=chosen, secrets=Secrets(folder / "secrets"))


def find_site(folder: Path) -> Site | None:
    """Look at the installation in `folder` as it was started last, changing nothing; None when there is none."""
    folder = folder.absolute()
    kept = ports.read(folder / PORTS_FILE)
    return Site(folder=folder, ports=kept, secrets=Secrets(folder / "secrets")) if kept else None
