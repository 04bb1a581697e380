"""How big the routing table of a device is, and where its ways out go."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.routes import DefaultRoute, RoutesCounted
from projections.engine.projection import Projection, Put, State


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """The routing table of one device in short."""

    device_id: UUID
    total: int
    default_routes: tuple[DefaultRoute, ...]


ROUTES: Final = State("routes", Routes)

PROJECTIONS: Final = (
    Projection(
        name="routes",
        version=1,
        stream="OBSERVATIONS",
        tables=(ROUTES,),
        on={RoutesCounted: Put(ROUTES)},
    ),
)
