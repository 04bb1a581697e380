"""Many small requests made at once, sent as few: what comes while a call is under way goes together in the next one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Coalescer(Generic[Item, Result]):
    """One queue in front of one kind of call.

    `call` gets up to `batch_max` items and gives one result or one error for each, in their order; an error that it
    raises is that of all of them. At most `calls_max` calls are under way at once. A lone request waits for nobody.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        batch_max: int,
        calls_max: int,
    ) -> None:
        self._call = call
        self._batch_max = batch_max
        self._calls_max = calls_max
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._runners: set[asyncio.Task[None]] = set()

    async def ask(self, item: Item) -> Result:
        """The result for one item, from a call of its own or a shared one."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if len(self._runners) < self._calls_max:
            runner = asyncio.create_task(self._run())
            self._runners.add(runner)
            runner.add_done_callback(self._runners.discard)
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_max))]
            try:
                results = await self._call([item for item, _answer in batch])
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                results = [error] * len(batch)
            for (_item, answer), result in zip(batch, results, strict=True):
                if answer.done():
                    continue  # whoever asked has gone
                if isinstance(result, Exception):
                    answer.set_exception(result)
                else:
                    answer.set_result(result)
