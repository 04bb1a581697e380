"""Interfaces: the counters on every round, as columns from the wire to the log; and what there is, when it changes."""

from typing import Final

from contracts.interfaces import Interface, InterfacesCounted, InterfacesListed
from contracts.language.measure import Count
from pollers.device import values
from pollers.engine.collector import Collector, Column, Menu, Table, inventory, sample
from pollers.engine.reading import is_set, reading

INTERFACES_MAX: Final = 2000
"""A concentrator of PPPoE sessions has more; the first ones are those that are configured."""

INVENTORY: Final = Menu(
    "/interface",
    ("name", "type", "default-name", "mac-address", "mtu", "actual-mtu", "comment", "disabled", "dynamic", "slave"),
)
COUNTERS: Final = Menu(
    "/interface",
    (
        "name",
        "running",
        "rx-byte",
        "tx-byte",
        "rx-packet",
        "tx-packet",
        "rx-drop",
        "tx-drop",
        "rx-error",
        "tx-error",
        "link-downs",
    ),
)

_count = reading(values.whole, Count)


def listed(table: Table | None) -> InterfacesListed | None:
    """Every interface as it is configured. `mtu` may be `auto`: then the one in use counts."""
    if table is None:
        return None
    rows = list(zip(*table, strict=True))[:INTERFACES_MAX]
    return InterfacesListed(
        interfaces=tuple(
            Interface(
                name=name or "",
                kind=kind or "",
                default_name=default_name or "",
                mac=mac or "",
                mtu=_count(actual_mtu) or _count(mtu) or 0,
                comment=comment or "",
                is_disabled=is_set(disabled),
                is_dynamic=is_set(dynamic),
                is_slave=is_set(slave),
            )
            for name, kind, default_name, mac, mtu, actual_mtu, comment, disabled, dynamic, slave in rows
        )
    )


def counted(table: Table | None) -> InterfacesCounted | None:
    """All counters, a column each. An interface that is down may leave some out: they are 0 (facts 14.10)."""
    if table is None:
        return None
    names, running, *counters = (column[:INTERFACES_MAX] for column in table)
    rx, tx, rx_packets, tx_packets, rx_drops, tx_drops, rx_errors, tx_errors, downs = map(_counts, counters)
    return InterfacesCounted(
        names=tuple(name or "" for name in names),
        is_running=tuple([text == "true" for text in running]),
        rx_bytes=rx,
        tx_bytes=tx,
        rx_packets=rx_packets,
        tx_packets=tx_packets,
        rx_drops=rx_drops,
        tx_drops=tx_drops,
        rx_errors=rx_errors,
        tx_errors=tx_errors,
        link_downs=downs,
    )


def _counts(column: Column) -> tuple[int, ...]:
    """One column of counters: at the speed of C when every place holds a number, else place by place."""
    try:
        return tuple(map(int, column))  # type: ignore[arg-type] # a None raises TypeError, which is the question
    except (TypeError, ValueError):
        return tuple(_count(text) or 0 for text in column)


COLLECTORS: Final = (
    Collector(observation=InterfacesListed, menus=(INVENTORY,), step=inventory(listed), period_seconds=120),
    Collector(observation=InterfacesCounted, menus=(COUNTERS,), step=sample(counted)),
)
