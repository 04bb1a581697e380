"""A list as a file: all of it, in constant memory, and nothing in it that a spreadsheet would run."""

import csv
import io
import json

import pytest

from contracts.language.access import Role


@pytest.fixture
def many(world):
    async def add(count: int) -> list[str]:
        titles = [f"router {number:05}" for number in range(count)]
        await world.add_rows(titles)
        return titles

    return add


async def test_json_lines_hold_every_row_of_many_pages_and_none_of_another_tenant(world, many):
    titles = await many(1203)
    await world.add_rows(["not mine"], tenant=world.other_tenant)
    async with world.client(world.token(), accept="application/x-ndjson") as client:
        answer = await client.get("/api/devices", params={"sort": "title"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["content-disposition"] == 'attachment; filename="devices-list.jsonl"'
    assert [json.loads(line)["title"] for line in answer.text.splitlines()] == titles


async def test_csv_has_a_head_and_no_cell_that_is_a_formula(world):
    await world.add_rows(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", 'a, "b"\nc', "zażółć"])
    async with world.client(world.token(), accept="text/csv") as client:
        answer = await client.get("/api/devices")
    head, *rows = csv.reader(io.StringIO(answer.text))
    titles = {row[head.index("title")] for row in rows}
    assert "'=cmd|' /C calc'!A0" in titles
    assert {'a, "b"\nc', "zażółć"} <= titles
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


async def test_filters_count_and_paging_is_refused(world):
    await world.add_rows(["a", "b"])
    async with world.client(world.token(), accept="application/x-ndjson") as client:
        answer = await client.get("/api/devices", params={"title": "b"})
        assert [json.loads(line)["title"] for line in answer.text.splitlines()] == ["b"]
        refused = await client.get("/api/devices", params={"limit": "2"})
        assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid")
        unknown = await client.get("/api/devices", params={"nothing": "2"})
        assert unknown.status_code == 400


async def test_a_denial_stays_a_denial_whatever_is_accepted(world):
    async with world.client(world.token(Role.VIEWER), accept="text/csv") as client:
        assert (await client.get("/api/operations/x")).status_code in {400, 404}
    async with world.client(accept="text/csv") as client:
        assert (await client.get("/api/devices")).status_code == 401
