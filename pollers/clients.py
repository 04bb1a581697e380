"""Clients: leases, ARP and registrations of one device, joined by MAC address."""

from collections.abc import Iterator
from typing import Final

import msgspec

from contracts.clients import Client, ClientsListed
from contracts.language.errors import ContractBroken
from pollers.device import values
from pollers.engine.collector import Collector, Menu, Table, inventory
from pollers.engine.reading import cut, is_set

CLIENTS_MAX: Final = 1000
ADDRESSES_MAX: Final = 16

LEASES: Final = Menu(
    "/ip/dhcp-server/lease",
    (
        "mac-address",
        "active-mac-address",
        "address",
        "active-address",
        "host-name",
        "comment",
        "server",
        "status",
        "dynamic",
    ),
)
ARP: Final = Menu("/ip/arp", ("mac-address", "address", "interface", "comment", "dynamic", "complete", "disabled"))
REGISTRATIONS: Final = tuple(
    Menu(f"{path}/registration-table", ("mac-address", "interface"))
    for path in ("/interface/wireless", "/interface/wifi", "/interface/wifiwave2", "/caps-man")
)


class _Known(msgspec.Struct):
    """What is known of one client while the tables are read."""

    addresses: dict[str, None]
    hostname: str = ""
    comment: str = ""
    interface: str = ""
    lease_server: str = ""
    lease_status: str = ""
    is_lease: bool = False
    is_arp: bool = False
    is_wireless: bool = False
    is_static: bool = False


def read(leases: Table | None, arp: Table | None, *registrations: Table | None) -> ClientsListed:
    """Everybody, by MAC address; the first CLIENTS_MAX in that order when there are more."""
    known: dict[str, _Known] = {}
    _add_leases(known, leases)
    _add_arp(known, arp)
    for table in registrations:
        _add_registrations(known, table)
    listed = sorted(known.items())
    return ClientsListed(
        clients=tuple(_client(mac, one) for mac, one in listed[:CLIENTS_MAX]),
        total=len(listed),
        is_cut=len(listed) > CLIENTS_MAX,
    )


def _add_leases(known: dict[str, _Known], table: Table | None) -> None:
    """Leases that somebody holds, and static ones; a lease without a MAC address is a conflict and nobody's."""
    for mac, active_mac, address, active_address, hostname, comment, server, status, dynamic in _rows(table):
        one = _of(known, active_mac or mac)
        if one is None:
            continue
        _note(one, active_address or address)
        one.hostname = one.hostname or cut(hostname)
        one.comment = one.comment or cut(comment)
        one.lease_server = one.lease_server or cut(server)
        one.lease_status = one.lease_status or cut(status)
        one.is_lease = True
        one.is_static = one.is_static or not is_set(dynamic)


def _add_arp(known: dict[str, _Known], table: Table | None) -> None:
    """Addresses that were resolved; an incomplete entry has no MAC address and is nobody (facts 14.21)."""
    for mac, address, interface, comment, dynamic, complete, disabled in _rows(table):
        one = _of(known, mac) if complete not in {"false", "no"} and not is_set(disabled) else None
        if one is None:
            continue
        _note(one, address)
        one.interface = one.interface or cut(interface)
        one.comment = one.comment or cut(comment)
        one.is_arp = True
        one.is_static = one.is_static or not is_set(dynamic)


def _add_registrations(known: dict[str, _Known], table: Table | None) -> None:
    """Stations; the radio they hang on says more than the bridge that ARP knows."""
    for mac, interface in _rows(table):
        one = _of(known, mac)
        if one is not None:
            one.interface = cut(interface) or one.interface
            one.is_wireless = True


def _rows(table: Table | None) -> Iterator[tuple[str | None, ...]]:
    return zip(*table, strict=True) if table is not None else iter(())


def _of(known: dict[str, _Known], mac: str | None) -> _Known | None:
    """The client with this MAC address, made when it is new."""
    try:
        address = values.mac(mac)
    except ContractBroken:
        return None
    return None if address is None else known.setdefault(address, _Known({}))


def _note(one: _Known, address: str | None) -> None:
    if address and len(one.addresses) < ADDRESSES_MAX:
        one.addresses[cut(address)] = None


def _client(mac: str, one: _Known) -> Client:
    return Client(
        mac=mac,
        addresses=tuple(one.addresses),
        hostname=one.hostname,
        comment=one.comment,
        interface=one.interface,
        lease_server=one.lease_server,
        lease_status=one.lease_status,
        is_lease=one.is_lease,
        is_arp=one.is_arp,
        is_wireless=one.is_wireless,
        is_static=one.is_static,
    )


COLLECTORS: Final = (
    Collector(observation=ClientsListed, menus=(LEASES, ARP, *REGISTRATIONS), step=inventory(read), period_seconds=300),
)
