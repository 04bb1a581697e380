"""Whether this process is alive, and whether it can do its work.

Asked by supervisors and load balancers, so open to all.

Readiness says which server is away and how long the others take. It names no address and repeats no library's error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response

from contracts.language.errors import TodError
from gateway.http.endpoints import Answer, Endpoint

PROBE_SECONDS_MAX: Final = 2.0
Probe = Callable[[], Awaitable[object]]


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["healthy"]
    version: str


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """One server, as seen from here."""

    status: Literal["up", "down"]
    latency_ms: float
    error: str = ""


class Ready(msgspec.Struct, frozen=True):
    """Whether every server is there."""

    status: Literal["healthy", "unhealthy"]
    version: str
    checks: dict[str, Check]


class Health:
    """Liveness and readiness of this process."""

    def __init__(self, probes: Mapping[str, Probe], version: str) -> None:
        self._probes = probes
        self._version = version

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Both routes."""
        return (
            Endpoint(
                method="GET",
                path="/health",
                access="open",
                handler=self._alive,
                summary="Whether the process is alive.",
                answers=(Answer(200, "It is.", shape=Alive),),
            ),
            Endpoint(
                method="GET",
                path="/health/ready",
                access="open",
                handler=self._ready,
                summary="Whether the servers behind it are there, and how long they take.",
                answers=(Answer(200, "They are.", shape=Ready), Answer(503, "One is away.", shape=Ready)),
            ),
        )

    async def _alive(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        return _json(Alive("healthy", self._version))

    async def _ready(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        checks = await asyncio.gather(*(_checked(probe) for probe in self._probes.values()))
        is_ready = all(check.status == "up" for check in checks)
        ready = Ready(
            "healthy" if is_ready else "unhealthy", self._version, dict(zip(self._probes, checks, strict=True))
        )
        return _json(ready, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


async def _checked(probe: Probe) -> Check:
    begun = perf_counter()
    error = ""
    try:
        async with asyncio.timeout(PROBE_SECONDS_MAX):
            await probe()
    except TimeoutError:
        error = f"no answer within {PROBE_SECONDS_MAX:g} s"
    except TodError as refusal:
        error = refusal.message
    except Exception as failure:  # noqa: BLE001 - whatever a server's library raises: it is down
        error = type(failure).__name__
    return Check("down" if error else "up", round((perf_counter() - begun) * 1000, 2), error)


def _json(value: msgspec.Struct, status: int = HTTPStatus.OK) -> Response[bytes]:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
