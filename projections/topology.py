"""The neighbours each device hears: the edges of the network, seen from both ends."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.topology import NeighboursListed
from projections.engine.projection import POSITION, Each, Integer, Projection, State


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """One neighbour in the list of a device. It may be heard twice, so its place in the list tells rows apart."""

    device_id: UUID
    position: Integer
    interface: str
    mac: str
    address: str
    identity: str
    platform: str
    board: str
    version: str
    remote_interface: str
    discovered_by: str


NEIGHBOURS: Final = State("neighbours", Neighbour, key=("device_id", "position"), history=True, indexes=(("mac",),))

PROJECTIONS: Final = (
    Projection(
        name="topology",
        version=1,
        stream="OBSERVATIONS",
        tables=(NEIGHBOURS,),
        on={NeighboursListed: Each(NEIGHBOURS, "neighbours", position=POSITION)},
    ),
)
