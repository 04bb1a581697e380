"""Ports on loopback: the usual one when it is free, else any free one, and the same again on the next start."""

import random
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

LOOPBACK = "127.0.0.1"
FREE_RANGE = range(20_000, 32_000)
"""Below 32768, where Linux takes the ports of outgoing connections from."""
TRIES_MAX = 1000

USUAL: Mapping[str, int] = {
    "http": 8000,
    "nats": 4222,
    "nats-monitor": 8222,
    "postgres": 5432,
    "valkey": 6379,
    "openbao": 8200,
    "openbao-cluster": 8201,
    "simulator-api": 8728,
    "simulator-tls": 8729,
    "simulator-ssh": 2222,
    "commands-metrics": 9101,
    "pollers-metrics": 9102,
    "projections-metrics": 9103,
}


def choose(kept_in: Path, *, asked: Mapping[str, int] | None = None, takes_usual: bool = True) -> dict[str, int]:
    """Choose a port for each name and keep it: what is asked for, else as last time, else the usual, else any."""
    kept, wishes = read(kept_in), asked or {}
    chosen: dict[str, int] = {}
    for name, usual in USUAL.items():
        candidates = (wishes.get(name), kept.get(name), usual if takes_usual else None)
        chosen[name] = _first_free(candidates, taken=chosen.values())
    kept_in.write_bytes(msgspec.json.encode(chosen))
    return chosen


def read(kept_in: Path) -> dict[str, int]:
    """Return the ports that were chosen last; none when none ever were."""
    return msgspec.json.decode(kept_in.read_bytes(), type=dict[str, int]) if kept_in.exists() else {}


def _first_free(candidates: Iterable[int | None], taken: Iterable[int]) -> int:
    for port in candidates:
        if port is not None and port not in taken and is_free(port):
            return port
    for _ in range(TRIES_MAX):
        port = random.choice(FREE_RANGE)  # noqa: S311 - nothing is guarded by it
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {FREE_RANGE.start} and {FREE_RANGE.stop} after {TRIES_MAX} tries")


def is_free(port: int) -> bool:
    """Whether a server could listen there now. A port that is only closing down from last time counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
