"""The device layer held against what real devices said."""

from datetime import UTC, datetime, timedelta

import pytest

from pollers.device import dialect, values
from pollers.device.ask import Ask, Reply
from pollers.device.wire import SentenceReader, encode_sentence
from pollers.tests.corpus import needs_corpus, recordings

pytestmark = needs_corpus

NOW = datetime(2025, 1, 1, tzinfo=UTC)
READERS = {
    "uptime": values.duration_seconds,
    "expires-after": values.duration_seconds,
    "last-seen": values.duration_seconds,
    "last-activity": values.duration_seconds,
    "mac-address": values.mac,
    "running": values.flag,
    "disabled": values.flag,
    "dynamic": values.flag,
    "free-memory": values.size_bytes,
    "total-memory": values.size_bytes,
    "free-hdd-space": values.size_bytes,
    "cpu-load": values.percent,
    "bad-blocks": values.percent,
    "cpu-frequency": values.frequency_hertz,
    "rx-byte": values.whole,
    "link-downs": values.whole,
    "signal": values.signal_dbm,
    "signal-strength": values.signal_dbm,
    "rx-signal": values.signal_dbm,
    "tx-rate": values.rate_bits_per_second,
    "rx-rate": values.rate_bits_per_second,
    "build-time": lambda text: values.instant(text, timedelta()),
    "last-link-up-time": lambda text: values.instant(text, timedelta()),
    "gmt-offset": values.offset_of,
}


def over_the_wire(rows: list[dict[str, str]], split: int) -> Reply:
    """Send rows the way a device does, in chunks, and read them back."""
    stream = b"".join(
        encode_sentence(b"!re", b".tag=0", *(f"={name}={text}".encode() for name, text in row.items())) for row in rows
    )
    reader, reply = SentenceReader(), Reply("/x/print")
    for start in range(0, len(stream), split):
        reply.sentences += reader.feed(stream[start : start + split])
    return reply


@pytest.mark.parametrize("split", [1, 7, 1448, 65536])
def test_every_recorded_row_comes_through_the_wire_unchanged(split):
    for recording in recordings("api", "rest"):
        reply = over_the_wire(recording.rows, split)
        assert reply.rows() == recording.rows, recording.file
        fields = sorted({name for row in recording.rows for name in row})
        asked = Ask(recording.menu, fields)
        expected = [
            tuple(next((row[name] for name in dialect.spellings(field) if name in row), None) for field in fields)
            for row in recording.rows
        ]
        assert asked.pick(reply) == expected, recording.file


def test_every_recorded_value_of_a_known_kind_is_read():
    read = 0
    for recording in recordings("api", "rest"):
        for row in recording.rows:
            for name in READERS.keys() & row.keys():
                READERS[name](row[name])
                read += 1
    assert read > 200


def test_every_recorded_health_has_sensors_that_can_be_read():
    seen = 0
    for recording in recordings("api", "rest"):
        if recording.menu != "/system/health":
            continue
        for sensor in dialect.sensors(recording.rows):
            seen += 1
            if sensor.unit:
                values.number(sensor.text)
    assert seen > 10


def test_every_recorded_log_line_has_a_time():
    for recording in recordings("api", "rest"):
        for row in recording.rows if recording.menu == "/log" else ():
            assert values.log_instant(row["time"], NOW, timedelta()) is not None, recording.file


def test_every_recorded_version_is_read():
    for recording in recordings("api", "rest"):
        for row in recording.rows if recording.menu in {"/system/resource", "/system/package"} else ():
            assert values.version_of(row.get("version")) or not row.get("version")
