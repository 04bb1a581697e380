"""Opened passwords: few, short-lived, gone at once when rotated; good for longer only while the key service is away."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from contracts.devices import Credential
from contracts.language.errors import Unavailable
from contracts.language.identity import DeviceId, TenantId
from contracts.language.sealed import Sealed, sealing_context

log = structlog.get_logger(__name__)

OPENED_MAX: Final = 1024
FRESH_SECONDS: Final = 300.0
STALE_SECONDS_MAX: Final = 24 * 3600.0
"""How long an opened password may be used when the key service does not answer: a fleet must not go dark with it."""


class Opener(Protocol):
    """The key service, as far as a poller needs it."""

    async def open(self, sealed: Sealed, context: str) -> str:
        """The text of a ciphertext; raises Unavailable when the service does not answer."""
        ...


class _Opened(msgspec.Struct, frozen=True):
    """One opened password, and the ciphertext it came from: another ciphertext is another password."""

    sealed: Sealed
    text: str
    opened_at: float

    def __repr__(self) -> str:
        return "_Opened(****)"


class Credentials:
    """Opens passwords and remembers the last OPENED_MAX of them. `clock` gives seconds that only rise."""

    def __init__(self, opener: Opener, clock: Callable[[], float]) -> None:
        self._opener = opener
        self._clock = clock
        self._opened: OrderedDict[UUID, _Opened] = OrderedDict()

    def __len__(self) -> int:
        return len(self._opened)

    async def password(self, tenant_id: TenantId, device_id: DeviceId, credential: Credential) -> str:
        """The password of a device.

        Raises Unavailable when it is not known here and the key service does not answer.
        """
        known = self._opened.get(device_id)
        if known is not None and known.sealed != credential.password:
            self.drop(device_id)
            known = None
        age = self._clock() - known.opened_at if known is not None else 0.0
        if known is not None and age < FRESH_SECONDS:
            self._opened.move_to_end(device_id)
            return known.text
        try:
            text = await self._opener.open(credential.password, sealing_context(tenant_id, device_id, "password"))
        except Unavailable as error:
            if known is None or age > STALE_SECONDS_MAX:
                raise
            log.warning("credential.stale", device_id=str(device_id), age_seconds=round(age), error=error.message)
            return known.text
        self._keep(device_id, _Opened(credential.password, text, self._clock()))
        return text

    def drop(self, device_id: UUID) -> None:
        """Forget what was opened for a device: it was rotated, or the device is gone."""
        self._opened.pop(device_id, None)

    def _keep(self, device_id: UUID, opened: _Opened) -> None:
        self._opened[device_id] = opened
        self._opened.move_to_end(device_id)
        while len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)
