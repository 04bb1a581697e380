"""/interface and the kinds of interface that are not radios. Fields: facts 14.10-14.11, 14.29, 14.34."""

from ops.simulator.kinds import (
    DURATION,
    FLAG,
    INTERFACE,
    MAC,
    NETWORK,
    choice,
    either,
    list_of,
    number,
    reference,
)
from ops.simulator.release import V7, Release
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, flags, optional, row, runtime, table

MTU = either(number(68, 65535), "auto")
NAME_TAKEN = "already have device with such name"
LINK = (
    *defaults({"arp": "enabled", "arp-timeout": "auto"}),
    COMMENT,
    DISABLED,
)
UP = Field("running", FLAG, "true", runtime=True)
NAME = Field("name", required=True)
_BRIDGE = reference("/interface/bridge")
_LIST = reference("/interface/list")

COUNTERS = (
    "last-link-down-time last-link-up-time link-downs rx-byte tx-byte rx-packet tx-packet rx-drop tx-drop"
    " rx-error tx-error "
    "tx-queue-drop fp-rx-byte fp-tx-byte fp-rx-packet fp-tx-packet"
)

INTERFACE_MENU = table(
    "/interface",
    Field("name", required=True),
    *runtime("default-name type"),
    Field("mtu", MTU),
    *runtime("actual-mtu"),
    Field("l2mtu", number(0, 65535)),
    *runtime("max-l2mtu mac-address"),
    *runtime(COUNTERS),
    *runtime("fast-path running slave dynamic inactive vrf ifname ifindex id"),
    COMMENT,
    DISABLED,
    fixed=True,
    exported=False,
)

ETHERNET = table(
    "/interface/ethernet",
    NAME,
    *runtime("default-name"),
    Field("mtu", MTU, "1500"),
    Field("l2mtu", number(0, 65535)),
    Field("mac-address", MAC),
    *runtime("orig-mac-address"),
    *LINK[:2],
    Field("advertise"),
    *defaults(
        {
            "auto-negotiation": "true",
            "loop-protect": "default",
            "loop-protect-send-interval": "5s",
            "loop-protect-disable-time": "5m",
            "rx-flow-control": "off",
            "tx-flow-control": "off",
        }
    ),
    Field("disable-running-check", FLAG),
    Field("cable-settings"),
    Field("full-duplex", FLAG, until=Release(7, 7, 99)),
    Field("speed", until=Release(7, 7, 99)),
    Field("bandwidth", default="unlimited/unlimited", until=Release(6, 99)),
    Field("loop-protect-status", default="off", runtime=True),
    Field("sfp-rate-select"),
    Field("poe-out", choice("auto-on", "forced-on", "off")),
    Field("poe-priority", number(0, 99)),
    *runtime("switch slave rx-bytes tx-bytes rx-packet tx-packet rx-broadcast tx-broadcast rx-multicast tx-multicast"),
    *runtime("driver-rx-byte driver-tx-byte driver-rx-packet driver-tx-packet rx-fcs-error running"),
    *LINK[2:],
    unique=("name",),
    taken=NAME_TAKEN,
    interface="ether",
    fixed=True,
    anchor="default-name",
)

POE = table(
    "/interface/ethernet/poe",
    Field("name", runtime=True),
    Field("poe-out", choice("auto-on", "forced-on", "off"), "auto-on"),
    Field("poe-voltage", default="auto", since=V7),
    Field("poe-priority", number(0, 99), "10"),
    Field("power-cycle-ping-enabled", FLAG, "false"),
    Field("power-cycle-interval", default="none"),
    fixed=True,
    anchor="name",
    exported=False,
    needs=frozenset({"poe"}),
)

BRIDGE = table(
    "/interface/bridge",
    NAME,
    Field("mtu", MTU, "auto"),
    *runtime("actual-mtu l2mtu"),
    *LINK[:2],
    *runtime("mac-address"),
    Field("protocol-mode", choice("none", "rstp", "stp", "mstp"), "rstp"),
    *defaults({"fast-forward": "true", "igmp-snooping": "false"}),
    Field("auto-mac", FLAG, "true"),
    Field("admin-mac", MAC),
    *defaults(
        {
            "ageing-time": "5m",
            "priority": "0x8000",
            "max-message-age": "20s",
            "forward-delay": "15s",
            "transmit-hold-count": "6",
            "vlan-filtering": "false",
            "dhcp-snooping": "false",
        }
    ),
    Field("port-cost-mode", choice("long", "short"), "long", since=Release(7, 13)),
    Field("frame-types"),
    Field("pvid", number(1, 4094)),
    Field("ingress-filtering", FLAG),
    UP,
    *LINK[2:],
    unique=("name",),
    taken=NAME_TAKEN,
    interface="bridge",
)

