"""Clients: who is connected to a device; leases, ARP and registrations joined by MAC address."""

from typing import ClassVar, Final

import msgspec

from contracts.language.message import Observation


class Client(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One client by MAC address. Texts come from the client itself and are not to be trusted."""

    mac: str
    addresses: tuple[str, ...] = ()
    hostname: str = ""
    comment: str = ""
    interface: str = ""
    lease_server: str = ""
    lease_status: str = ""
    is_lease: bool = False
    is_arp: bool = False
    is_wireless: bool = False
    is_static: bool = False


class ClientsListed(Observation, frozen=True, kw_only=True):
    """Everybody connected to one device; sent when it changes. `is_cut` when there were more than are listed."""

    name: ClassVar[str] = "clients.listed"
    clients: tuple[Client, ...]
    total: int
    is_cut: bool = False


COMMANDS: Final = ()
MESSAGES: Final = (ClientsListed,)
