"""Health: load, memory, storage and every sensor of a board, of RouterOS 6 and 7 alike.

What is a sensor in which version is known in `device.dialect`; which reading is the board's temperature is decided
here.
"""

from typing import Final

from contracts.health import HealthObserved
from contracts.language.measure import Bytes, Celsius, Count, Percent, Seconds, Volt, Watt
from pollers.device import values
from pollers.device.dialect import sensors
from pollers.engine.collector import Collector, Menu, Table, sample
from pollers.engine.reading import cut, reading

SENSORS_MAX: Final = 128

RESOURCE: Final = Menu(
    "/system/resource",
    (
        "uptime",
        "cpu-load",
        "total-memory",
        "free-memory",
        "total-hdd-space",
        "free-hdd-space",
        "bad-blocks",
        "write-sect-total",
    ),
)

_V7_ROW: Final = ("name", "value", "type")
_V6_ROW: Final = (
    *("voltage", "temperature", "cpu-temperature", "board-temperature", "board-temperature1", "board-temperature2"),
    *(
        "phy-temperature",
        "sfp-temperature",
        "switch-temperature",
        "current",
        "power-consumption",
        "poe-out-consumption",
    ),
    *("fan1-speed", "fan2-speed", "fan3-speed", "fan4-speed", "psu1-voltage", "psu2-voltage", "psu1-current"),
    *("psu2-current", "psu1-state", "psu2-state"),
)  # RouterOS 6 has one row with a field per sensor, 7 a row per sensor (facts 14.3)
SENSORS: Final = Menu("/system/health", (*_V7_ROW, *_V6_ROW))

_uptime = reading(values.duration_seconds, Seconds)
_percent = reading(values.percent, Percent)
_size = reading(values.size_bytes, Bytes)
_count = reading(values.whole, Count)
_number = reading(values.number)
_celsius = reading(values.number, Celsius)
_volt = reading(values.number, Volt)
_watt = reading(values.number, Watt)

_TEMPERATURES: Final = ("temperature", "board-temperature", "board-temperature1", "cpu-temperature")
_VOLTAGES: Final = ("voltage", "psu1-voltage", "psu2-voltage")
_POWERS: Final = ("power-consumption",)


def read(resource: Table | None, health: Table | None) -> HealthObserved | None:
    """One look at the resources, with the sensors where the board has any; None where even the uptime is not told."""
    if resource is None or not resource[0]:
        return None
    uptime, load, memory, memory_free, storage, storage_free, bad_blocks, written = (column[0] for column in resource)
    uptime_seconds = _uptime(uptime)
    if uptime_seconds is None:
        return None
    told, numbers, words = _sensors(health)
    return HealthObserved(
        uptime_seconds=uptime_seconds,
        cpu_load_percent=_percent(load),
        memory_total_bytes=_size(memory),
        memory_free_bytes=_size(memory_free),
        storage_total_bytes=_size(storage),
        storage_free_bytes=_size(storage_free),
        bad_blocks_percent=_percent(bad_blocks),
        sectors_written_total=_count(written),
        temperature_celsius=_celsius(_first(told, _TEMPERATURES)),
        voltage_volts=_volt(_first(told, _VOLTAGES)),
        power_watts=_watt(_first(told, _POWERS)),
        sensors=numbers,
        states=words,
    )


def _sensors(health: Table | None) -> tuple[dict[str, str], dict[str, float], dict[str, str]]:
    """Every sensor as it is told, those that answer in numbers, and those that answer in words."""
    told: dict[str, str] = {}
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    for row in zip(*health, strict=True) if health is not None else ():
        fields = zip(_V7_ROW, row, strict=False) if row[0] is not None else zip(SENSORS.fields, row, strict=True)
        for sensor in sensors(({name: text for name, text in fields if text is not None},)):
            name = cut(sensor.name)
            if len(told) >= SENSORS_MAX:
                break
            told[name] = sensor.text
            number = _number(sensor.text)
            if number is None:
                words[name] = cut(sensor.text)
            else:
                numbers[name] = number
    return told, numbers, words


def _first(told: dict[str, str], names: tuple[str, ...]) -> str | None:
    """The reading that stands for the board, where there are several."""
    return next((told[name] for name in names if name in told), None)


COLLECTORS: Final = (Collector(observation=HealthObserved, menus=(RESOURCE, SENSORS), step=sample(read)),)
