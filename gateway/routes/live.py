"""The read models that may be followed over the event stream, and where the keys of their newer rows are found.

A model whose rows may vanish without a trace has no table here: whoever comes back to it is told to load it again.
"""

from typing import Final

from contracts.language.access import Permission
from gateway.http.live import LiveModel

LIVE: Final = (
    LiveModel("audit", Permission.AUDIT_READ),
    LiveModel("clients", Permission.METRICS_READ),
    LiveModel("device_log", Permission.METRICS_READ, "read.device_log", "device_id"),
    LiveModel("devices", Permission.DEVICES_READ, "read.devices", "device_id"),
    LiveModel("health", Permission.METRICS_READ, "read.health", "device_id"),
    LiveModel("identifications", Permission.DEVICES_READ, "read.identifications", "device_id"),
    LiveModel("interfaces", Permission.METRICS_READ),
    LiveModel("polls", Permission.METRICS_READ, "read.polls", "device_id"),
    LiveModel("reachability", Permission.DEVICES_READ, "read.reachability", "device_id"),
    LiveModel("routes", Permission.METRICS_READ, "read.routes", "device_id"),
    LiveModel("tenants", Permission.TENANTS_READ, "read.tenants", "tenant_id"),
    LiveModel("timeline", Permission.DEVICES_READ, "read.timeline", "device_id"),
    LiveModel("topology", Permission.METRICS_READ),
    LiveModel("wireless", Permission.METRICS_READ, "read.wireless", "device_id"),
)
