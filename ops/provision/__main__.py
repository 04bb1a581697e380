"""Prepares an installation in containers: `files FOLDER` before the servers start, `policies FOLDER` when OpenBao runs.

`files` leaves one folder for each container, with what that one may know and nothing else; the whole is kept in `keep`,
which no container but this one sees. Done again, it finds the same secrets and writes the same files.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

from migrations.grants import USERS
from ops.provision import nats, openbao, valkey
from ops.provision.policies import POLICIES
from ops.provision.postgres import DATABASE, OWNER, ROLES
from ops.provision.secrets import Secrets, write_private

MOUNT: Final = Path("/run/tod")
"""Where a container finds its folder."""
STORE: Final = Path("/var/lib/tod")
"""Where a server keeps its data."""
ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - inside the containers' own network
USER: Final = 10001
"""Whom everything of ours, and every server that lets itself be told, runs as."""
POSTGRES_USER: Final = 70
"""The account `postgres` in the images built on Alpine."""
OPENBAO_URL: Final = "http://openbao:8200"


def files(folder: Path, store: Path = STORE) -> None:
    """Write every container's folder below `folder`, owned by whom the container runs as; likewise the data folders."""
    secrets = Secrets(folder / "keep")
    for data in (store / "nats", store / "openbao", store / "openbao" / "raft"):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(data, USER, USER)
    for name, content in (_server_files(secrets) | _process_files(secrets)).items():
        path = folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(path, content)
        owner = POSTGRES_USER if path.parent.name == "postgres" else USER
        for owned in (path.parent, path):
            os.chown(owned, owner, owner)


def policies(folder: Path) -> None:
    """Bring OpenBao's policies, roles and keys to what this release declares."""
    openbao.converge(OPENBAO_URL, Secrets(folder / "keep"), bound_cidrs=[])


def _server_files(secrets: Secrets) -> dict[str, bytes]:
    keys = {user: secrets.public_key(user) for user in USERS}
    nats_text = nats.configuration(
        listen=f"{ANY_ADDRESS}:4222",
        monitor="127.0.0.1:8222",
        store=STORE,
        accounts=[nats.Account(nats.ACCOUNT, keys)],
        grants=USERS,
    )
    openbao_text = openbao.configuration(
        listen=f"{ANY_ADDRESS}:8200",
        cluster="127.0.0.1:8201",
        store=STORE / "raft",
        seal_key=MOUNT / "seal.key",
        audit=STORE / "audit.log",
        migrations=secrets.role("migrations"),
        bound_cidrs=[],
    )
    valkey_text = valkey.configuration(port=6379, password=secrets.password("valkey"), bind=ANY_ADDRESS)
    return {
        "nats/nats.conf": nats_text.encode(),
        "openbao/openbao.hcl": openbao_text.encode(),
        "openbao/seal.key": secrets.seal_key_file().read_bytes(),
        "valkey/valkey.conf": valkey_text.encode(),
        "postgres/password": secrets.password(f"postgres-{OWNER}").encode(),
    }


def _process_files(secrets: Secrets) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for process in POLICIES:
        found[f"{process}/nats.seed"] = secrets.seed_file(process).read_bytes()
        found[f"{process}/openbao.json"] = secrets.role_file(process).read_bytes()
    for process, role in ROLES.items():
        url = f"postgresql://{role}:{secrets.password(f'postgres-{role}')}@postgres:5432/{DATABASE}"
        found[f"{process}/postgres.url"] = url.encode()
    for process in ("gateway", "commands", "pollers"):
        found[f"{process}/redis.url"] = f"redis://:{secrets.password('valkey')}@valkey:6379/0".encode()
    logins = {role: secrets.password(f"postgres-{role}") for role in ROLES.values() if role != OWNER}
    found["migrations/postgres-logins.json"] = json.dumps(logins).encode()
    return found


if __name__ == "__main__":
    {"files": files, "policies": policies}[sys.argv[1]](Path(sys.argv[2]))
