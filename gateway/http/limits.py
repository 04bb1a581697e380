"""How much one caller may ask: requests per second, bytes of a body, rows of a page.

Every limit says so in its refusal.

Rates are counted in the cache by one atomic script (GCRA: a leaky bucket that is one number), so that all copies of
the gateway share them and a burst cannot slip between reading and writing. When the cache is gone requests pass
uncounted: being able to read and act during a fault is worth more than the limit, readiness is red meanwhile, and the
log says so once a second.
"""

import asyncio
import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog
from litestar import Request

from contracts.language.errors import Unavailable
from gateway.http.problems import BodyTooLarge, BodyTooSlow

log = structlog.get_logger(__name__)

BODY_BYTES_MAX: Final = 256 * 1024
BODY_SECONDS_MAX: Final = 10.0
PAGE_ROWS: Final = 50
PAGE_ROWS_MAX: Final = 500
POINTS_MAX: Final = 2000
SERIES_ROWS_MAX: Final = 20_000
CACHE_REST_SECONDS: Final = 1.0

_SPEND: Final = """
local now = redis.call('TIME')
local now_us = now[1] * 1000000 + now[2]
local gap_us = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local at = tonumber(redis.call('GET', KEYS[1]) or now_us)
if at < now_us then at = now_us end
local ahead = at - now_us
local room = gap_us * (burst - 1)
if ahead > room then
  return {0, 0, ahead - room, ahead}
end
at = at + gap_us
redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', math.ceil((at - now_us) / 1000) + 1)
return {1, math.floor((room - ahead) / gap_us), 0, at - now_us}
"""


class Cache(Protocol):
    """What is asked of Valkey. Both raise Unavailable, soon, when it does not answer."""

    async def evaluate(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:  # noqa: ANN401 - whatever the script returns
        """Run a script atomically."""
        ...

    async def ping(self) -> object:
        """Whether it is there."""
        ...


class RateClass(enum.StrEnum):
    """What is counted apart."""

    READ = "read"
    WRITE = "write"
    STRANGER = "stranger"
    SIGN_IN = "sign_in"
    DENIAL = "denial"
    """What is noted of denials, not what may be asked."""


class Limit(msgspec.Struct, frozen=True):
    """So many requests per second in the long run, and so many at once."""

    per_second: float
    burst: int


RATES: Final[Mapping[RateClass, Limit]] = {
    RateClass.READ: Limit(50, 200),
    RateClass.WRITE: Limit(10, 60),
    RateClass.STRANGER: Limit(2, 30),
    RateClass.SIGN_IN: Limit(5 / 60, 5),
    RateClass.DENIAL: Limit(1 / 60, 10),
}


class Spent(msgspec.Struct, frozen=True):
    """What one request left of a caller's allowance; `remaining` is None when nothing was counted."""

    kind: RateClass
    limit: Limit
    is_allowed: bool
    remaining: int | None = None
    retry_after_seconds: int = 0
    full_in_seconds: int = 0

    def headers(self) -> list[tuple[str, str]]:
        """RateLimit and RateLimit-Policy as the IETF's draft has them, and Retry-After with a refusal."""
        if self.remaining is None:
            return []
        window = math.ceil(self.limit.burst / self.limit.per_second)
        headers = [
            ("RateLimit-Policy", f'"{self.kind}";q={self.limit.burst};w={window}'),
            ("RateLimit", f'"{self.kind}";r={self.remaining};t={self.full_in_seconds}'),
        ]
        if not self.is_allowed:
            headers.append(("Retry-After", str(self.retry_after_seconds)))
        return headers


class Rates:
    """The allowance of every caller, in the cache."""

    def __init__(self, cache: Cache, limits: Mapping[RateClass, Limit] = RATES) -> None:
        self._cache = cache
        self._limits = limits
        self._rests_until = 0.0

    async def spend(self, who: str, kind: RateClass) -> Spent:
        """Take one request out of somebody's allowance, or say how long to wait."""
        limit = self._limits[kind]
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return Spent(kind, limit, is_allowed=True)
        gap = math.ceil(1_000_000 / limit.per_second)
        try:
            told = await self._cache.evaluate(_SPEND, [f"tod:rate:{kind}:{who}"], [gap, limit.burst])
        except Unavailable as error:
            self._rests_until = loop.time() + CACHE_REST_SECONDS
            log.warning("limits.suspended", reason=str(error))
            return Spent(kind, limit, is_allowed=True)
        is_allowed, remaining, wait_us, full_us = (int(value) for value in told)
        return Spent(
            kind, limit, bool(is_allowed), remaining, math.ceil(wait_us / 1_000_000), math.ceil(full_us / 1_000_000)
        )


async def body_of(request: Request[Any, Any, Any]) -> bytes:
    """The body, if it is neither too large nor too slow; raises BodyTooLarge or BodyTooSlow."""
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for piece in request.stream():
                size += len(piece)
                if size > BODY_BYTES_MAX:
                    raise BodyTooLarge(f"A body may hold {BODY_BYTES_MAX} bytes")
                pieces.append(piece)
    except TimeoutError as error:
        raise BodyTooSlow(f"The body must arrive within {BODY_SECONDS_MAX:g} s") from error
    return b"".join(pieces)
