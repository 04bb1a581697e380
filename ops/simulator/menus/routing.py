"""/routing in both dialects: tables, OSPF neighbours and BGP (facts 14.18-14.20)."""

from ops.simulator.kinds import FLAG
from ops.simulator.release import V7, Release
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, flags, optional, runtime, table

_V6_LAST = Release(6, 99)
_NOBODY = "0.0.0.0"  # noqa: S104 - an address in a configuration, not one to listen on
_BGP = frozenset({"bgp"})
_OSPF = frozenset({"ospf"})

TABLE = table(
    "/routing/table", Field("name", required=True), Field("fib"), flags("dynamic invalid"), COMMENT, DISABLED, since=V7
)
ROUTE = table(
    "/routing/route",
    runtime(
        "dst-address routing-table gateway immediate-gw distance scope target-scope afi contribution belongs-to active"
    ),
    fixed=True,
    readonly=True,
    exported=False,
    since=V7,
)
PEER = table(
    "/routing/bgp/peer",
    Field("name", required=True),
    defaults({"instance": "default"}),
    Field("remote-address", required=True),
    Field("remote-as", required=True),
    Field("tcp-md5-key", default="", secret=True),
    defaults(
        {
            "nexthop-choice": "default",
            "multihop": "false",
            "route-reflect": "false",
            "hold-time": "3m",
            "ttl": "default",
        }
    ),
    defaults({"in-filter": "", "out-filter": "", "address-families": "ip", "default-originate": "never"}),
    defaults({"remove-private-as": "false", "as-override": "false", "passive": "false", "use-bfd": "false"}),
    optional("keepalive-time local-address"),
    runtime(
        "remote-id uptime prefix-count updates-sent updates-received withdrawn-sent withdrawn-received remote-hold-time"
    ),
    runtime("used-hold-time used-keepalive-time refresh-capability as4-capability state established"),
    COMMENT,
    DISABLED,
    until=_V6_LAST,
    needs=_BGP,
)
INSTANCE_V6 = table(
    "/routing/bgp/instance",
    Field("name", required=True),
    defaults({"as": "65530", "router-id": _NOBODY, "redistribute-connected": "false", "redistribute-static": "false"}),
    defaults(
        {"redistribute-rip": "false", "redistribute-ospf": "false", "redistribute-other-bgp": "false", "out-filter": ""}
    ),
    defaults({"client-to-client-reflection": "true", "ignore-as-path-len": "false", "routing-table": ""}),
    flags("default"),
    COMMENT,
    DISABLED,
    until=_V6_LAST,
    needs=_BGP,
)
CONNECTION = table(
    "/routing/bgp/connection",
    Field("name", required=True),
    Field("remote.address", required=True),
    optional(
        "remote.as remote.port remote.ttl remote.allowed-as local.address local.port local.ttl as router-id templates"
    ),
    Field("local.role", required=True),
    optional("output.network output.redistribute output.filter-chain output.default-originate input.filter hold-time"),
    optional("add-path-out as-override cisco-vpls-nlri-len-fmt remove-private-as save-to input.accept-communities"),
    optional("input.accept-ext-communities input.accept-large-communities input.accept-nlri input.accept-unknown"),
    optional("input.affinity input.allow-as input.ignore-as-path-len input.limit-process-routes-ipv4"),
    optional("input.limit-process-routes-ipv6 output.affinity output.default-prepend output.filter-select"),
    optional("output.keep-sent-attributes output.no-client-to-client-reflection output.no-early-cut"),
    optional("keepalive-time multihop routing-table vrf cluster-id nexthop-choice use-bfd instance"),
    Field("afi", since=Release(7, 19)),
    Field("address-families", until=Release(7, 18, 99)),
    Field("tcp-md5-key", secret=True),
    Field("connect", FLAG, "true"),
    Field("listen", FLAG, "true"),
    flags("inactive"),
    COMMENT,
    DISABLED,
    since=V7,
    needs=_BGP,
)
SESSION = table(
    "/routing/bgp/session",
    runtime(
        "name remote.address remote.as remote.id remote.capabilities remote.afi remote.messages remote.bytes remote.eor"
        " local.address local.as local.id local.capabilities local.messages local.bytes local.eor output.procid"
        " output.network"
        " input.procid ebgp ibgp hold-time keepalive-time uptime last-started last-stopped prefix-count"
        " established instance"
    ),
    fixed=True,
    readonly=True,
    exported=False,
    since=V7,
    needs=_BGP,
)
NEIGHBOR_V6 = table(
    "/routing/ospf/neighbor",
    runtime(
        "instance router-id address interface priority dr-address backup-dr-address state state-changes"
        " ls-retransmits ls-requests"
        " db-summaries adjacency"
    ),
    fixed=True,
    readonly=True,
    exported=False,
    until=_V6_LAST,
    needs=_OSPF,
)
NEIGHBOR = table(
    "/routing/ospf/neighbor",
    runtime("instance area address interface priority router-id dr bdr state state-changes adjacency timeout dynamic"),
    fixed=True,
    readonly=True,
    exported=False,
    since=V7,
    needs=_OSPF,
)
INSTANCE = table(
    "/routing/ospf/instance",
    Field("name", required=True),
    optional("router-id version vrf redistribute originate-default area"),
    flags("inactive"),
    COMMENT,
    DISABLED,
    needs=_OSPF,
)

MENUS = (TABLE, ROUTE, PEER, INSTANCE_V6, CONNECTION, SESSION, NEIGHBOR_V6, NEIGHBOR, INSTANCE)
