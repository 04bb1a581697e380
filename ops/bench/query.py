"""How long a question takes: latencies of the gateway under load, in a whole installation whose fleet is being polled.

Every figure is a client's: from the first byte sent to the last byte read, over kept connections, with a token in each
request. The client shares the machine with everything else. Many callers ask, so that no one's allowance ends.
`python -m ops.bench.query` prints the figures as JSON.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import uvloop

from commands.engine.tokens import Grant, access_token
from contracts.language.access import Role
from contracts.language.errors import Unavailable
from contracts.language.identity import TenantId
from ops.bench.fleet import up, wait_until_polled
from ops.cli import api
from ops.cli.installation import settings_of
from ops.connections.openbao import open_keys
from ops.settings import CommandsSettings, GatewaySettings

DEVICES: Final = 300
POLL_SECONDS: Final = 30
CALLERS: Final = 150
QUESTIONS: Final = 1500
WARM_UP: Final = 100
LANES: Final = {"alone": 1, "load": 16}
"""How many ask at once: one for the time a question takes, several for the most that are answered."""


class Client:
    """One kept connection: no library, so that the client costs little beside what is measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, path: str, token: str) -> bytes:
        """The body of one answer; raises Unavailable for anything but 200."""
        head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._writer.write(head.encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].split(None, 1)[0])
        body = await self._reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Unavailable(f"{path} was answered {answer[:20].decode()!r}: {body[:300].decode()}")
        return body

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def measure() -> dict[str, float]:
    """Milliseconds and answers per second, by question; raises Unavailable when the installation does not come up."""
    with tempfile.TemporaryDirectory(prefix="tod-bench-") as folder:
        data_dir = Path(folder)
        up(data_dir, "--devices", str(DEVICES), "--poll-interval", str(POLL_SECONDS), "--detach")
        try:
            wait_until_polled(data_dir, DEVICES)
            tenant = UUID(api.get(data_dir, "/devices", limit=1)["items"][0]["tenant_id"])
            return uvloop.run(_measured(data_dir, TenantId(tenant)))
        finally:
            up(data_dir, "--down")


async def _measured(data_dir: Path, tenant: TenantId) -> dict[str, float]:
    tokens = await _tokens(data_dir, tenant)
    port = settings_of(GatewaySettings, "gateway", data_dir).http_port
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    listed: Any = msgspec.json.decode(await client.get("/api/devices?limit=500", tokens[0]))
    client.close()
    cards = [f"/api/devices/{row['device_id']}" for row in listed["items"]]
    questions = {
        "list": ["/api/devices?limit=50", "/api/devices?limit=50&sort=-cpu_load_percent"],
        "card": cards,
        "series": [f"{card}/health/series" for card in cards],
    }
    figures: dict[str, float] = {}
    for name, paths in questions.items():
        for how, lanes in LANES.items():
            spent, seconds = await _asked(port, paths, tokens, lanes)
            figures[f"query.{name}_{how}_p50_ms"] = statistics.median(spent)
            figures[f"query.{name}_{how}_p99_ms"] = statistics.quantiles(spent, n=100)[98]
            if lanes > 1:
                figures[f"query.{name}_per_s"] = len(spent) / seconds
    return figures


async def _asked(port: int, paths: Sequence[str], tokens: Sequence[str], lanes: int) -> tuple[list[float], float]:
    """Milliseconds of every question after the first few, and how long all took together."""
    spent: list[float] = []
    left = iter(range(-WARM_UP, QUESTIONS))
    begun = time.perf_counter()

    async def lane() -> None:
        nonlocal begun
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        for number in left:
            if number == 0:
                begun = time.perf_counter()
            asked = time.perf_counter()
            await client.get(paths[number % len(paths)], tokens[number % len(tokens)])
            if number >= 0:
                spent.append((time.perf_counter() - asked) * 1000)
        client.close()

    await asyncio.gather(*(lane() for _ in range(lanes)))
    return spent, time.perf_counter() - begun


async def _tokens(data_dir: Path, tenant: TenantId) -> list[str]:
    """One token each for many callers of a tenant."""
    settings = settings_of(CommandsSettings, "commands", data_dir)
    now = datetime.now(UTC)
    grants = [
        Grant(
            subject=f"user:bench-{number}",
            role=Role.VIEWER,
            tenant_id=tenant,
            session_id=uuid4(),
            issued_at=now,
            expires_at=now + timedelta(hours=1),
        )
        for number in range(CALLERS)
    ]
    async with open_keys(settings.openbao_url, settings.openbao_role()) as keys:
        return list(await asyncio.gather(*(access_token(keys, grant) for grant in grants)))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(measure())) + b"\n")
