from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.language.errors import ContractBroken
from pollers.device import values
from pollers.device.values import Stage, Version

NOW = datetime(2024, 11, 24, 10, 0, tzinfo=UTC)

# Text and value, as facts 8 has them.
READ = [
    (values.duration_seconds, "1w4d23h26m9s", 1034769.0),
    (values.duration_seconds, "58m18s", 3498.0),
    (values.duration_seconds, "4s750ms", 4.75),
    (values.duration_seconds, "53m10s720ms", 3190.72),
    (values.duration_seconds, "9ms445us", 0.009445),
    (values.duration_seconds, "0ms", 0.0),
    (values.duration_seconds, "519w4d15h28m25s", 314292505.0),
    (values.duration_seconds, "00:00:25", 25.0),
    (values.duration_seconds, "1d02:03:04", 93784.0),
    (values.duration_seconds, "00:00:00.500", 0.5),
    (values.duration_seconds, "30", 30.0),
    (values.duration_seconds, "never", None),
    (values.duration_seconds, "infinity", None),
    (values.whole, "47 603", 47603),
    (values.whole, "-3", -3),
    (values.whole, "unlimited", None),
    (values.size_bytes, "189034496", 189034496),
    (values.size_bytes, "40.2MiB", 42152755),
    (values.size_bytes, "1196.0KiB", 1224704),
    (values.size_bytes, "5.3KiB", 5427),
    (values.rate_bits_per_second, "1Gbps", 10**9),
    (values.rate_bits_per_second, "2.5Gbps", 2_500_000_000),
    (values.rate_bits_per_second, "27.8kbps", 27_800),
    (values.rate_bits_per_second, "72.2Mbps-20MHz/1S/SGI", 72_200_000),
    (values.rate_bits_per_second, "54000000", 54_000_000),
    (values.rate_bits_per_second, "10M", 10**7),
    (values.rate_bits_per_second, "", None),
    (values.frequency_hertz, "1400", 1_400_000_000),
    (values.frequency_hertz, "1400MHz", 1_400_000_000),
    (values.frequency_hertz, "5220/20-Ce/ac", 5_220_000_000),
    (values.frequency_hertz, "auto", None),
    (values.percent, "1", 1.0),
    (values.percent, "0.2", 0.2),
    (values.percent, "12%", 12.0),
    (values.signal_dbm, "-62@1Mbps", -62.0),
    (values.signal_dbm, "-65dBm@1Mbps", -65.0),
    (values.signal_dbm, "-47", -47.0),
    (values.signal_dbm, "-2.843dBm", -2.843),
    (values.number, "24.2", 24.2),
    (values.number, "33C", 33.0),
    (values.number, "6mA", 0.006),
    (values.number, "3.251V", 3.251),
    (values.flag, "true", True),
    (values.flag, "yes", True),
    (values.flag, "no", False),
    (values.flag, None, False),
    (values.items, "ether1,ether2", ("ether1", "ether2")),
    (values.items, "", ()),
    (values.items, None, ()),
    (values.mac, "d4:ca:6d:26:05:f7", "D4:CA:6D:26:05:F7"),
    (values.mac, None, None),
    (values.version_of, "7.14.3 (stable)", Version(7, 14, 3)),
    (values.version_of, "7.1beta6 (development)", Version(7, 1, 0, Stage.BETA, 6)),
    (values.version_of, "7.24rc2", Version(7, 24, 0, Stage.RC, 2)),
    (values.version_of, "7.15.1 (stable) 2024-06-07 12:49:11", Version(7, 15, 1)),
    (values.version_of, "3.41", Version(3, 41)),
    (values.version_of, "", None),
    (values.channel_of, "6.40.8 (bugfix)", "long-term"),
    (values.channel_of, "7.21 (stable)", "stable"),
    (values.channel_of, "7.24rc2", None),
]
UNREADABLE = [
    (values.duration_seconds, "soon"),
    (values.duration_seconds, "5 apples"),
    (values.whole, "1.5"),
    (values.whole, "ten"),
    (values.size_bytes, "3 parsecs"),
    (values.rate_bits_per_second, "fast"),
    (values.frequency_hertz, "5GB"),
    (values.percent, "1/2"),
    (values.signal_dbm, "loud"),
    (values.number, "1.2.3"),
    (values.flag, "maybe"),
    (values.mac, "D4:CA"),
    (values.version_of, "seven"),
    (values.offset_of, "CET"),
]
READERS = [
    values.duration_seconds,
    values.whole,
    values.size_bytes,
    values.rate_bits_per_second,
    values.frequency_hertz,
    values.percent,
    values.signal_dbm,
    values.number,
    values.flag,
    values.mac,
    values.version_of,
    values.offset_of,
    lambda text: values.pair(text, values.whole),
    lambda text: values.instant(text, timedelta()),
    lambda text: values.log_instant(text, NOW, timedelta()),
]
TEXTS = st.text(alphabet="0123456789wdhmsukMGiBbp:/-+. ,%@CVAjanfe٣²é", max_size=14)


@pytest.mark.parametrize(("read", "text", "value"), READ)
def test_text_of_a_device_becomes_this_value(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), UNREADABLE)
def test_text_that_cannot_be_read_is_named(read, text):
    with pytest.raises(ContractBroken, match="is n"):
        read(text)


@given(st.sampled_from(READERS), TEXTS)
def test_a_reader_gives_a_value_or_says_that_it_cannot(read, text):
    with suppress(ContractBroken):
        read(text)


@given(st.integers(0, 10**15))
def test_durations_come_back(microseconds):
    text = values.duration_text(microseconds / 1_000_000)
    seconds = values.duration_seconds(text)
    assert seconds is not None
    assert round(seconds * 1_000_000) == microseconds


