"""A bus that fails on purpose, in front of the real one: lost acknowledgements, a process that dies at any call."""

from collections.abc import Awaitable, Callable
from typing import Any

from contracts.language.delivery import Bus, Delivery
from contracts.language.errors import Unavailable


class _Faulty:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)


class LosesAcknowledgements(_Faulty):
    """Every delivery is acknowledged in vain the first `times`: it comes again at once."""

    def __init__(self, bus: Bus, times: int = 1) -> None:
        super().__init__(bus)
        self._times = times

    async def settle(self, delivery: Delivery, *, retry_after_seconds: float | None = None) -> None:
        if retry_after_seconds is None and delivery.attempt <= self._times:
            retry_after_seconds = 0.0
        await self._bus.settle(delivery, retry_after_seconds=retry_after_seconds)


class Died(BaseException):
    """The process is no more."""


class Dies(_Faulty):
    """Works until its call number `at`, which is either not made or made in vain, and never again after it."""

    CALLS = ("publish", "append", "forget", "notify", "settle", "history", "latest", "last")

    def __init__(self, bus: Bus, at: int, *, is_late: bool) -> None:
        super().__init__(bus)
        self._left = at
        self._is_late = is_late
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        return self._counted(found) if name in self.CALLS else found

    def _counted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **named: Any) -> Any:
            if self.is_dead:
                raise Unavailable("dead")
            self._left -= 1
            self.is_dead = self._left <= 0
            if self.is_dead and not self._is_late:
                raise Unavailable("died before")
            result = await call(*arguments, **named)
            if self.is_dead:
                raise Unavailable("died after")
            return result

        return counted
