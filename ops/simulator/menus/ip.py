"""/ip, /ipv6, /ppp, /queue and /radius. Fields: facts 14.17-14.18, 14.21-14.26, 14.30, 14.33."""

from ops.simulator.kinds import (
    ADDRESS,
    ADDRESS_WITH_MASK,
    DURATION,
    FLAG,
    INTERFACE,
    MAC,
    NETWORK,
    PORT,
    TEXT,
    choice,
    either,
    list_of,
    number,
    reference,
)
from ops.simulator.release import V7, Release
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, flags, optional, row, runtime, table

_V6_LAST = Release(6, 99)
_POOL = reference("/ip/pool", "none", "static-only")
_SERVER = reference("/ip/dhcp-server", "all", "")

ADDRESS_MENU = table(
    "/ip/address",
    Field("address", ADDRESS_WITH_MASK, required=True),
    Field("network", ADDRESS),
    Field("interface", INTERFACE, required=True),
    runtime("actual-interface vrf slave"),
    flags("invalid dynamic"),
    COMMENT,
    DISABLED,
    unique=("address", "interface"),
    taken="already have such address",
)
ARP = table(
    "/ip/arp",
    Field("address", ADDRESS, required=True),
    Field("mac-address", MAC),
    Field("interface", INTERFACE, required=True),
    Field("published", FLAG, "false"),
    Field("invalid", FLAG, "false", runtime=True),
    Field("DHCP", FLAG, "false", runtime=True),
    Field("dynamic", FLAG, "false", runtime=True),
    Field("complete", FLAG, "true", runtime=True),
    Field("status", runtime=True, since=V7),
    Field("vrf", runtime=True, since=V7),
    COMMENT,
    DISABLED,
)
POOL = table(
    "/ip/pool",
    Field("name", required=True),
    Field("ranges", list_of(NETWORK), required=True),
    Field("next-pool", reference("/ip/pool", "none")),
    COMMENT,
    unique=("name",),
    taken="pool with such name exists",
)
DHCP_SERVER = table(
    "/ip/dhcp-server",
    Field("name", required=True),
    Field("interface", INTERFACE, required=True),
    Field("lease-time", DURATION, "30m"),
    Field("address-pool", _POOL, "static-only"),
    defaults({"authoritative": "true"}),
    optional("lease-script relay bootp-support"),
    flags("dynamic invalid"),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken="server with such name already exists",
)
DHCP_NETWORK = table(
    "/ip/dhcp-server/network",
    Field("address", NETWORK, required=True),
    defaults({"gateway": "", "dns-server": "", "wins-server": "", "ntp-server": "", "dhcp-option": ""}),
    optional("domain netmask"),
    flags("dynamic"),
    COMMENT,
)
LEASE = table(
    "/ip/dhcp-server/lease",
    Field("address", TEXT, required=True),
    Field("mac-address", MAC),
    optional("client-id"),
    Field("address-lists", default=""),
    Field("server", _SERVER, "all"),
    Field("dhcp-option", default=""),
    Field("status", default="waiting", runtime=True),
    runtime("expires-after"),
    Field("last-seen", default="never", runtime=True),
    runtime("age active-address active-mac-address active-client-id active-server host-name class-id src-mac-address"),
    optional("lease-time rate-limit block-access"),
    flags("radius dynamic blocked"),
    COMMENT,
    DISABLED,
    unique=("address", "mac-address"),
    taken="already have static lease with this address",
)
DHCP_CLIENT = table(
    "/ip/dhcp-client",
    Field("interface", INTERFACE, required=True),
    defaults(
        {"add-default-route": "yes", "default-route-distance": "1", "use-peer-dns": "true", "use-peer-ntp": "true"}
    ),
    Field("dhcp-options", default="hostname,clientid"),
    runtime("status address gateway dhcp-server primary-dns secondary-dns primary-ntp expires-after"),
    flags("invalid dynamic"),
    COMMENT,
    DISABLED,
    unique=("interface",),
    taken="dhcp-client on that interface already exists",
)
ROUTE_V6 = table(
    "/ip/route",
    Field("dst-address", NETWORK, "0.0.0.0/0"),
    Field("pref-src", ADDRESS),
    Field("gateway", TEXT),
    runtime("gateway-status"),
    optional("check-gateway routing-mark type"),
    Field("distance", number(1, 255), "1"),
    Field("scope", number(0, 255), "30"),
    Field("target-scope", number(0, 255), "10"),
    runtime("active dynamic static connect bgp ospf received-from bgp-as-path bgp-local-pref bgp-origin"),
    COMMENT,
    DISABLED,
    until=_V6_LAST,
)
ROUTE = table(
    "/ip/route",
    Field("dst-address", NETWORK, "0.0.0.0/0"),
    Field("routing-table", reference("/routing/table"), "main"),
    Field("pref-src", default=""),
    Field("gateway", TEXT),
    runtime("immediate-gw"),
    optional("check-gateway blackhole vrf-interface"),
    Field("distance", number(1, 255), "1"),
    Field("scope", number(0, 255), "30"),
    Field("target-scope", number(0, 255), "10"),
    Field("suppress-hw-offload", FLAG, "false"),
    runtime("local-address dynamic inactive active connect static rip bgp ospf is-is dhcp vpn modem hw-offloaded ecmp"),
    COMMENT,
    DISABLED,
    since=V7,
)
NEIGHBOR = table(
    "/ip/neighbor",
    runtime(
        "interface address address4 address6 mac-address identity platform version unpack age uptime software-id"
        " board ipv6"
        " interface-name system-description system-caps system-caps-enabled discovered-by running"
    ),
    fixed=True,
    readonly=True,
    exported=False,
)
DISCOVERY = row("/ip/neighbor/discovery-settings", defaults({"discover-interface-list": "static"}))
DNS = row(
    "/ip/dns",
    defaults({"servers": ""}),
    Field("dynamic-servers", runtime=True),
    Field("use-doh-server", default="", since=Release(6, 47)),
    Field("verify-doh-cert", FLAG, "false", since=Release(6, 47)),
    defaults({"allow-remote-requests": "false", "max-udp-packet-size": "4096", "query-server-timeout": "2s"}),
    defaults({"query-total-timeout": "10s", "max-concurrent-queries": "100", "max-concurrent-tcp-sessions": "20"}),
    defaults({"cache-size": "2048", "cache-max-ttl": "1w"}),
    runtime("cache-used"),
)
DNS_STATIC = table(
    "/ip/dns/static",
    optional("name regexp"),
    Field("type", since=V7),
    Field("address", TEXT),
    optional("cname text"),
    Field("ttl", DURATION, "1d"),
    flags("dynamic"),
    COMMENT,
    DISABLED,
    ordered=True,
)
SERVICE = table(
    "/ip/service",
    Field("name", runtime=True),
    Field("port", PORT),
    Field("address", default=""),
    Field("certificate"),
    Field("tls-version"),
    Field("vrf", default="main", since=V7),
    Field("max-sessions", number(1, 1000), "20", since=Release(7, 16)),
    runtime("proto local remote connection dynamic"),
    Field("invalid", FLAG, "false", runtime=True),
    DISABLED,
    fixed=True,
    anchor="name",
)
SSH = row(
    "/ip/ssh",
    defaults({"forwarding-enabled": "no", "always-allow-password-login": "false", "strong-crypto": "false"}),
    Field("allow-none-crypto", FLAG, "false", until=_V6_LAST),
    Field("host-key-size", choice("1024", "1536", "2048", "4096", "8192"), "2048"),
    Field("host-key-type", choice("rsa", "ed25519"), "rsa", since=Release(7, 9)),
)
CLOUD = row(
    "/ip/cloud",
    defaults({"ddns-enabled": "false", "ddns-update-interval": "none", "update-time": "true"}),
    runtime("public-address dns-name status warning"),
)
SETTINGS = row(
    "/ip/settings",
    defaults(
        {"ip-forward": "true", "send-redirects": "true", "accept-source-route": "false", "accept-redirects": "false"}
    ),
    defaults(
        {"secure-redirects": "true", "rp-filter": "no", "tcp-syncookies": "false", "max-neighbor-entries": "8192"}
    ),
    defaults({"arp-timeout": "30s", "icmp-rate-limit": "10", "icmp-rate-mask": "0x1818", "allow-fast-path": "true"}),
    Field("tcp-timestamps", default="random-offset", since=V7),
    Field("ipv4-multipath-hash-policy", default="l3", since=V7),
    Field("icmp-errors-use-inbound-interface-address", FLAG, "false", since=Release(7, 17)),
    runtime("ipv4-fast-path-active ipv4-fast-path-packets ipv4-fast-path-bytes"),
    runtime("ipv4-fasttrack-active ipv4-fasttrack-packets ipv4-fasttrack-bytes"),
)
IPV6_ADDRESS = table(
    "/ipv6/address",
    Field("address", TEXT, required=True),
    defaults({"from-pool": ""}),
    Field("interface", INTERFACE, required=True),
    runtime("actual-interface"),
    defaults({"eui-64": "false", "advertise": "true"}),
    Field("no-dad", FLAG, "false", since=V7),
    flags("invalid dynamic link-local"),
    COMMENT,
    DISABLED,
    needs=frozenset({"ipv6"}),
)
IPV6_NEIGHBOR = table(
    "/ipv6/neighbor",
    runtime("address interface mac-address router status"),
    fixed=True,
    readonly=True,
    exported=False,
    needs=frozenset({"ipv6"}),
)
IPV6_SETTINGS = row(
    "/ipv6/settings",
    defaults({"forward": "true", "accept-redirects": "yes-if-forwarding-disabled", "max-neighbor-entries": "16384"}),
    defaults({"accept-router-advertisements": "yes-if-forwarding-disabled"}),
    Field("disable-ipv6", FLAG, "false", since=V7),
    Field("disable-link-local-address", FLAG, "false", since=Release(7, 17)),
    Field("allow-fast-path", FLAG, "true", since=Release(7, 17)),
    Field("multipath-hash-policy", default="l3", since=Release(7, 17)),
    Field("stale-neighbor-detect-interval", default="30", since=Release(7, 17)),
    Field("stale-neighbor-timeout", default="60", since=Release(7, 17)),
    Field("min-neighbor-entries", default="4096", since=Release(7, 17)),
    Field("soft-max-neighbor-entries", default="8192", since=Release(7, 17)),
    runtime("ipv6-fast-path-active ipv6-fast-path-bytes ipv6-fast-path-packets"),
    runtime("ipv6-fasttrack-active ipv6-fasttrack-bytes ipv6-fasttrack-packets"),
    needs=frozenset({"ipv6"}),
)
PPP_PROFILE = table(
    "/ppp/profile",
    Field("name", required=True),
    optional("local-address remote-address rate-limit session-timeout idle-timeout"),
    defaults(
        {"use-compression": "default", "use-encryption": "default", "only-one": "default", "change-tcp-mss": "true"}
    ),
    defaults({"use-mpls": "default", "use-upnp": "default", "address-list": "", "on-up": "", "on-down": ""}),
    Field("bridge", reference("/interface/bridge")),
    flags("default"),
    COMMENT,
)
PPP_SECRET = table(
    "/ppp/secret",
    Field("name", required=True),
    Field("service", choice("any", "async", "l2tp", "ovpn", "pppoe", "pptp", "sstp"), "any"),
    Field("caller-id", default=""),
    Field("password", default="", secret=True),
    Field("profile", reference("/ppp/profile"), "default"),
    optional("local-address remote-address"),
    defaults({"routes": "", "ipv6-routes": "", "limit-bytes-in": "0", "limit-bytes-out": "0"}),
    runtime("last-logged-out last-caller-id last-disconnect-reason"),
    COMMENT,
    DISABLED,
    unique=("name", "service"),
    taken="secret with the same name already exists",
)
PPP_ACTIVE = table(
    "/ppp/active",
    runtime("name service caller-id address uptime encoding session-id limit-bytes-in limit-bytes-out radius comment"),
    fixed=True,
    exported=False,
)
PPP_AAA = row(
    "/ppp/aaa",
    defaults(
        {"use-radius": "false", "accounting": "true", "interim-update": "0s", "use-circuit-id-in-nas-port-id": "false"}
    ),
)
QUEUE_SIMPLE = table(
    "/queue/simple",
    Field("name", required=True),
    Field("target", list_of(TEXT), required=True),
    optional("dst time"),
    defaults({"parent": "none", "packet-marks": "", "priority": "8/8", "queue": "default-small/default-small"}),
    defaults(
        {"limit-at": "0/0", "max-limit": "0/0", "burst-limit": "0/0", "burst-threshold": "0/0", "burst-time": "0s/0s"}
    ),
    defaults({"bucket-size": "0.1/0.1"}),
    *(
        Field(name, default=start, runtime=True)
        for name, start in {
            "bytes": "0/0",
            "total-bytes": "0",
            "packets": "0/0",
            "total-packets": "0",
            "dropped": "0/0",
            "total-dropped": "0",
            "rate": "0/0",
            "total-rate": "0",
            "packet-rate": "0/0",
            "total-packet-rate": "0",
            "queued-packets": "0/0",
            "total-queued-packets": "0",
            "queued-bytes": "0/0",
            "total-queued-bytes": "0",
        }.items()
    ),
    flags("invalid dynamic"),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken="already have queue with such name",
    ordered=True,
)
RADIUS = table(
    "/radius",
    Field("service", default=""),
    defaults({"called-id": "", "domain": ""}),
    Field("address", either(ADDRESS, ""), required=True),
    Field("secret", default="", secret=True),
    defaults({"authentication-port": "1812", "accounting-port": "1813", "timeout": "300ms"}),
    COMMENT,
    DISABLED,
)

MENUS = (
    ADDRESS_MENU,
    ARP,
    POOL,
    DHCP_SERVER,
    DHCP_NETWORK,
    LEASE,
    DHCP_CLIENT,
    ROUTE_V6,
    ROUTE,
    NEIGHBOR,
    DISCOVERY,
    DNS,
    DNS_STATIC,
    SERVICE,
    SSH,
    CLOUD,
    SETTINGS,
    IPV6_ADDRESS,
    IPV6_NEIGHBOR,
    IPV6_SETTINGS,
    PPP_PROFILE,
    PPP_SECRET,
    PPP_ACTIVE,
    PPP_AAA,
    QUEUE_SIMPLE,
    RADIUS,
)
