"""The data folder of the embedded PostgreSQL: made once, usable by whom the server runs as, set up on each start."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from contracts.language.errors import Unavailable
from ops.embedded import binaries
from ops.embedded.launch import command_line
from ops.embedded.site import Site
from ops.provision import postgres
from ops.provision.secrets import write_private

PREPARE_SECONDS = 120.0
REACHABLE = 'test -w "$1" && test -x "$1" && test -r "$2" && test -x "$3"'
"""Asked as the server's user: are the data folder, a file in it and the program within reach?"""


def folder(site: Site) -> Path:
    """Return what PostgreSQL calls its data directory."""
    return site.folder / "postgres" / "data"


def prepare(site: Site) -> None:
    """Make the database cluster if there is none, and write its settings.

    Raises `Unavailable` when PostgreSQL's own tools fail, or when we are root and nobody else can reach the files.
    """
    data = folder(site)
    data.parent.mkdir(mode=0o700, exist_ok=True)
    if not data.exists():
        _make(site, data.with_name("draft"))
        data.with_name("draft").rename(data)
    settings = postgres.configuration(
        site.ports["postgres"], major=binaries.postgres_major(), offers_timescale=binaries.offers_timescale()
    )
    write_private(data / "postgresql.conf", settings.encode())
    write_private(data / "pg_hba.conf", postgres.HOST_ACCESS.encode())
    _hand_over(data, data / "postgresql.conf")


def _make(site: Site, draft: Path) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = draft.with_name("password")
    write_private(password_file, site.secrets.password(f"postgres-{postgres.OWNER}").encode())
    _hand_over(draft, password_file)
    _run("initdb", f"--pgdata={draft}", f"--pwfile={password_file}", *postgres.INITDB_ARGUMENTS)
    password_file.unlink()
    _run("postgres", "--single", "-D", str(draft), "postgres", given=f"CREATE DATABASE {postgres.DATABASE};\n")


def _run(program: str, *arguments: str, given: str = "") -> None:
    """Run one of PostgreSQL's programs to its end."""
    done = subprocess.run(  # noqa: S603 - our own binaries
        command_line(str(binaries.postgres(program)), *arguments, is_shy_of_root=True),
        input=given,
        capture_output=True,
        text=True,
        timeout=PREPARE_SECONDS,
        check=False,
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise Unavailable(f"{program} ended with status {done.returncode}: {done.stderr.strip()}")


def _hand_over(data: Path, readable: Path) -> None:
    """See to it that the user whom PostgreSQL runs as can use the files; only as root there is something to do."""
    if os.geteuid() != 0:
        return
    paths = (str(data), str(readable), str(binaries.postgres("postgres")))
    command = command_line("/bin/sh", "-c", REACHABLE, "sh", *paths, is_shy_of_root=True)
    for owner in (None, 0, nobody := pwd.getpwnam("nobody").pw_uid):
        if owner is not None:
            for path in (data.parent, *data.parent.rglob("*")):
                os.chown(path, owner, -1, follow_symlinks=False)
        if owner == nobody:
            data.parent.parent.chmod(0o711)  # to pass through; what else lies there stays its owner's
        if subprocess.run(command, check=False).returncode == 0:  # noqa: S603 - our own question
            return
    raise Unavailable(
        "PostgreSQL refuses to run as root, user namespaces are refused on this machine, and the account nobody "
        f"cannot reach {data}; run as a normal user, or move the checkout out of a private home folder"
    )