BRIDGE_PORT = table(
    "/interface/bridge/port",
    Field("interface", reference("/interface", "all"), required=True),
    Field("bridge", _BRIDGE, required=True),
    *defaults({"priority": "0x80", "path-cost": "10", "edge": "auto", "point-to-point": "auto", "learn": "auto"}),
    *defaults({"horizon": "none", "hw": "true", "auto-isolate": "false", "restricted-role": "false"}),
    *defaults({"restricted-tcn": "false", "pvid": "1", "frame-types": "admit-all"}),
    Field("ingress-filtering", FLAG, "true", since=V7),
    *defaults({"unknown-unicast-flood": "true", "unknown-multicast-flood": "true", "broadcast-flood": "true"}),
    *defaults(
        {"tag-stacking": "false", "bpdu-guard": "false", "trusted": "false", "multicast-router": "temporary-query"}
    ),
    *defaults({"fast-leave": "false"}),
    Field("internal-path-cost", number(1, 2**32 - 1), "10"),
    *flags("dynamic inactive"),
    *runtime(
        ".nextid debug-info designated-bridge designated-bridge-id designated-cost designated-port-id"
        " designated-port-number"
        " edge-port edge-port-discovery external-fdb-status forward-transitions forwarding hw-offload learning"
        " point-to-point-port port-number port-id role rx-bpdu rx-tc root-path-cost sending-rstp status"
        " topology-changes"
        " tx-bpdu tx-tc"
    ),
    COMMENT,
    DISABLED,
    unique=("interface",),
    taken="device already added as bridge port",
    ordered=True,
)

BRIDGE_VLAN = table(
    "/interface/bridge/vlan",
    Field("bridge", _BRIDGE, required=True),
    Field("vlan-ids", required=True),
    Field("tagged", list_of(INTERFACE), ""),
    Field("untagged", list_of(INTERFACE), ""),
    *runtime("current-tagged current-untagged"),
    *flags("dynamic"),
    COMMENT,
    DISABLED,
)

BRIDGE_HOST = table(
    "/interface/bridge/host",
    *runtime("mac-address vid interface on-interface bridge local external dynamic invalid age disabled"),
    fixed=True,
    readonly=True,
    exported=False,
)

BRIDGE_SETTINGS = row(
    "/interface/bridge/settings",
    defaults({"use-ip-firewall": "false", "use-ip-firewall-for-vlan": "false", "use-ip-firewall-for-pppoe": "false"}),
    defaults({"allow-fast-path": "true"}),
    runtime("bridge-fast-path-active bridge-fast-path-packets bridge-fast-path-bytes"),
    runtime("bridge-fast-forward-packets bridge-fast-forward-bytes"),
)

VLAN = table(
    "/interface/vlan",
    NAME,
    Field("mtu", MTU, "1500"),
    *runtime("l2mtu mac-address"),
    *LINK[:2],
    Field("vlan-id", number(1, 4095), "1"),
    Field("interface", INTERFACE, required=True),
    *defaults({"use-service-tag": "false", "loop-protect": "default"}),
    *runtime("loop-protect-status"),
    UP,
    *LINK[2:],
    unique=("name",),
    taken=NAME_TAKEN,
    interface="vlan",
)

BONDING = table(
    "/interface/bonding",
    NAME,
    Field("mtu", MTU, "1500"),
    *runtime("mac-address"),
    *LINK[:2],
    Field("slaves", list_of(INTERFACE), required=True),
    *defaults({"mode": "balance-rr", "primary": "none", "link-monitoring": "mii", "arp-interval": "100ms"}),
    *defaults(
        {"arp-ip-targets": "", "mii-interval": "100ms", "down-delay": "0ms", "up-delay": "0ms", "lacp-rate": "30secs"}
    ),
    *defaults({"transmit-hash-policy": "layer-2", "min-links": "0"}),
    *optional("lacp-user-key mlag-id"),
    *runtime(".about"),
    UP,
    *LINK[2:],
    unique=("name",),
    taken=NAME_TAKEN,
    interface="bond",
)

WIREGUARD = table(
    "/interface/wireguard",
    NAME,
    Field("mtu", MTU, "1420"),
    Field("listen-port", number(0, 65535), "13231"),
    Field("private-key", secret=True),
    *runtime("public-key"),
    UP,
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="wg",
    since=V7,
)

WIREGUARD_PEERS = table(
    "/interface/wireguard/peers",
    Field("interface", reference("/interface/wireguard"), required=True),
    Field("name", since=Release(7, 15)),
    Field("public-key", required=True),
    Field("private-key", default="", secret=True, since=Release(7, 15)),
    Field("endpoint-address", default=""),
    Field("endpoint-port", number(0, 65535), "0"),
    *runtime("current-endpoint-address current-endpoint-port"),
    Field("allowed-address", list_of(NETWORK), required=True),
    Field("preshared-key", default="", secret=True),
    Field("persistent-keepalive", DURATION),
    Field("client-address", since=Release(7, 15)),
    Field("client-endpoint", default="", since=Release(7, 15)),
    Field("responder", FLAG, since=Release(7, 17)),
    *runtime("rx tx last-handshake"),
    *flags("dynamic"),
    COMMENT,
    DISABLED,
    since=V7,
)

LIST = table(
    "/interface/list",
    NAME,
    *defaults({"include": "", "exclude": ""}),
    *flags("builtin dynamic"),
    COMMENT,
    unique=("name",),
    taken="already have interface list with such name",
)

LIST_MEMBER = table(
    "/interface/list/member",
    Field("list", _LIST, required=True),
    Field("interface", INTERFACE, required=True),
    *flags("dynamic"),
    COMMENT,
    DISABLED,
    unique=("list", "interface"),
)

MENUS = (
    INTERFACE_MENU,
    ETHERNET,
    POE,
    BRIDGE,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    BRIDGE_HOST,
    BRIDGE_SETTINGS,
    VLAN,
    BONDING,
    WIREGUARD,
    WIREGUARD_PEERS,
    LIST,
    LIST_MEMBER,
)
