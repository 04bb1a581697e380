"""What is refused at start, and the pure parts: named SQL, statements, orders and cursors, columns."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.language.access import Permission
from contracts.language.errors import ContractBroken, InvalidRequest
from gateway.app import build_app
from gateway.http.columns import Columns, allows_none, value_from, without_none
from gateway.http.paging import Order, cursor_after, cursor_from, order_of
from gateway.http.queries import Queries, load, number, parse
from gateway.http.statements import Plan
from gateway.http.views import Filter, Match, Parameter, Resolution, Shape, View
from gateway.tests.world import HealthPoint, queries

GOOD = "-- name: devices.list\n-- The devices.\nSELECT 1 AS a\n"


class Row(msgspec.Struct, frozen=True):
    tenant_id: UUID
    device_id: UUID
    title: str
    seen_at: datetime | None


def test_a_query_has_a_name_a_sentence_and_numbered_parameters():
    text = "-- name: devices.one\n-- One device,\n-- as it is now.\n"
    text += "SELECT ':no' AS x, a::text FROM t WHERE a = :b AND c = :d AND e = :b;"
    [query] = parse("devices", text)
    assert query.sentence == "One device, as it is now."
    assert query.parameters == ("b", "d")
    assert query.sql == "SELECT ':no' AS x, a::text FROM t WHERE a = $1 AND c = $2 AND e = $1"


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("devices", "SELECT 1"),
        ("devices", "-- name: \n-- A.\nSELECT 1"),
        ("devices", "-- name: tenants.list\n-- A.\nSELECT 1"),
        ("devices", "-- name: devices.list\nSELECT 1"),
        ("devices", "-- name: devices.list\n-- No full stop\nSELECT 1"),
        ("devices", "-- name: devices.list\n-- A.\n"),
        ("devices", "-- name: devices.list\n-- A.\nSELECT 1; DELETE FROM x"),
        ("devices", "-- name: Devices.List\n-- A.\nSELECT 1"),
    ],
)
def test_a_block_that_breaks_the_form_ends_the_start(word, text):
    with pytest.raises(ContractBroken):
        list(parse(word, text))


def test_two_of_one_name_or_none_of_a_name_end_the_start():
    with pytest.raises(ContractBroken, match="Two queries"):
        Queries([*parse("devices", GOOD), *parse("devices", GOOD)])
    with pytest.raises(ContractBroken, match=r"devices\.one"):
        Queries(parse("devices", GOOD))["devices.one"]
    with pytest.raises(ContractBroken, match=r"devices\.list"):
        Queries(parse("devices", GOOD)).refuse_unused([])


def test_a_semicolon_or_a_colon_in_text_is_text():
    [query] = parse("devices", "-- name: devices.list\n-- A.\nSELECT 'a;b:c' AS x -- d;e :f\n")
    assert query.parameters == ()


@given(st.lists(st.sampled_from(["a", "b_c", "d2"]), max_size=8))
def test_every_parameter_gets_one_number(names):
    sql, parameters = number(" ".join(f":{name}" for name in names))
    assert parameters == tuple(dict.fromkeys(names))
    assert sql.split() == [f"${parameters.index(name) + 1}" for name in names]


def test_the_queries_of_the_house_load():
    assert list(load())


def view(**changes: Any) -> View:
    base: dict[str, Any] = {
        "path": "/devices",
        "query": "devices.list",
        "row": Row,
        "permission": Permission.DEVICES_READ,
        "shape": Shape.LIST,
        "key": "device_id",
    }
    return View(**(base | changes))


@pytest.mark.parametrize(
    "broken",
    [
        view(query="devices.none"),
        view(key="nothing"),
        view(sorts=("-nothing",)),
        view(filters=(Filter("colour"),)),
        view(query="devices.one"),
        view(query="devices.slow"),
        view(shape=Shape.SERIES),
        view(resolutions=(Resolution("raw", 60, "devices.list"),)),
        view(parent="devices.one"),
        view(past="devices.one"),
    ],
)
def test_a_view_that_does_not_fit_its_query_ends_the_start(broken):
    with pytest.raises(ContractBroken):
        Plan(broken, queries())


def test_a_view_that_fits_is_taken():
    Plan(view(sorts=("title",), filters=(Filter("words", Match.CONTAINS), Filter("host", type=str))), queries())
    Plan(view(path="/x/{device_id:uuid}", query="devices.one", shape=Shape.ONE), queries())
    Plan(view(query="devices.slow", parameters=(Parameter("seconds", float, 1.0),)), queries())
    assert Plan(view(path="/x/{device_id:uuid}/y"), queries()).name == "devices.list_of_device"
    series = view(row=HealthPoint, key="at", shape=Shape.SERIES, query="health.samples", path="/x/{device_id:uuid}")
    Plan(msgspec.structs.replace(series, resolutions=(Resolution("1h", 3600, "health.binned"),)), queries())


def test_a_command_whose_answer_is_no_view_ends_the_start():
    nothing: Any = None
    with pytest.raises(ContractBroken, match="No view answers"):
        build_app(bus=nothing, pool=nothing, cache=nothing, keys=nothing, access_keys=nothing, views=())


COLUMNS = Columns(Row)


def test_columns_know_their_types_and_gaps():
    assert COLUMNS.is_nullable("seen_at")
    assert not COLUMNS.is_nullable("title")
    assert COLUMNS.type_of("seen_at") is datetime
    annotated = Annotated[int | None, msgspec.Meta(description="x")]
    assert allows_none(annotated)
    assert not allows_none(without_none(annotated))


@given(
    st.sampled_from(["title", "-title", "seen_at", "-seen_at", "device_id"]),
    st.text(max_size=200),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_a_cursor_reads_back_what_was_written(asked, title, seen_at):
    order = order_of(asked, ("title", "seen_at", "device_id"), "device_id", COLUMNS)
    row = {"device_id": uuid4(), "title": title, "seen_at": seen_at}
    cursor = cursor_from(cursor_after(order, row), order, COLUMNS)
    assert (cursor.value, cursor.key) == (row[order.column], row["device_id"])


@given(st.text(max_size=300))
def test_a_cursor_that_somebody_made_up_is_refused_and_nothing_worse(text):
    order = Order("title", is_descending=False, key="device_id", has_gaps=False)
    with pytest.raises(InvalidRequest):
        cursor_from(text, order, COLUMNS)


@given(st.text(), st.sampled_from([int, float, bool, UUID, datetime, str]))
def test_any_text_becomes_a_value_or_a_refusal(text, kind):
    with suppress(InvalidRequest):
        value_from(text, kind, "x")
