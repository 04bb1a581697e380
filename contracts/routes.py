"""Routes: how many a device has, and where its default routes go. The tables themselves are too big to poll."""

from typing import ClassVar, Final

import msgspec

from contracts.language.measure import Count
from contracts.language.message import Observation


class DefaultRoute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way out: destination `0.0.0.0/0` or `::/0`."""

    destination: str
    gateway: str
    table: str = "main"
    distance: Count = 0
    is_active: bool = False


class RoutesCounted(Observation, frozen=True, kw_only=True):
    """The size of the routing table, and the default routes."""

    name: ClassVar[str] = "routes.counted"
    total: Count
    default_routes: tuple[DefaultRoute, ...] = ()


COMMANDS: Final = ()
MESSAGES: Final = (RoutesCounted,)
