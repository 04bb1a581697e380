"""Radios: /interface/wireless, and /interface/wifi with its forerunner wifiwave2.

Which of them a router has depends on its packages (facts 14.12-14.15).
"""

from ops.simulator.kinds import FLAG, INTERFACE, MAC, TEXT, choice, either, number, reference
from ops.simulator.release import V7, Release
from ops.simulator.schema import COMMENT, DISABLED, Field, Menu, defaults, flags, optional, row, runtime, table

NAME_TAKEN = "already have device with such name"
_LEGACY = frozenset({"wireless"})

SECURITY_PROFILES = table(
    "/interface/wireless/security-profiles",
    Field("name", required=True),
    Field("mode", choice("none", "static-keys-optional", "static-keys-required", "dynamic-keys"), "none"),
    defaults({"authentication-types": "", "unicast-ciphers": "aes-ccm", "group-ciphers": "aes-ccm"}),
    Field("wpa-pre-shared-key", default="", secret=True),
    Field("wpa2-pre-shared-key", default="", secret=True),
    defaults({"supplicant-identity": "", "eap-methods": "passthrough", "tls-mode": "no-certificates"}),
    defaults({"tls-certificate": "none", "mschapv2-username": ""}),
    Field("mschapv2-password", default="", secret=True),
    Field("disable-pmkid", FLAG, "false"),
    *(Field(f"static-algo-{slot}", default="none") for slot in range(4)),
    *(Field(f"static-key-{slot}", default="", secret=True) for slot in range(4)),
    defaults({"static-transmit-key": "key-0", "static-sta-private-algo": "none"}),
    Field("static-sta-private-key", default="", secret=True),
    defaults(
        {"radius-mac-authentication": "false", "radius-mac-accounting": "false", "radius-eap-accounting": "false"}
    ),
    defaults({"interim-update": "0s", "radius-mac-format": "XX:XX:XX:XX:XX:XX", "radius-mac-mode": "as-username"}),
    defaults({"radius-called-format": "mac:ssid", "radius-mac-caching": "disabled", "group-key-update": "5m"}),
    defaults({"management-protection": "disabled"}),
    Field("management-protection-key", default="", secret=True),
    flags("default"),
    COMMENT,
    unique=("name",),
    taken="already have security profile with such name",
    needs=_LEGACY,
)
_MCS = tuple(f"mcs-{number}" for number in range(24))
_RADIO_DEFAULTS = defaults(
    {
        "adaptive-noise-immunity": "none",
        "allow-sharedkey": "false",
        "ampdu-priorities": "0",
        "amsdu-limit": "8192",
        "amsdu-threshold": "8192",
        "basic-rates-a/g": "6Mbps",
        "basic-rates-b": "1Mbps",
        "disconnect-timeout": "3s",
        "frame-lifetime": "0",
        "frequency-offset": "0",
        "guard-interval": "any",
        "ht-basic-mcs": ",".join(_MCS[:8]),
        "ht-supported-mcs": ",".join(_MCS),
        "hw-fragmentation-threshold": "disabled",
        "hw-protection-mode": "none",
        "hw-protection-threshold": "0",
        "interworking-profile": "disabled",
        "keepalive-frames": "enabled",
        "max-station-count": "2007",
        "multicast-buffering": "enabled",
        "noise-floor-threshold": "default",
        "nv2-cell-radius": "30",
        "nv2-noise-floor-offset": "default",
        "nv2-qos": "default",
        "nv2-queue-count": "2",
        "nv2-security": "disabled",
        "on-fail-retry-time": "100ms",
        "preamble-mode": "both",
        "rate-selection": "advanced",
        "rx-chains": "0,1",
        "supported-rates-a/g": "6Mbps,9Mbps,12Mbps,18Mbps,24Mbps,36Mbps,48Mbps,54Mbps",
        "supported-rates-b": "1Mbps,2Mbps,5.5Mbps,11Mbps",
        "tdma-period-size": "2",
        "tx-chains": "0,1",
        "update-stats-interval": "disabled",
    }
)
_NV2_KEYS = tuple(Field(name, default="", secret=True) for name in ("nv2-preshared-key", "nv2-sync-secret"))
WIRELESS = table(
    "/interface/wireless",
    Field("name", required=True),
    runtime("default-name"),
    Field("mtu", number(68, 65535), "1500"),
    Field("l2mtu", number(0, 65535), "1600"),
    Field("mac-address", MAC),
    defaults({"arp": "enabled", "arp-timeout": "auto", "disable-running-check": "false"}),
    runtime("interface-type"),
    Field("radio-name"),
    Field("mode", TEXT, "station"),
    defaults({"ssid": "MikroTik", "area": "", "frequency-mode": "regulatory-domain", "country": "etsi"}),
    Field("antenna-gain", number(0, 4294967295), "0"),
    Field("frequency", TEXT),
    Field("band"),
    defaults({"channel-width": "20mhz", "secondary-frequency": "", "scan-list": "default"}),
    defaults({"wireless-protocol": "any", "vlan-mode": "no-tag", "vlan-id": "1", "wds-mode": "disabled"}),
    defaults(
        {
            "wds-default-bridge": "none",
            "wds-default-cost": "100",
            "wds-cost-range": "50-150",
            "wds-ignore-ssid": "false",
        }
    ),
    defaults({"bridge-mode": "enabled", "default-authentication": "true", "default-forwarding": "true"}),
    defaults({"default-ap-tx-limit": "0", "default-client-tx-limit": "0", "hide-ssid": "false"}),
    Field("security-profile", reference("/interface/wireless/security-profiles"), "default"),
    defaults({"wmm-support": "disabled", "hw-retries": "7", "installation": "any", "distance": "dynamic"}),
    defaults(
        {"rate-set": "default", "skip-dfs-channels": "disabled", "multicast-helper": "default", "compression": "false"}
    ),
    defaults({"tx-power-mode": "default", "wps-mode": "disabled", "station-roaming": "disabled"}),
    _RADIO_DEFAULTS,
    _NV2_KEYS,
    optional("station-bridge-clone-mac nv2-mode nv2-downlink-ratio tx-power"),
    Field("running", FLAG, "true", runtime=True),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken=NAME_TAKEN,
    interface="wlan",
    fixed=True,
    anchor="default-name",
    needs=_LEGACY,
)
REGISTRATION = table(
    "/interface/wireless/registration-table",
    runtime(
        "interface radio-name mac-address ap wds bridge rx-rate tx-rate packets bytes frames frame-bytes"
        " hw-frames hw-frame-bytes"
        " tx-frames-timed-out uptime last-activity signal-strength signal-to-noise signal-strength-ch0"
        " signal-strength-ch1"
        " tx-signal-strength strength-at-rates tx-ccq rx-ccq p-throughput distance ack-timeout nstreme framing-mode"
        " routeros-version last-ip 802.1x-port-enabled authentication-type encryption group-encryption"
        " management-protection"
        " wmm-enabled tx-rate-set"
    ),
    COMMENT,
    fixed=True,
    exported=False,
    needs=_LEGACY,
)
ACCESS_LIST = table(
    "/interface/wireless/access-list",
    Field("mac-address", MAC, "00:00:00:00:00:00"),
    Field("interface", either(INTERFACE, "any"), "any"),
    defaults({"signal-range": "-120..120", "authentication": "true", "forwarding": "true"}),
    Field("private-pre-shared-key", default="", secret=True),
    COMMENT,
    DISABLED,
    ordered=True,
    needs=_LEGACY,
)
CAP = row(
    "/interface/wireless/cap",
    defaults({"enabled": "false", "interfaces": "", "certificate": "none", "lock-to-caps-man": "false"}),
    defaults({"discovery-interfaces": "", "caps-man-addresses": "", "caps-man-names": "", "bridge": "none"}),
    defaults({"caps-man-certificate-common-names": "", "static-virtual": "false"}),
    runtime(".about requested-certificate"),
    needs=_LEGACY,
)


