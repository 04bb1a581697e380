"""Handlers, reactions, processes and schedules of all slices. No other logic."""

from typing import Final

from commands import devices, reachability, tenants
from commands.engine.handler import Catalog

CATALOG: Final = Catalog(
    handlers=(*tenants.HANDLERS, *devices.HANDLERS),
    reactions=(*devices.REACTIONS, *reachability.REACTIONS),
    processes=(*devices.PROCESSES,),
)
