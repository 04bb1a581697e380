"""Handlers, reactions, processes and schedules of all slices. No other logic."""

from typing import Final

from commands import devices, reachability, sessions, settings, tenants, users
from commands.engine.handler import Catalog

CATALOG: Final = Catalog(
    handlers=(
        *tenants.HANDLERS,
        *devices.HANDLERS,
        *users.HANDLERS,
        *sessions.HANDLERS,
        *settings.HANDLERS,
    ),
    reactions=(*devices.REACTIONS, *reachability.REACTIONS),
    processes=(*devices.PROCESSES, *users.PROCESSES, *sessions.PROCESSES),
    answerers=(*users.ANSWERERS, *sessions.ANSWERERS),
)