def _wifi(root: str, needs: str, **traits: Release) -> tuple[Menu, ...]:
    """Declare the menus that wifi and wifiwave2 have in common."""
    features = frozenset({needs})
    interface = table(
        root,
        Field("name", required=True),
        runtime("default-name"),
        Field("mac-address", MAC),
        defaults({"arp": "enabled", "arp-timeout": "auto"}),
        Field("l2mtu", number(0, 65535), "1560"),
        runtime("radio-mac master bound inactive .about"),
        optional("configuration channel security datapath steering aaa interworking"),
        optional(
            "configuration.mode configuration.ssid configuration.country configuration.manager configuration.hide-ssid"
        ),
        optional("configuration.tx-power channel.band channel.frequency channel.width channel.skip-dfs-channels"),
        optional(
            "security.authentication-types security.connect-priority security.ft security.ft-over-ds security.wps"
        ),
        Field("security.passphrase", secret=True),
        optional("datapath.bridge datapath.vlan-id datapath.client-isolation"),
        optional("steering.rrm steering.wnm"),
        Field("running", FLAG, "true", runtime=True),
        COMMENT,
        DISABLED,
        unique=("name",),
        taken=NAME_TAKEN,
        interface="wifi",
        fixed=True,
        anchor="default-name",
        needs=features,
        **traits,
    )
    registration = table(
        f"{root}/registration-table",
        runtime(
            "interface ssid mac-address uptime last-activity signal auth-type band tx-rate rx-rate packets bytes"
            " tx-bits-per-second rx-bits-per-second authorized vlan-id"
        ),
        COMMENT,
        fixed=True,
        exported=False,
        needs=features,
        **traits,
    )
    return interface, registration


