"""SSH on every router: exec of one line, a terminal, and the file list; users are those of the router (facts 13)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import asyncssh
from asyncssh.connection import SSHConnection

from ops.simulator.console import Console
from ops.simulator.hostkeys import HostKeys
from ops.simulator.release import V7, Release
from ops.simulator.services import admits
from ops.simulator.sftp import RouterFiles
from ops.simulator.users import Session, sign_in, sign_out

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.router import Router

KEYS = "/user/ssh-keys"
_OLD = Release(6, 43)
_OLD_TERMS = {
    "kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
    "encryption_algs": ["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc", "aes256-cbc"],
    "mac_algs": ["hmac-sha1", "hmac-md5"],
    "signature_algs": ["ssh-rsa"],
}
_ASKS_FIRST = {"/system reboot": "Reboot, yes? [y/N]: ", "/system/reboot": "Reboot, yes? [y/N]: "}
_SAFE_KEY = "\x18"  # Ctrl-X
NEWLINE = "\r\n"


class SshDoor:
    """Takes SSH connections for all routers of a fleet; the router is told by the address that was called."""

    def __init__(self, fleet: Fleet, listening: socket.socket) -> None:
        self._fleet = fleet
        self._listening = listening
        self._keys = HostKeys(fleet.vault, fleet.seed)
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._greeting: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def open(self, backlog: int) -> None:
        """Begin to take connections."""
        self._listening.listen(backlog)
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    async def close(self) -> None:
        """Take no more, and end those that are there."""
        tasks = [task for task in (self._accepting, *self._greeting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.gather(*(each.wait_closed() for each in tuple(self._connections)), return_exceptions=True)
        self._listening.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connected, peer = await loop.sock_accept(self._listening)
            router = self._fleet.router(connected.getsockname()[0])
            if router is None or not admits(router, "ssh", peer[0]):
                connected.close()
                continue
            task = loop.create_task(self._greet(connected, router))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, connected: socket.socket, router: Router) -> None:
        key = await self._keys.key(router)
        door = self

        class Door(_Guard):
            """The guard of this router."""

            def __init__(self) -> None:
                super().__init__(router, door._connections)

        terms = _OLD_TERMS if router.release < _OLD else {}
        with contextlib.suppress(OSError, asyncssh.Error):
            await asyncssh.run_server(
                connected,
                server_factory=Door,
                server_host_keys=[key],
                server_version="ROSSSH",
                process_factory=_serve,
                sftp_factory=_files,
                allow_scp=True,
                encoding="utf-8",
                errors="surrogateescape",
                login_timeout=60,
                **terms,
            )


class _Guard(asyncssh.SSHServer):
    """Signs users in on one connection and knows the session that came of it."""

    def __init__(self, router: Router, connections: set[asyncssh.SSHServerConnection]) -> None:
        self.router = router
        self.session: Session | None = None
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._connection is not None:
            self._connections.discard(self._connection)
        if self.session is not None:
            sign_out(self.session)

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Check a password; a user with a key may not use one unless the router allows it (facts 13.9)."""
        name = bare_name(username)
        if self._keys_of(name) and self.router.row("/ip/ssh").get("always-allow-password-login") != "true":
            return False
        return self._sign_in(name, password)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Check a key against those that were imported for the user."""
        name = bare_name(username)
        data = key.public_data
        if not any(asyncssh.import_public_key(text).public_data == data for text in self._keys_of(name)):
            return False
        return self._sign_in(name, None)

    def _sign_in(self, name: str, password: str | None) -> bool:
        if self.session is None and self._connection is not None:
            peer = str(self._connection.get_extra_info("peername")[0])
            self.session = sign_in(self.router, name, lambda known: password is None or known == password, "ssh", peer)
            if self.session is not None:
                self.session.end = self._connection.abort
        return self.session is not None

    def _keys_of(self, name: str) -> list[str]:
        rows = self.router.table(KEYS).rows.values()
        return [str(row.get("~key") or row.get("key", "")) for row in rows if row.get("user") == name]


def bare_name(username: str) -> str:
    """Return a user's name without the console flags behind the plus sign (facts 13.2)."""
    return username.partition("+")[0]


def _session(connection: SSHConnection) -> Session:
    assert isinstance(connection, asyncssh.SSHServerConnection)
    guard = connection.get_owner()
    assert isinstance(guard, _Guard)
    assert guard.session is not None
    return guard.session


def _files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
    return RouterFiles(channel, _session(channel.get_connection()))


async def _serve(process: asyncssh.SSHServerProcess[str]) -> None:
    session = _session(process.channel.get_connection())
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        if process.command is not None:
            await _execute(process, session)
        else:
            await _terminal(process, session)


async def _execute(process: asyncssh.SSHServerProcess[str], session: Session) -> None:
    """Run one line; what goes wrong is ordinary output (facts 13.5, 13.6)."""
    command = process.command or ""

    def put(text: str) -> None:
        process.stdout.write(text.replace("\n", NEWLINE).replace("\r\r", "\r") + NEWLINE)

    question = _ASKS_FIRST.get(command.strip())
    if question is not None:
        process.stdout.write(question)
        if not (await process.stdin.readline()).strip().lower().startswith("y"):
            put("action cancelled")
            process.exit(0)
            return
    went_well = await Console(session, put).line(command)
    await process.stdout.drain()
    process.exit(0 if went_well or session.router.release < V7 else 1)


async def _terminal(process: asyncssh.SSHServerProcess[str], session: Session) -> None:
    """Read lines until the user leaves; Ctrl-X takes safe mode, as on the device."""
    router = session.router

    def put(text: str) -> None:
        process.stdout.write(text.replace("\r\n", "\n") + "\n")

    def toggle_safe_mode(line: str, position: int) -> tuple[str, int]:
        history = router.history
        if history.holder is session:
            history.release(session)
        elif history.holder is None:
            history.take(session)
            put("\n[Safe Mode taken]")
        return line, position

    channel = process.channel
    if isinstance(channel, asyncssh.SSHLineEditorChannel):
        channel.register_key(_SAFE_KEY, toggle_safe_mode)
    session.echo = lambda text: put(f"\n{text}")
    put(
        f"\n  MikroTik RouterOS {router.release} (c) 1999-{2024 if router.release >= V7 else 2020}  https://www.mikrotik.com/\n"
    )
    console = Console(session, put)
    while True:
        safe = " <SAFE>" if router.has_history and router.history.holder is session else ""
        process.stdout.write(f"[{session.user}@{router.row('/system/identity')['name']}]{safe} {console.where}> ")
        try:
            line = await process.stdin.readline()
        except (asyncssh.BreakReceived, asyncssh.SignalReceived, asyncssh.TerminalSizeChanged):
            continue
        if not line or line.strip() in {"/quit", "quit"}:
            break
        await console.line(line.strip())
        await process.stdout.drain()
    if router.has_history and router.history.holder is session:
        router.history.release(session)
    process.exit(0)
