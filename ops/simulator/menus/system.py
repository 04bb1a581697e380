"""/system, /user, /log, /file and /certificate. Fields: facts 14.1-14.9, 14.27-14.28, 14.31, 14.35, 17, 18."""

from ops.simulator.kinds import ADDRESS, DATE, DURATION, FLAG, TEXT, choice, either, list_of, number, reference
from ops.simulator.release import V7, Release
from ops.simulator.schema import COMMENT, DISABLED, Field, defaults, flags, row, runtime, table

_V6_LAST = Release(6, 99)
_NOBODY = "0.0.0.0"  # noqa: S104 - an address in a configuration, not one to listen on
_POLICY = frozenset({"policy"})

RESOURCE = row(
    "/system/resource",
    runtime(
        "uptime version build-time factory-software minimum-version free-memory total-memory cpu cpu-count"
        " cpu-frequency cpu-load"
        " free-hdd-space total-hdd-space write-sect-since-reboot write-sect-total bad-blocks architecture-name"
        " board-name"
        " platform serial-number"
    ),
    readonly=True,
    exported=False,
)
CPU = table("/system/resource/cpu", runtime("cpu load irq disk"), fixed=True, readonly=True, exported=False)
HEALTH_ROW = row(
    "/system/health",
    runtime(
        "voltage temperature cpu-temperature board-temperature current power-consumption fan1-speed fan2-speed"
        " psu1-voltage"
        " psu1-current psu1-state psu2-state active-fan"
    ),
    Field("fan-mode", choice("auto", "manual")),
    Field("use-fan", choice("main", "auxiliary")),
    exported=False,
    until=_V6_LAST,
    needs=frozenset({"health"}),
)
HEALTH = table(
    "/system/health",
    runtime("name value type"),
    fixed=True,
    readonly=True,
    exported=False,
    since=V7,
    needs=frozenset({"health", "health-empty"}),
)
HEALTH_SETTINGS = row(
    "/system/health/settings",
    defaults({"fan-full-speed-temp": "65", "fan-target-temp": "58", "fan-min-speed-percent": "12%"}),
    since=V7,
    needs=frozenset({"fans"}),
)
ROUTERBOARD = row(
    "/system/routerboard",
    runtime(
        "routerboard board-name model revision serial-number firmware-type factory-firmware minimum-firmware"
        " current-firmware"
        " upgrade-firmware"
    ),
    readonly=True,
    exported=False,
)
ROUTERBOARD_SETTINGS = row(
    "/system/routerboard/settings",
    defaults({"auto-upgrade": "false", "boot-device": "nand-if-fail-then-ethernet", "boot-protocol": "bootp"}),
    defaults({"force-backup-booter": "false", "protected-routerboot": "disabled", "reformat-hold-button": "20s"}),
    defaults({"reformat-hold-button-max": "10m", "silent-boot": "false"}),
    needs=frozenset({"routerboard"}),
)
PACKAGE = table(
    "/system/package",
    runtime("name version build-time scheduled size bundle git-commit available"),
    Field("disabled", FLAG, "false", runtime=True),
    fixed=True,
    exported=False,
)
UPDATE = row(
    "/system/package/update",
    Field(
        "channel",
        choice("stable", "testing", "development", "long-term", "upgrade", "bugfix", "current", "release-candidate"),
        "stable",
    ),
    runtime("installed-version current-version latest-version status"),
)
LICENSE = row(
    "/system/license",
    runtime("software-id system-id nlevel level features expires-in limited-upgrades next-renewal-at deadline-at"),
    readonly=True,
    exported=False,
)
IDENTITY = row("/system/identity", Field("name", TEXT, "MikroTik"))
CLOCK = row(
    "/system/clock",
    Field("time"),
    Field("date", DATE),
    defaults({"time-zone-autodetect": "true", "time-zone-name": "UTC"}),
    runtime("gmt-offset dst-active"),
)
NTP_CLIENT_V6 = row(
    "/system/ntp/client",
    defaults({"enabled": "false", "mode": "unicast", "primary-ntp": _NOBODY, "secondary-ntp": _NOBODY}),
    defaults({"server-dns-names": ""}),
    runtime("active-server last-update-from last-update-before last-adjustment poll-interval"),
    until=_V6_LAST,
)
NTP_CLIENT = row(
    "/system/ntp/client",
    defaults({"enabled": "false", "mode": "unicast", "servers": "", "vrf": "main"}),
    runtime("freq-drift status synced-server synced-stratum system-offset"),
    since=V7,
)
NTP_SERVERS = table(
    "/system/ntp/client/servers",
    Field("address", required=True),
    *defaults({"iburst": "true", "min-poll": "6", "max-poll": "10", "auth-key": "none"}),
    *flags("dynamic"),
    COMMENT,
    DISABLED,
    since=V7,
)
SCRIPT = table(
    "/system/script",
    Field("name", required=True),
    Field("owner"),
    Field("policy"),
    Field("dont-require-permissions", FLAG),
    runtime("last-started"),
    Field("run-count", default="0", runtime=True),
    Field("source", default=""),
    flags("invalid"),
    COMMENT,
    unique=("name",),
    taken="already have script with such name",
)
SCRIPT_ENVIRONMENT = table("/system/script/environment", runtime("name user value"), fixed=True, exported=False)
SCRIPT_JOB = table("/system/script/job", runtime("script owner policy started type"), fixed=True, exported=False)
SCHEDULER = table(
    "/system/scheduler",
    Field("name", required=True),
    Field("start-date", DATE),
    Field("start-time"),
    Field("interval", DURATION, "0s"),
    Field("on-event", default=""),
    Field("owner"),
    Field("policy"),
    Field("run-count", default="0", runtime=True),
    runtime("next-run"),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken="already have scheduler with such name",
)
LOGGING = table(
    "/system/logging",
    Field("topics", default="info"),
    defaults({"prefix": "", "action": "memory"}),
    Field("regex", since=Release(7, 13)),
    flags("invalid default"),
    DISABLED,
)
LOGGING_ACTION = table(
    "/system/logging/action",
    Field("name", required=True),
    Field("target", choice("memory", "disk", "echo", "email", "remote"), "memory"),
    Field("memory-lines", number(1, 65535)),
    Field("memory-stop-on-full", FLAG),
    Field("disk-file-name"),
    Field("disk-lines-per-file", number(1, 65535)),
    Field("disk-file-count", number(1, 65535)),
    Field("remember", FLAG),
    Field("remote", either(ADDRESS, "")),
    Field("remote-port", number(0, 65535)),
    flags("default"),
)
NOTE = row(
    "/system/note",
    defaults({"show-at-login": "true", "note": ""}),
    Field("show-at-cli-login", FLAG, "false", since=Release(7, 9)),
)
HISTORY = table(
    "/system/history", runtime("action by policy time undo redo"), fixed=True, readonly=True, exported=False
)
DEVICE_MODE = row(
    "/system/device-mode",
    runtime("mode allowed-versions flagged flagging-enabled attempt-count"),
    runtime(
        "scheduler socks fetch pptp l2tp bandwidth-test traffic-gen sniffer ipsec romon proxy hotspot smb email"
        " zerotier"
        " container install-any-version partitions routerboard"
    ),
    readonly=True,
    exported=False,
    since=Release(7, 17),
)
LEDS_SETTINGS = row("/system/leds/settings", defaults({"all-leds-off": "never"}), needs=frozenset({"routerboard"}))

