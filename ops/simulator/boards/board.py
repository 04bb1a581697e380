"""What one kind of router is made of: hardware, version and role. Plain data; rows are made from it next door."""

from dataclasses import dataclass, field

from ops.simulator.release import Release, release


@dataclass(frozen=True, slots=True)
class Ports:
    """A run of like ports: `ether1` to `ether5` is `Ports("ether", 5)`."""

    prefix: str
    count: int
    speed_mbps: int = 1000
    linked: int | None = None  # how many have a link; None: all
    max_l2mtu: int = 4074
    first: int = 1


@dataclass(frozen=True, slots=True)
class Radio:
    """One radio and how many clients it may have at once."""

    name: str
    band: str
    frequency: str
    ssid: str
    clients: int = 0
    mode: str = "ap-bridge"


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor: its number on v7 (facts 14.3), its unit, and the value it drifts around, or its text."""

    name: str
    number: int
    unit: str = ""
    middle: float = 0.0
    swing: float = 0.0
    text: str = ""
    decimals: int = 0


@dataclass(frozen=True)
class Board:
    """One board with one version on it."""

    key: str
    board_name: str
    version: str
    channel: str
    built: str  # ISO date and time of the version's build
    architecture: str
    cpu: str
    cpu_count: int
    cpu_mhz: int | None
    memory_mib: int
    disk_mib: float
    ports: tuple[Ports, ...]
    model: str | None = None  # what /system/routerboard says; None: no such hardware
    revision: str | None = None
    firmware_type: str = ""
    factory_firmware: str = ""
    current_firmware: str | None = None  # None: as the version
    factory_software: str | None = None
    radios: tuple[Radio, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    features: frozenset[str] = frozenset()
    packages: tuple[str, ...] = ()
    leases: int = 6
    role: str = "router"
    has_flash_folder: bool = False
    weight: int = 1
    extra_interfaces: tuple[str, ...] = field(default_factory=tuple)  # "vlan:name:id", "pppoe:name", "wg:name", "vrf"

    @property
    def release(self) -> Release:
        """The version as it compares."""
        return release(self.version)

    @property
    def is_virtual(self) -> bool:
        """Whether it is no MikroTik hardware."""
        return self.model is None
