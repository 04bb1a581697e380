"""Whether a server is ready, asked of itself, in a way that a stranger on the same port cannot pass."""

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

from ops.embedded.ports import LOOPBACK

PROBE_SECONDS = 1.0
REPLY_BYTES_MAX = 8192


def nats_answers(port: int, server_name: str) -> bool:
    """Whether the greeting is that of our server, with JetStream recovered."""
    try:
        with socket.create_connection((LOOPBACK, port), PROBE_SECONDS) as connection:
            greeting = connection.recv(REPLY_BYTES_MAX)
        info = json.loads(greeting.removeprefix(b"INFO "))
    except (OSError, ValueError):
        return False
    return info.get("server_name") == server_name and bool(info.get("jetstream"))


def postgres_answers(data: Path, pid: int) -> bool:
    """Whether the postmaster of this data folder is the given process and is ready (its lock file, lines 1 and 8)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - line 8 is the status


def valkey_answers(port: int, password: str) -> bool:
    """Whether it takes our password and answers a ping."""
    try:
        with socket.create_connection((LOOPBACK, port), PROBE_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            reply = b""
            while b"PONG" not in reply and (more := connection.recv(REPLY_BYTES_MAX)):
                reply += more
    except OSError:
        return False
    return reply.startswith(b"+OK")


def accepts(address: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((address, port), PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def http_answers(url: str) -> bool:
    """Whether a GET of the address answers 200: for OpenBao's health that means initialised, unsealed and active."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as reply:  # noqa: S310 - our own http address
            return bool(reply.status == 200)  # noqa: PLR2004 - HTTP OK
    except (OSError, urllib.error.URLError):
        return False
