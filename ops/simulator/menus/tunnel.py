"""Tunnels, modems and the dial-in server: interfaces that come and go. Fields: facts 14.10, 14.16."""

from ops.simulator.kinds import ADDRESS, FLAG, INTERFACE, TEXT, number
from ops.simulator.menus.interface import MTU, NAME, NAME_TAKEN, UP
from ops.simulator.release import V7
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, flags, optional, row, runtime, table

PPPOE_CLIENT = table(
    "/interface/pppoe-client",
    NAME,
    *defaults({"max-mtu": "auto", "max-mru": "auto", "mrru": "disabled"}),
    Field("interface", INTERFACE, required=True),
    *defaults({"user": ""}),
    Field("password", default="", secret=True),
    *defaults({"profile": "default", "keepalive-timeout": "10", "service-name": "", "ac-name": ""}),
    *defaults({"add-default-route": "false", "default-route-distance": "1", "dial-on-demand": "false"}),
    *defaults({"use-peer-dns": "false", "allow": "pap,chap,mschap1,mschap2"}),
    *flags("invalid"),
    UP,
    COMMENT,
    Field("disabled", FLAG, "false"),
    unique=("name",),
    taken=NAME_TAKEN,
    interface="pppoe-out",
)

PPPOE_SERVER = table(
    "/interface/pppoe-server",
    NAME,
    Field("user", default=""),
    Field("service", default=""),
    *runtime("mtu remote-address encoding uptime"),
    *flags("dynamic"),
    UP,
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="pppoe-in",
    exported=False,
)

LTE = table(
    "/interface/lte",
    NAME,
    *runtime("default-name"),
    Field("mtu", MTU, "1500"),
    *defaults({"apn-profiles": "default", "allow-roaming": "false", "network-mode": "3g,lte", "band": ""}),
    Field("sms-read", FLAG, since=V7),
    *flags("inactive"),
    UP,
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="lte",
    fixed=True,
    anchor="default-name",
    needs=frozenset({"lte"}),
)

LTE_APN = table(
    "/interface/lte/apn",
    Field("name", required=True),
    *defaults({"apn": "internet", "use-peer-dns": "true", "use-network-apn": "true", "add-default-route": "true"}),
    *defaults({"default-route-distance": "2", "ip-type": "auto", "authentication": "none"}),
    *optional("passthrough-interface passthrough-mac user"),
    Field("password", secret=True),
    *flags("default"),
    COMMENT,
)

EOIP = table(
    "/interface/eoip",
    NAME,
    Field("mtu", MTU, "auto"),
    *runtime("mac-address"),
    Field("local-address", ADDRESS),
    Field("remote-address", TEXT, required=True),
    Field("tunnel-id", number(0, 65535), "0"),
    Field("keepalive", default="10s,10"),
    UP,
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="eoip",
)

L2TP_SERVER = row(
    "/interface/l2tp-server/server",
    defaults(
        {
            "enabled": "false",
            "max-mtu": "1450",
            "max-mru": "1450",
            "mrru": "disabled",
            "authentication": "pap,chap,mschap1,mschap2",
            "keepalive-timeout": "30",
            "max-sessions": "unlimited",
            "default-profile": "default-encryption",
            "use-ipsec": "false",
        }
    ),
    Field("ipsec-secret", default="", secret=True),
    defaults({"caller-id-type": "ip-address", "one-session-per-host": "false", "allow-fast-path": "false"}),
    defaults({"accept-proto-version": "all", "accept-pseudowire-type": "all", "l2tpv3-circuit-id": ""}),
    defaults({"l2tpv3-cookie-length": "0", "l2tpv3-digest-hash": "md5", "l2tpv3-ether-interface-list": ""}),
)

MENUS = (PPPOE_CLIENT, PPPOE_SERVER, LTE, LTE_APN, EOIP, L2TP_SERVER)
