"""Health: load, memory, storage, temperature, voltage and every other sensor a device has."""

from typing import ClassVar, Final

from contracts.language.measure import Bytes, Celsius, Count, Percent, Seconds, Volt, Watt
from contracts.language.message import Observation


class HealthObserved(Observation, frozen=True, kw_only=True):
    """One look at a device's own state. None where the board has no such sensor.

    `temperature_celsius` is the board's, or the processor's where only that is known. `sensors` holds every numeric
    sensor by its RouterOS name in SI units (fans in revolutions per minute), `states` every sensor that answers in
    words, such as a power supply.
    """

    name: ClassVar[str] = "health.observed"
    uptime_seconds: Seconds
    cpu_load_percent: Percent | None = None
    memory_total_bytes: Bytes | None = None
    memory_free_bytes: Bytes | None = None
    storage_total_bytes: Bytes | None = None
    storage_free_bytes: Bytes | None = None
    bad_blocks_percent: Percent | None = None
    sectors_written_total: Count | None = None
    temperature_celsius: Celsius | None = None
    voltage_volts: Volt | None = None
    power_watts: Watt | None = None
    sensors: dict[str, float] = {}
    states: dict[str, str] = {}


COMMANDS: Final = ()
MESSAGES: Final = (HealthObserved,)
