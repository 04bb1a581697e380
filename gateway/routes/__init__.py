"""What can be read over HTTP: one word per file, listed here by hand with the read models that may be followed live."""

from typing import Final

from contracts.language.access import Permission
from gateway.http.live import LiveModel
from gateway.http.views import View
from gateway.routes import (
    api_keys,
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
    sessions,
    settings,
    tenants,
    timeline,
    topology,
    users,
    wireless,
)

VIEWS: Final[tuple[View, ...]] = (
    *api_keys.VIEWS,
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
    *sessions.VIEWS,
    *settings.VIEWS,
    *tenants.VIEWS,
    *timeline.VIEWS,
    *topology.VIEWS,
    *users.VIEWS,
    *wireless.VIEWS,
)

LIVE: Final[tuple[LiveModel, ...]] = (
    LiveModel("api_keys", Permission.API_KEYS_READ),
    LiveModel("audit", Permission.AUDIT_READ),
    LiveModel("clients", Permission.METRICS_READ),
    LiveModel("device_log", Permission.METRICS_READ, table="read.device_log", key="device_id"),
    LiveModel("devices", Permission.DEVICES_READ, table="read.devices", key="device_id"),
    LiveModel("health", Permission.METRICS_READ, table="read.health", key="device_id"),
    LiveModel("identifications", Permission.DEVICES_READ, table="read.identifications", key="device_id"),
    LiveModel("interfaces", Permission.METRICS_READ),
    LiveModel("polls", Permission.METRICS_READ, table="read.polls", key="device_id"),
    LiveModel("reachability", Permission.DEVICES_READ, table="read.reachability", key="device_id"),
    LiveModel("routes", Permission.METRICS_READ, table="read.routes", key="device_id"),
    LiveModel("sessions", Permission.SELF),
    LiveModel("tenants", Permission.TENANTS_READ, table="read.tenants", key="tenant_id"),
    LiveModel("timeline", Permission.DEVICES_READ, table="read.timeline", key="device_id"),
    LiveModel("topology", Permission.METRICS_READ),
    LiveModel("traffic", Permission.METRICS_READ, table="read.interface_counters", key="device_id"),
    LiveModel("users", Permission.USERS_READ),
    LiveModel("wireless", Permission.METRICS_READ, table="read.wireless", key="device_id"),
)
