"""What is good no longer: sessions that ended, people whose sessions all did, and closed tenants.

Every gateway follows them, and has read all that are kept before it serves anybody; so an ended session is refused here
within the time that a message takes, and after a restart as well.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

from contracts.catalog import CODEC
from contracts.language.delivery import Bus, Delivery
from contracts.language.errors import SessionOver
from contracts.language.streams import REVOCATIONS, REVOKED_SECONDS
from contracts.language.subject import Kind, kind_filter
from contracts.sessions import SessionRevoked
from contracts.tenants import TenantClosed
from contracts.users import UserRevoked
from gateway.http.authentication import Caller

CATCH_UP_SECONDS_MAX: Final = 30.0
FORGET_AFTER: Final = timedelta(seconds=REVOKED_SECONDS)


class Revocations:
    """The sessions and people that tokens of are refused."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._sessions: set[str] = set()
        self._closed: set[str] = set()
        self._epochs: dict[str, int] = {}
        self._caught_up = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all that are kept, and follow the rest; raises TimeoutError when the bus does not give them."""
        self._following = asyncio.create_task(self._follow())
        async with asyncio.timeout(CATCH_UP_SECONDS_MAX):
            await self._caught_up.wait()

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    def refuse(self, caller: Caller) -> None:
        """Raise SessionOver for a caller whose session has ended."""
        if self.is_revoked(caller):
            raise SessionOver

    def is_revoked(self, caller: Caller) -> bool:
        """Whether a caller's session or key has ended, or all that belonged to its owner."""
        if caller.tenant_id is not None and str(caller.tenant_id) in self._closed:
            return True
        return caller.session_id in self._sessions or caller.epoch < self._epochs.get(caller.owner or caller.actor, 0)

    async def _follow(self) -> None:
        subjects = [kind_filter(Kind.REVOKED)]
        async for batch in self._bus.follow(REVOCATIONS.name, subjects, idle=True):
            for delivery in batch:
                self._note(delivery)
            if not batch:
                self._caught_up.set()

    def _note(self, delivery: Delivery) -> None:
        for recorded in CODEC.decode(delivery):
            match recorded.message:
                case SessionRevoked(session_id=session_id):
                    self._sessions.add(str(session_id))
                    loop = asyncio.get_running_loop()
                    loop.call_later(FORGET_AFTER.total_seconds(), self._sessions.discard, str(session_id))
                case TenantClosed(tenant_id=tenant_id, is_closed=is_closed):
                    (self._closed.add if is_closed else self._closed.discard)(str(tenant_id))
                case UserRevoked(user_id=user_id, epoch=epoch):
                    actor = f"user:{user_id}"
                    self._epochs[actor] = max(epoch, self._epochs.get(actor, 0))
