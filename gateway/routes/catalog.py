"""The list of views, by hand. No other logic."""

from typing import Final

from gateway.http.views import View
from gateway.routes import (
    audit,
    clients,
    device_log,
    devices,
    health,
    interfaces,
    polls,
    projections,
    reachability,
    routes,
    tenants,
    timeline,
    topology,
    wireless,
)

VIEWS: Final[tuple[View, ...]] = (
    *audit.VIEWS,
    *clients.VIEWS,
    *device_log.VIEWS,
    *devices.VIEWS,
    *health.VIEWS,
    *interfaces.VIEWS,
    *polls.VIEWS,
    *projections.VIEWS,
    *reachability.VIEWS,
    *routes.VIEWS,
    *tenants.VIEWS,
    *timeline.VIEWS,
    *topology.VIEWS,
    *wireless.VIEWS,
)
