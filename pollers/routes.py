"""Routes: how many there are, counted by the device itself, and the default routes.

A whole table is never asked for (facts 7.5).
"""

from collections.abc import Iterator
from typing import Final

from contracts.language.measure import Count
from contracts.routes import DefaultRoute, RoutesCounted
from pollers.device import values
from pollers.engine.collector import Collector, Menu, Table, inventory
from pollers.engine.reading import cut, is_set, reading

DEFAULT_ROUTES_MAX: Final = 100

V4_TOTAL: Final = Menu("/ip/route", is_counted=True)
V6_TOTAL: Final = Menu("/ipv6/route", is_counted=True)
_FIELDS: Final = ("dst-address", "gateway", "routing-table", "distance", "active", "type", "blackhole")
V4_DEFAULTS: Final = Menu("/ip/route", _FIELDS, where=("?dst-address=0.0.0.0/0",))
V6_DEFAULTS: Final = Menu("/ipv6/route", _FIELDS, where=("?dst-address=::/0",))

_count = reading(values.whole, Count)


def read(
    v4_total: Table | None, v6_total: Table | None, v4_defaults: Table | None, v6_defaults: Table | None
) -> RoutesCounted | None:
    """Both families together; the package for IPv6 may be missing on RouterOS 6."""
    totals = [_count(table[0][0]) for table in (v4_total, v6_total) if table is not None]
    known = [total for total in totals if total is not None]
    if not known:
        return None
    defaults = [route for table in (v4_defaults, v6_defaults) if table is not None for route in _defaults(table)]
    return RoutesCounted(total=sum(known), default_routes=tuple(defaults[:DEFAULT_ROUTES_MAX]))


def _defaults(table: Table) -> Iterator[DefaultRoute]:
    """One route per gateway: RouterOS 6 writes several into one row, 7 gives each a row (facts 14.18)."""
    for destination, gateways, table_name, distance, active, kind, blackhole in zip(*table, strict=True):
        is_blackhole = kind == "blackhole" or blackhole not in {None, "false", "no"}
        for gateway in values.items(gateways) or (("blackhole",) if is_blackhole else ()):
            yield DefaultRoute(
                destination=cut(destination),
                gateway=cut(gateway),
                table=cut(table_name) or "main",
                distance=_count(distance) or 0,
                is_active=is_set(active),
            )


COLLECTORS: Final = (
    Collector(
        observation=RoutesCounted,
        menus=(V4_TOTAL, V6_TOTAL, V4_DEFAULTS, V6_DEFAULTS),
        step=inventory(read),
        period_seconds=600,
    ),
)