USER = table(
    "/user",
    Field("name", required=True),
    Field("group", reference("/user/group"), required=True),
    Field("address", default=""),
    Field("password", secret=True),
    runtime("last-logged-in"),
    Field("expired", FLAG, "false", runtime=True, since=V7),
    COMMENT,
    DISABLED,
    unique=("name",),
    taken="user with the same name already exists",
    exported=False,
    policy=_POLICY,
)
USER_GROUP = table(
    "/user/group",
    Field("name", required=True),
    Field("policy", default=""),
    defaults({"skin": "default"}),
    COMMENT,
    unique=("name",),
    taken="group with the same name already exists",
    policy=_POLICY,
)
USER_ACTIVE = table("/user/active", runtime("when name address via group radius"), fixed=True, exported=False)
USER_AAA = row(
    "/user/aaa",
    defaults({"use-radius": "false", "accounting": "true", "interim-update": "0s", "default-group": "read"}),
    defaults({"exclude-groups": ""}),
)
USER_SETTINGS = row("/user/settings", defaults({"minimum-password-length": "0", "minimum-categories": "0"}), since=V7)
SSH_KEYS = table(
    "/user/ssh-keys",
    Field("user", reference("/user"), required=True),
    Field("key", secret=True),
    runtime("RSA bits fingerprint key-owner key-type"),
    exported=False,
    policy=_POLICY,
)
LOG = table("/log", runtime("time topics message buffer extra-info"), fixed=True, readonly=True, exported=False)
FILE = table(
    "/file",
    Field("name", required=True),
    runtime("type size creation-time last-modified"),
    Field("contents"),
    exported=False,
)
CERTIFICATE = table(
    "/certificate",
    Field("name", required=True),
    Field("common-name", default=""),
    defaults({"subject-alt-name": "", "key-size": "2048", "key-usage": "", "days-valid": "365"}),
    runtime(
        "key-type digest-algorithm invalid-before invalid-after expires-after fingerprint serial-number akid"
        " skid issuer ca"
    ),
    runtime("private-key crl authority issued revoked expired smart-card-key"),
    Field("trusted", FLAG),
    unique=("name",),
    taken="certificate with the same name already exists",
    exported=False,
)
NETWATCH = table(
    "/tool/netwatch",
    Field("name", since=V7),
    Field("type", default="simple", since=Release(7, 4)),
    Field("host", required=True),
    Field("interval", DURATION, "10s"),
    Field("timeout", DURATION, "3s"),
    defaults({"up-script": "", "down-script": ""}),
    Field("test-script", default="", since=Release(7, 4)),
    Field("http-codes", default="", since=Release(7, 4)),
    runtime("since done-tests failed-tests loss-percent rtt-avg"),
    Field("status", default="unknown", runtime=True),
    COMMENT,
    DISABLED,
)
MAC_SERVER = row("/tool/mac-server", defaults({"allowed-interface-list": "all"}))
BANDWIDTH_SERVER = row(
    "/tool/bandwidth-server",
    defaults({"enabled": "true", "authenticate": "true", "allocate-udp-ports-from": "2000", "max-sessions": "100"}),
)
ROMON = row("/tool/romon", defaults({"enabled": "false"}), Field("secrets", default="", secret=True))
SNMP = row(
    "/snmp",
    defaults({"enabled": "false", "contact": "", "location": "", "engine-id": "", "trap-target": ""}),
    defaults({"trap-community": "public", "trap-version": "1", "trap-generators": "temp-exception"}),
    Field("engine-id-suffix", default="", since=V7),
    Field("src-address", default="::", since=V7),
    Field("vrf", default="main", since=V7),
)
SNMP_COMMUNITY = table(
    "/snmp/community",
    Field("name", required=True),
    Field("addresses", list_of(TEXT), "::/0"),
    defaults({"security": "none", "read-access": "true", "write-access": "false"}),
    Field("authentication-password", default="", secret=True),
    Field("encryption-password", default="", secret=True),
    defaults({"authentication-protocol": "MD5", "encryption-protocol": "DES"}),
    flags("default"),
    DISABLED,
)

MENUS = (
    RESOURCE,
    CPU,
    HEALTH_ROW,
    HEALTH,
    HEALTH_SETTINGS,
    ROUTERBOARD,
    ROUTERBOARD_SETTINGS,
    PACKAGE,
    UPDATE,
    LICENSE,
    IDENTITY,
    CLOCK,
    NTP_CLIENT_V6,
    NTP_CLIENT,
    NTP_SERVERS,
    SCRIPT,
    SCRIPT_ENVIRONMENT,
    SCRIPT_JOB,
    SCHEDULER,
    LOGGING,
    LOGGING_ACTION,
    NOTE,
    HISTORY,
    DEVICE_MODE,
    LEDS_SETTINGS,
    USER,
    USER_GROUP,
    USER_ACTIVE,
    USER_AAA,
    USER_SETTINGS,
    SSH_KEYS,
    LOG,
    FILE,
    CERTIFICATE,
    NETWATCH,
    MAC_SERVER,
    BANDWIDTH_SERVER,
    ROMON,
    SNMP,
    SNMP_COMMUNITY,
)
