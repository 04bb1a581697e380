"""Handlers, reactions, processes and schedules of all slices. No other logic."""

from typing import Final

from commands import api_keys, audit, devices, reachability, sessions, settings, tenants, users
from commands.engine.handler import Catalog

CATALOG: Final = Catalog(
    handlers=(
        *tenants.HANDLERS,
        *devices.HANDLERS,
        *users.HANDLERS,
        *sessions.HANDLERS,
        *settings.HANDLERS,
        *api_keys.HANDLERS,
    ),
    reactions=(*devices.REACTIONS, *reachability.REACTIONS, *users.REACTIONS),
    processes=(*tenants.PROCESSES, *devices.PROCESSES, *users.PROCESSES, *sessions.PROCESSES, *api_keys.PROCESSES),
    answerers=(*api_keys.ANSWERERS, *audit.ANSWERERS, *users.ANSWERERS, *sessions.ANSWERERS),
)
