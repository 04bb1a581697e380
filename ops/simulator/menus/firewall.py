"""The firewall's rule tables and address lists, for IPv4 and IPv6. Fields: facts 14.24."""

from ops.simulator.kinds import DURATION, TEXT, choice, number
from ops.simulator.release import V7
from ops.simulator.schema import COMMENT, DISABLED, Field, Menu, defaults, flags, optional, row, runtime, table

_MATCHERS = (
    "src-address dst-address src-address-list dst-address-list protocol src-port dst-port port in-interface"
    " out-interface"
    " in-interface-list out-interface-list connection-state connection-nat-state connection-mark packet-mark"
    " routing-mark"
    " ipsec-policy icmp-options tcp-flags limit dst-limit connection-limit src-mac-address dst-address-type"
    " src-address-type"
    " content layer7-protocol hw-offload random time nth psd fragment hotspot address-list"
    " address-list-timeout jump-target"
    " reject-with to-addresses to-ports new-connection-mark new-packet-mark new-routing-mark new-mss passthrough"
    " per-connection-classifier connection-type connection-bytes connection-rate dscp new-dscp hop-limit"
)
_STATS = (
    Field("bytes", default="0", runtime=True),
    Field("packets", default="0", runtime=True),
)


def _rules(path: str, *actions: str, needs: str | None = None) -> Menu:
    return table(
        path,
        Field("chain", required=True),
        Field("action", choice(*actions), "accept", always=True),
        optional(_MATCHERS),
        _STATS,
        defaults({"log": "false", "log-prefix": ""}),
        flags("invalid dynamic"),
        COMMENT,
        DISABLED,
        ordered=True,
        needs=frozenset({needs} if needs else ()),
    )


_EVERYWHERE = (
    "accept",
    "drop",
    "jump",
    "return",
    "log",
    "passthrough",
    "add-src-to-address-list",
    "add-dst-to-address-list",
)
_MARKS = ("mark-connection", "mark-packet", "mark-routing", "change-mss", "change-dscp", "change-ttl", "set-priority")

FILTER = _rules("/ip/firewall/filter", *_EVERYWHERE, "reject", "tarpit", "fasttrack-connection")
NAT = _rules("/ip/firewall/nat", *_EVERYWHERE, "masquerade", "src-nat", "dst-nat", "netmap", "redirect", "same")
MANGLE = _rules("/ip/firewall/mangle", *_EVERYWHERE, *_MARKS, "route", "strip-ipv4-options")
RAW = _rules("/ip/firewall/raw", *_EVERYWHERE, "notrack")
FILTER6 = _rules("/ipv6/firewall/filter", *_EVERYWHERE, "reject", "fasttrack-connection", needs="ipv6")
MANGLE6 = _rules("/ipv6/firewall/mangle", *_EVERYWHERE, *_MARKS, needs="ipv6")


def _address_list(path: str, needs: str | None = None) -> Menu:
    return table(
        path,
        Field("list", required=True),
        Field("address", TEXT, required=True),
        Field("timeout", DURATION),
        runtime("creation-time"),
        flags("dynamic"),
        COMMENT,
        DISABLED,
        unique=("list", "address"),
        needs=frozenset({needs} if needs else ()),
    )


ADDRESS_LIST = _address_list("/ip/firewall/address-list")
ADDRESS_LIST6 = _address_list("/ipv6/firewall/address-list", "ipv6")
BRIDGE_FILTER = table(
    "/interface/bridge/filter",
    Field("chain", required=True),
    Field("action", choice(*_EVERYWHERE, "mark-packet", "set-priority"), "accept", always=True),
    optional(
        "in-bridge out-bridge in-bridge-list out-bridge-list src-mac-address dst-mac-address mac-protocol packet-type"
    ),
    optional("arp-opcode arp-gratuitous arp-hardware-type arp-packet-type arp-src-mac-address arp-dst-mac-address"),
    optional("ingress-priority limit packet-mark in-interface out-interface"),
    Field("vlan-id", number(0, 4095)),
    _STATS,
    defaults({"log": "false", "log-prefix": ""}),
    flags("invalid dynamic"),
    COMMENT,
    DISABLED,
    ordered=True,
)
CONNECTION_TRACKING = row(
    "/ip/firewall/connection/tracking",
    Field("enabled", choice("yes", "no", "auto"), "auto"),
    Field("active-ipv4", runtime=True, since=V7),
    Field("active-ipv6", runtime=True, since=V7),
    defaults(
        {
            "tcp-syn-sent-timeout": "5s",
            "tcp-syn-received-timeout": "5s",
            "tcp-established-timeout": "1d",
            "tcp-fin-wait-timeout": "10s",
            "tcp-close-wait-timeout": "10s",
            "tcp-last-ack-timeout": "10s",
            "tcp-time-wait-timeout": "10s",
            "tcp-close-timeout": "10s",
            "tcp-max-retrans-timeout": "5m",
            "tcp-unacked-timeout": "5m",
            "loose-tcp-tracking": "true",
            "udp-timeout": "10s",
            "udp-stream-timeout": "3m",
            "icmp-timeout": "10s",
            "generic-timeout": "10m",
        }
    ),
    runtime("max-entries total-entries total-ip4-entries total-ip6-entries"),
)
SERVICE_PORT = table(
    "/ip/firewall/service-port",
    Field("name", runtime=True),
    Field("ports"),
    flags("invalid"),
    DISABLED,
    fixed=True,
    anchor="name",
)

MENUS = (
    FILTER,
    NAT,
    MANGLE,
    RAW,
    FILTER6,
    MANGLE6,
    ADDRESS_LIST,
    ADDRESS_LIST6,
    BRIDGE_FILTER,
    CONNECTION_TRACKING,
    SERVICE_PORT,
)
