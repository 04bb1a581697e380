"""What is kept for moments and may be lost: Valkey, behind the two things that deciding asks of it."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

_REMEMBER: Final = "return redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX')"
_TAKE: Final = "return redis.call('GETDEL', KEYS[1])"


class Cache(Protocol):
    """What is asked of Valkey. Raises Unavailable, soon, when it does not answer."""

    async def evaluate(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:  # noqa: ANN401 - whatever the script returns
        """Run a script atomically."""
        ...


class ShortMemory:
    """Texts that are kept for a while and read once."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def remember(self, name: str, text: str, *, seconds: int) -> bool:
        """Keep a text for so long; False when something is kept under that name already. Raises Unavailable."""
        return bool(await self._cache.evaluate(_REMEMBER, [f"tod:commands:{name}"], [text, seconds]))

    async def take(self, name: str) -> str | None:
        """What is kept, for the first who asks and nobody after. Raises Unavailable."""
        found = await self._cache.evaluate(_TAKE, [f"tod:commands:{name}"], [])
        return found.decode() if isinstance(found, bytes) else found
