"""Every menu that a simulated router can have, as declarations."""

from ops.simulator.menus import capsman, firewall, interface, ip, routing, system, tunnel, wireless

MENUS = (
    *interface.MENUS,
    *tunnel.MENUS,
    *wireless.MENUS,
    *capsman.MENUS,
    *ip.MENUS,
    *firewall.MENUS,
    *routing.MENUS,
    *system.MENUS,
)
