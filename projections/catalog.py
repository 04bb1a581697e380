"""The list of read models, by hand. No other logic."""

from typing import Final

from projections import (
    api_keys,
    audit,
    clients,
    device_log,
    devices,
    health,
    interfaces,
    polls,
    reachability,
    routes,
    sessions,
    settings,
    tenants,
    timeline,
    topology,
    users,
    wireless,
)
from projections.engine.projection import Projection

PROJECTIONS: Final[tuple[Projection, ...]] = (
    *api_keys.PROJECTIONS,
    *audit.PROJECTIONS,
    *clients.PROJECTIONS,
    *device_log.PROJECTIONS,
    *devices.PROJECTIONS,
    *health.PROJECTIONS,
    *interfaces.PROJECTIONS,
    *polls.PROJECTIONS,
    *reachability.PROJECTIONS,
    *routes.PROJECTIONS,
    *sessions.PROJECTIONS,
    *settings.PROJECTIONS,
    *tenants.PROJECTIONS,
    *timeline.PROJECTIONS,
    *topology.PROJECTIONS,
    *users.PROJECTIONS,
    *wireless.PROJECTIONS,
)
