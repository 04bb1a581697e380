"""Headers are read as the library reads them, whatever the bytes."""

from hypothesis import example, given
from hypothesis import strategies as st
from nats.aio.client import Client

from ops.connections.client import QuickClient

lines = st.lists(
    st.one_of(st.binary(max_size=12), st.builds(b"%b: %b".__mod__, st.tuples(st.binary(max_size=8), st.binary())))
)


@given(lines.map(b"\r\n".join))
@example(b"ce-id: a\r\nce-id: b\r\n\r\n")
@example(b"Name:Value\r\nOther:\t value \r\nbad name: x\r\n\xc3\xa9: y\r\nno colon\r\n: empty\r\n")
def test_any_block_of_headers_reads_the_same(raw):
    assert QuickClient._parse_header_lines(raw) == Client._parse_header_lines(raw)


def test_the_library_still_reads_headers_where_we_step_in():
    assert "_parse_header_lines" in Client.__dict__
    assert "_parse_header_lines" in QuickClient.__dict__
