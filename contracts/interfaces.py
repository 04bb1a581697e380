"""Interfaces: what there is (an inventory, sent when it changes) and what went through (counters, on every poll)."""

from typing import ClassVar, Final

import msgspec

from contracts.language.measure import Count
from contracts.language.message import Observation


class Interface(msgspec.Struct, frozen=True, omit_defaults=True):
    """One interface as it is configured. `kind` is RouterOS' type: ether, bridge, vlan, wlan, wifi, wg, pppoe-out."""

    name: str
    kind: str
    default_name: str = ""
    mac: str = ""
    mtu: Count = 0
    comment: str = ""
    is_disabled: bool = False
    is_dynamic: bool = False
    is_slave: bool = False


class InterfacesListed(Observation, frozen=True, kw_only=True):
    """Every interface of a device, in the order of the device."""

    name: ClassVar[str] = "interfaces.listed"
    interfaces: tuple[Interface, ...]


class InterfacesCounted(Observation, frozen=True, kw_only=True):
    """Counters since the interface came up, one column per counter, one place per interface in every column.

    Bytes and packets are those of layer 2 (RouterOS counts there). A counter that falls was reset.
    """

    name: ClassVar[str] = "interfaces.counted"
    names: tuple[str, ...]
    is_running: tuple[bool, ...]
    rx_bytes: tuple[int, ...]
    tx_bytes: tuple[int, ...]
    rx_packets: tuple[int, ...]
    tx_packets: tuple[int, ...]
    rx_drops: tuple[int, ...]
    tx_drops: tuple[int, ...]
    rx_errors: tuple[int, ...]
    tx_errors: tuple[int, ...]
    link_downs: tuple[int, ...]


COMMANDS: Final = ()
MESSAGES: Final = (InterfacesListed, InterfacesCounted)
