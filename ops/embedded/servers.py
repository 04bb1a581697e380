"""The four real servers of an installation: how each is configured, started, and known to be ready."""

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ops.embedded import binaries, postgres_data, probes
from ops.embedded.child import Child, Program
from ops.embedded.ports import LOOPBACK
from ops.embedded.site import Site
from ops.provision import nats, openbao, valkey
from ops.provision.secrets import write_private

AUDIT_LOG: Final = "audit.log"
AUDIT_BYTES_MAX: Final = 64 * 1024**2
BOUND_CIDRS: Final = (f"{LOOPBACK}/32",)
STORE_BYTES_MAX: Final = 1024**5
"""What streams may reserve together; each stream has a bound of its own, and the disk is the real one."""


class Servers:
    """The servers of one site, each a child of this process."""

    def __init__(self, site: Site, grants: Mapping[str, nats.Grant], accounts: Sequence[str] = (nats.ACCOUNT,)) -> None:
        self.site = site
        self.grants = grants
        self.accounts = accounts
        self.children = {program.name: Child(program, site.folder) for program in programs(site)}

    def start(self, report: Callable[[str], None] = lambda _text: None) -> None:
        """Start all four at once and return when they serve and know their users.

        Raises `Unavailable` naming the server that did not come up, with the end of its log.
        """
        report("starting nats-server, PostgreSQL, Valkey and OpenBao")
        for folder in ("nats", "valkey", "openbao/raft"):
            (self.site.folder / folder).mkdir(parents=True, exist_ok=True)
        self.write_configurations()
        for name in ("openbao", "nats", "valkey"):
            self.children[name].start()
        postgres_data.prepare(self.site)
        self.children["postgres"].start()
        for child in self.children.values():
            child.wait_ready()
        report("checking policies and keys in OpenBao")
        openbao.converge(self.site.openbao_url, self.site.secrets, bound_cidrs=list(BOUND_CIDRS))

    def stop(self) -> None:
        """Ask all four to stop and wait for the last."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.wait_end()

    def rotate_audit(self) -> None:
        """Set a long audit log aside; OpenBao opens a new one when it is told."""
        log = self.site.folder / "openbao" / AUDIT_LOG
        if log.exists() and log.stat().st_size > AUDIT_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))
            self.children["openbao"].signal(signal.SIGHUP)

    def restart(self, name: str) -> None:
        """Start one server again after it was stopped or killed, and wait until it serves."""
        self.children[name].start()
        self.children[name].wait_ready()

    def seeds(self, account: str) -> dict[str, Path]:
        """Return the seed file of each bus user in one of the accounts."""
        return {user: self.site.secrets.seed_file(_login(account, user)) for user in self.grants}

    def write_configurations(self) -> None:
        """Write what each server reads at its start."""
        site = self.site
        accounts = [
            nats.Account(account, {user: site.secrets.public_key(_login(account, user)) for user in self.grants})
            for account in self.accounts
        ]
        texts = {
            "nats/nats.conf": nats.configuration(
                listen=f"{LOOPBACK}:{site.ports['nats']}",
                monitor=f"{LOOPBACK}:{site.ports['nats-monitor']}",
                store=site.folder / "nats",
                accounts=accounts,
                grants=self.grants,
                store_bytes_max=STORE_BYTES_MAX,
            ),
            "valkey/valkey.conf": valkey.configuration(
                port=site.ports["valkey"], password=site.secrets.password("valkey")
            ),
            "openbao/openbao.hcl": openbao.configuration(
                listen=f"{LOOPBACK}:{site.ports['openbao']}",
                cluster=f"{LOOPBACK}:{site.ports['openbao-cluster']}",
                store=site.folder / "openbao" / "raft",
                seal_key=site.secrets.seal_key_file(),
                audit=site.folder / "openbao" / AUDIT_LOG,
                migrations=site.secrets.role("migrations"),
                bound_cidrs=list(BOUND_CIDRS),
            ),
        }
        for name, text in texts.items():
            write_private(site.folder / name, text.encode())


def programs(site: Site) -> tuple[Program, ...]:
    """Declare the four servers of a site. PostgreSQL ends fast on SIGINT; SIGTERM would wait for its clients."""
    folder, data = site.folder, postgres_data.folder(site)
    return (
        Program(
            name="openbao",
            command=(str(binaries.bao()), "server", f"-config={folder / 'openbao' / 'openbao.hcl'}"),
            is_ready=lambda _pid: probes.http_answers(f"{site.openbao_url}/v1/sys/health"),
        ),
        Program(
            name="nats",
            command=(str(binaries.nats_server()), "--config", str(folder / "nats" / "nats.conf")),
            is_ready=lambda _pid: probes.nats_answers(site.ports["nats"], nats.SERVER_NAME),
        ),
        Program(
            name="valkey",
            command=(str(binaries.valkey_server()), str(folder / "valkey" / "valkey.conf")),
            is_ready=lambda _pid: probes.valkey_answers(site.ports["valkey"], site.secrets.password("valkey")),
        ),
        Program(
            name="postgres",
            command=(str(binaries.postgres("postgres")), "-D", str(data)),
            is_ready=lambda pid: probes.postgres_answers(data, pid),
            stop_with=signal.SIGINT,
            dies_with=signal.SIGINT,
            is_shy_of_root=True,
        ),
    )


def _login(account: str, user: str) -> str:
    """Name the nkey of a user: plain in the account that processes use."""
    return user if account == nats.ACCOUNT else f"{account}-{user}"
