"""Topology: the neighbours a device hears by MNDP, CDP or LLDP."""

from typing import ClassVar, Final

import msgspec

from contracts.language.message import Observation


class Neighbour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One neighbour on one interface. Texts come from the neighbour and are not to be trusted."""

    interface: str
    mac: str = ""
    address: str = ""
    identity: str = ""
    platform: str = ""
    board: str = ""
    version: str = ""
    remote_interface: str = ""
    discovered_by: str = ""


class NeighboursListed(Observation, frozen=True, kw_only=True):
    """Everybody a device hears; sent when it changes."""

    name: ClassVar[str] = "topology.listed"
    neighbours: tuple[Neighbour, ...]


COMMANDS: Final = ()
MESSAGES: Final = (NeighboursListed,)
