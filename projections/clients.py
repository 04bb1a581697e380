"""Who is connected to which device, by MAC address."""

from typing import Final
from uuid import UUID

import msgspec

from contracts.clients import ClientsListed
from projections.engine.projection import Each, Projection, Put, State


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One client of one device."""

    device_id: UUID
    mac: str
    addresses: tuple[str, ...]
    hostname: str
    comment: str
    interface: str
    lease_server: str
    lease_status: str
    is_lease: bool
    is_arp: bool
    is_wireless: bool
    is_static: bool


class ClientCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many clients a device has; `is_cut` when it has more than are listed."""

    device_id: UUID
    total: int
    is_cut: bool


CLIENTS: Final = State("clients", Client, key=("device_id", "mac"), indexes=(("mac",),))
CLIENT_COUNTS: Final = State("client_counts", ClientCount)

PROJECTIONS: Final = (
    Projection(
        name="clients",
        version=1,
        stream="OBSERVATIONS",
        tables=(CLIENTS, CLIENT_COUNTS),
        on={ClientsListed: (Each(CLIENTS, "clients"), Put(CLIENT_COUNTS))},
    ),
)