def test_durations_are_written_as_routeros_writes_them():
    assert values.duration_text(1034769) == "1w4d23h26m9s"
    assert values.duration_text(0) == "0s"
    with pytest.raises(ContractBroken):
        values.duration_text(-1)


@given(st.integers(0, 10**14))
def test_rates_come_back(rate):
    assert values.rate_bits_per_second(values.rate_text(rate)) == rate


@given(st.booleans())
def test_booleans_come_back(value):
    assert values.flag(values.flag_text(value=value)) is value


@given(st.lists(st.text(alphabet="abc0-. é", min_size=1, max_size=8)))
def test_lists_come_back(listed):
    assert values.items(values.items_text(listed)) == tuple(listed)


@pytest.mark.parametrize("item", ["a,b", ""])
def test_an_item_that_would_become_two_or_none_is_refused(item):
    with pytest.raises(ContractBroken):
        values.items_text(["x", item])


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.sampled_from(Stage), st.integers(1, 20))
def test_versions_come_back(major, minor, patch, stage, build):
    version = Version(major, minor, patch, stage, 0 if stage is Stage.RELEASE else build)
    assert values.version_of(str(version)) == version


def test_versions_stand_in_the_order_people_mean():
    texts = ["3.41", "6.40.8 (bugfix)", "6.49.10", "7.1beta6", "7.1rc1", "7.1", "7.1.1", "7.9", "7.10beta2", "7.10"]
    read = [values.version_of(text) for text in texts]
    assert read == sorted(version for version in read if version)
    assert values.version_of("7.1") == values.version_of("7.1.0")


@pytest.mark.parametrize(
    ("text", "halves"),
    [("1851474,2037295", (1851474, 2037295)), ("17748/18516", (17748, 18516)), ("0,0", (0, 0)), ("", None)],
)
def test_pairs_are_taken_apart(text, halves):
    assert values.pair(text, values.whole) == halves


@pytest.mark.parametrize("text", ["1", "1,2,3", "1,never"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(ContractBroken, match="pair"):
        values.pair(text, values.whole)


# facts 8.3
@pytest.mark.parametrize(
    "text", ["feb/13/2023 11:15:28", "Feb/13/2023 11:15:28", "2023-02-13 11:15:28", "feb/13/2023 11:15:28.123"]
)
def test_both_calendars_are_read_in_the_offset_of_the_device(text):
    assert values.instant(text, timedelta(hours=3)) == datetime(2023, 2, 13, 8, 15, 28, tzinfo=UTC)


def test_a_date_with_blanks_for_zeros_is_read():
    assert values.instant("jun/ 7/2021 17: 1:10", timedelta()) == datetime(2021, 6, 7, 17, 1, 10, tzinfo=UTC)


def test_a_date_alone_is_its_midnight():
    assert values.instant("2024-06-07", timedelta()) == datetime(2024, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(("text", "hours"), [("+03:00", 3), ("-05:30", -5.5), ("+00:00", 0), (None, 0)])
def test_offsets_from_gmt_are_read(text, hours):
    assert values.offset_of(text) == timedelta(hours=hours)


def test_the_clock_of_a_device_is_an_instant():
    expected = datetime(2023, 7, 21, 7, 0, 47, tzinfo=UTC)
    assert values.clock_instant("jul/21/2023", "10:00:47", "+03:00") == expected
    assert values.clock_instant("2023-07-21", "10:00:47", "+03:00") == expected


# facts 8.4
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10:00:47", datetime(2024, 11, 24, 10, 0, 47, tzinfo=UTC)),
        ("jul/19 14:27:01", datetime(2024, 7, 19, 14, 27, 1, tzinfo=UTC)),
        ("07-19 14:27:01", datetime(2024, 7, 19, 14, 27, 1, tzinfo=UTC)),
        ("dec/31 23:59:59", datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("feb/29 00:00:01", datetime(2024, 2, 29, 0, 0, 1, tzinfo=UTC)),
        ("jan/02/1970 02:00:09", datetime(1970, 1, 2, 2, 0, 9, tzinfo=UTC)),
        ("1970-01-02 02:00:09", datetime(1970, 1, 2, 2, 0, 9, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_log_line_is_completed_from_the_clock(text, at):
    assert values.log_instant(text, NOW, timedelta()) == at


@pytest.mark.parametrize(
    "text", ["feb/30 10:00:00", "feb/30/2024 10:00:00", "13-45 10:00:00", "25:00:00", "foo/12 1:1:1"]
)
def test_a_day_that_never_was_is_refused(text):
    with pytest.raises(ContractBroken):
        values.log_instant(text, NOW, timedelta())


@given(
    st.datetimes(datetime(1970, 1, 3), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
    st.integers(-12 * 4, 14 * 4),
    st.booleans(),
)
def test_instants_come_back_in_both_calendars(naive, quarters, is_old):
    at = naive.replace(microsecond=0, tzinfo=UTC)
    offset = timedelta(minutes=15 * quarters)
    day, time = values.instant_text(at, offset, is_old=is_old)
    assert values.instant(f"{day} {time}", offset) == at
    assert ("/" in day) is is_old


@given(st.binary(max_size=60))
def test_bytes_of_any_encoding_come_back_the_same(raw):
    assert values.encode(values.decode(raw), values.encoding_of(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "text"),
    [("Büro".encode(), "Büro"), ("Büro".encode("cp1252"), "Büro"), (b"5 \x80", "5 €"), (b"\x81x", "\x81x")],
)
def test_bytes_are_read_in_the_likeliest_encoding(raw, text):
    assert values.decode(raw) == text
    assert values.readable(raw.decode("latin-1")) == text
