"""Topology: the neighbours a device hears. Every text of a neighbour is its own and may be anything."""

from typing import Final

from contracts.topology import Neighbour, NeighboursListed
from pollers.engine.collector import Collector, Menu, Table, inventory
from pollers.engine.reading import cut

NEIGHBOURS_MAX: Final = 500

NEIGHBOURS: Final = Menu(
    "/ip/neighbor",
    (
        "interface",
        "mac-address",
        "address",
        "identity",
        "platform",
        "board",
        "version",
        "interface-name",
        "discovered-by",
    ),
)


def read(table: Table | None) -> NeighboursListed | None:
    """Everybody who is heard, in a fixed order; `interface` may name port and bridge, `ether3,bridge` (facts 14.23)."""
    if table is None:
        return None
    rows = sorted(tuple(cut(text) for text in row) for row in zip(*table, strict=True))
    return NeighboursListed(
        neighbours=tuple(
            Neighbour(
                interface=interface,
                mac=mac,
                address=address,
                identity=identity,
                platform=platform,
                board=board,
                version=version,
                remote_interface=remote,
                discovered_by=discovered_by,
            )
            for interface, mac, address, identity, platform, board, version, remote, discovered_by in rows[
                :NEIGHBOURS_MAX
            ]
        )
    )


COLLECTORS: Final = (
    Collector(observation=NeighboursListed, menus=(NEIGHBOURS,), step=inventory(read), period_seconds=300),
)