WIFIWAVE2 = _wifi("/interface/wifiwave2", "wifiwave2", since=V7, until=Release(7, 12, 99))
WIFI = _wifi("/interface/wifi", "wifi", since=Release(7, 13))
_WIFI_ANY = frozenset({"wifi"})
_FROM_WIFI = Release(7, 13)

WIFI_CONFIGURATION = table(
    "/interface/wifi/configuration",
    Field("name", required=True),
    optional("country mode ssid channel security datapath steering aaa manager hide-ssid tx-power"),
    optional("channel.band channel.width security.authentication-types"),
    Field("security.passphrase", secret=True),
    COMMENT,
    DISABLED,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_SECURITY = table(
    "/interface/wifi/security",
    Field("name", required=True),
    optional("authentication-types connect-priority ft ft-over-ds wps encryption"),
    Field("passphrase", secret=True),
    COMMENT,
    DISABLED,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_CHANNEL = table(
    "/interface/wifi/channel",
    Field("name", required=True),
    optional("band frequency width skip-dfs-channels secondary-frequency reselect-interval"),
    COMMENT,
    DISABLED,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_DATAPATH = table(
    "/interface/wifi/datapath",
    Field("name", required=True),
    optional("bridge bridge-cost bridge-horizon client-isolation interface-list vlan-id"),
    COMMENT,
    DISABLED,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_RADIO = table(
    "/interface/wifi/radio",
    runtime(
        "local cap radio-mac phy-id tx-chains rx-chains bands ciphers countries max-vlans max-interfaces"
        " max-peers interface"
    ),
    runtime("current-country current-channels current-gopclasses hw-type hw-caps afc"),
    fixed=True,
    exported=False,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_CAPSMAN = row(
    "/interface/wifi/capsman",
    defaults({"enabled": "no", "interfaces": "", "ca-certificate": "", "certificate": ""}),
    defaults({"require-peer-certificate": "false", "package-path": "", "upgrade-policy": "none"}),
    runtime("generated-ca-certificate generated-certificate"),
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_REMOTE_CAP = table(
    "/interface/wifi/capsman/remote-cap",
    runtime("address identity state board-name serial version base-mac common-name"),
    fixed=True,
    exported=False,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)
WIFI_ACCESS_LIST = table(
    "/interface/wifi/access-list",
    optional("mac-address mac-address-mask interface signal-range allow-signal-out-of-range ssid-regexp time vlan-id"),
    optional("client-isolation radius-accounting"),
    Field("action", choice("accept", "reject", "query-radius"), "accept"),
    Field("passphrase", secret=True),
    COMMENT,
    DISABLED,
    ordered=True,
    needs=_WIFI_ANY,
    since=_FROM_WIFI,
)

MENUS = (
    SECURITY_PROFILES,
    WIRELESS,
    REGISTRATION,
    ACCESS_LIST,
    CAP,
    *WIFIWAVE2,
    *WIFI,
    WIFI_CONFIGURATION,
    WIFI_SECURITY,
    WIFI_CHANNEL,
    WIFI_DATAPATH,
    WIFI_RADIO,
    WIFI_CAPSMAN,
    WIFI_REMOTE_CAP,
    WIFI_ACCESS_LIST,
)
