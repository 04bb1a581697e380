"""RouterOS text to values and back; pure.

What reads takes `str | None`: None, empty text and the words that mean "no value" (`never`, `none`, `auto` …) give
None, and text that cannot be read raises ContractBroken naming it, so that a caller can leave out one field and keep
the rest.
"""

from pollers.device.values.durations import PLACEHOLDERS, duration_seconds, duration_text
from pollers.device.values.flags import flag, flag_text, items, items_text, mac
from pollers.device.values.instants import clock_instant, instant, instant_text, log_instant, offset_of
from pollers.device.values.quantities import (
    frequency_hertz,
    number,
    pair,
    percent,
    rate_bits_per_second,
    rate_text,
    signal_dbm,
    size_bytes,
    whole,
)
from pollers.device.values.texts import decode, encode, encoding_of, readable
from pollers.device.values.versions import Stage, Version, channel_of, version_of

__all__ = [
    "PLACEHOLDERS",
    "Stage",
    "Version",
    "channel_of",
    "clock_instant",
    "decode",
    "duration_seconds",
    "duration_text",
    "encode",
    "encoding_of",
    "flag",
    "flag_text",
    "frequency_hertz",
    "instant",
    "instant_text",
    "items",
    "items_text",
    "log_instant",
    "mac",
    "number",
    "offset_of",
    "pair",
    "percent",
    "rate_bits_per_second",
    "rate_text",
    "readable",
    "signal_dbm",
    "size_bytes",
    "version_of",
    "whole",
]
