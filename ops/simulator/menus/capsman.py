"""/caps-man: the manager of access points that came with the wireless package (facts 14.15)."""

from ops.simulator.kinds import DURATION, FLAG, MAC
from ops.simulator.menus.wireless import NAME_TAKEN
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, optional, row, runtime, table

_MANAGER = frozenset({"wireless", "capsman"})

CAPS_MANAGER = row(
    "/caps-man/manager",
    defaults(
        {"enabled": "false", "certificate": "none", "ca-certificate": "none", "require-peer-certificate": "false"}
    ),
    defaults({"package-path": "", "upgrade-policy": "none"}),
    needs=_MANAGER,
)
CAPS_CONFIGURATION = table(
    "/caps-man/configuration",
    Field("name", required=True),
    optional(
        "mode ssid country channel security datapath rates hide-ssid installation distance guard-interval"
        " rx-chains tx-chains"
    ),
    optional("max-sta-count multicast-helper hw-retries hw-protection-mode keepalive-frames load-balancing-group"),
    Field("disconnect-timeout", DURATION),
    Field("frame-lifetime", DURATION),
    COMMENT,
    needs=_MANAGER,
)
CAPS_SECURITY = table(
    "/caps-man/security",
    Field("name", required=True),
    optional("authentication-types encryption group-encryption group-key-update eap-methods eap-radius-accounting"),
    optional("tls-mode tls-certificate disable-pmkid"),
    Field("passphrase", secret=True),
    COMMENT,
    needs=_MANAGER,
)
CAPS_DATAPATH = table(
    "/caps-man/datapath",
    Field("name", required=True),
    optional(
        "arp bridge bridge-cost bridge-horizon client-to-client-forwarding interface-list l2mtu local-forwarding mtu"
    ),
    optional("vlan-id vlan-mode"),
    COMMENT,
    needs=_MANAGER,
)
CAPS_PROVISIONING = table(
    "/caps-man/provisioning",
    Field("radio-mac", MAC, "00:00:00:00:00:00"),
    defaults({"hw-supported-modes": "", "identity-regexp": "", "common-name-regexp": "", "ip-address-ranges": ""}),
    defaults(
        {
            "action": "none",
            "master-configuration": "",
            "slave-configurations": "",
            "name-format": "cap",
            "name-prefix": "",
        }
    ),
    COMMENT,
    DISABLED,
    needs=_MANAGER,
)
CAPS_INTERFACE = table(
    "/caps-man/interface",
    Field("name", required=True),
    runtime("mac-address radio-mac radio-name master bound inactive"),
    defaults({"arp-timeout": "auto", "l2mtu": "1600", "master-interface": "none"}),
    optional("configuration"),
    runtime("current-state current-channel current-rate-set current-basic-rate-set current-registered-clients"),
    runtime("current-authorized-clients"),
    Field("running", FLAG, "true", runtime=True),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="cap",
    exported=False,
    needs=_MANAGER,
)
CAPS_REGISTRATION = table(
    "/caps-man/registration-table",
    runtime("interface ssid mac-address uptime tx-rate rx-rate rx-signal packets bytes eap-identity"),
    COMMENT,
    fixed=True,
    exported=False,
    needs=_MANAGER,
)
CAPS_REMOTE = table(
    "/caps-man/remote-cap",
    runtime("address name board serial version identity base-mac state radios"),
    fixed=True,
    exported=False,
    needs=_MANAGER,
)

MENUS = (
    CAPS_MANAGER,
    CAPS_CONFIGURATION,
    CAPS_SECURITY,
    CAPS_DATAPATH,
    CAPS_PROVISIONING,
    CAPS_INTERFACE,
    CAPS_REGISTRATION,
    CAPS_REMOTE,
)
