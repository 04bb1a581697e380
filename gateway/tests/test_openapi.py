"""The document and the page: true, complete, and readable without a network."""

import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
import schemathesis
from schemathesis.core.result import Ok

from contracts.catalog import COMMANDS
from gateway.app import describe
from gateway.http.bodies import BodyShape
from gateway.http.problems import known_errors
from gateway.http.reference import page
from gateway.http.views import Shape
from gateway.routes import VIEWS


@pytest.fixture(scope="module")
def document():
    return json.loads(msgspec.json.encode(describe()))


def operations(document):
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def plain(path):
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def test_a_tool_of_the_trade_reads_every_operation(document):
    found = list(schemathesis.openapi.from_dict(document).get_all_operations())
    assert [result for result in found if not isinstance(result, Ok)] == []
    assert len(found) == len(operations(document))


def test_every_command_and_view_is_described_once_under_a_name_of_its_own(document):
    known = {(method, path) for method, path, _ in operations(document)}
    for spec in COMMANDS:
        assert (spec.method.lower(), f"/api{plain(spec.path)}") in known
    for view in VIEWS:
        assert ("get", f"/api{plain(view.path)}") in known
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names), names


def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    for target in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
        found = document
        for part in target.split("/"):
            found = found[part]
        assert found


def test_every_error_is_a_problem_document_and_every_code_is_listed(document):
    responses = document["components"]["responses"]
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and "$ref" not in answer:
                assert path == "/health/ready", (method, path)
            if "$ref" in answer:
                assert list(responses[answer["$ref"].rpartition("/")[2]]["content"]) == ["application/problem+json"]
    said = json.dumps(responses)
    assert all(f"`{code}`" in said for code in known_errors())


def test_the_example_of_every_body_is_taken_by_the_command_itself(document):
    for spec in COMMANDS:
        shape = BodyShape(spec)
        operation = document["paths"][f"/api{plain(spec.path)}"][spec.method.lower()]
        if shape.is_empty:
            assert "requestBody" not in operation
        else:
            example = operation["requestBody"]["content"]["application/json"]["example"]
            assert shape.read(json.dumps(example).encode())


def test_the_example_of_every_answer_has_the_shape_of_its_row(document):
    for view in VIEWS:
        answer = document["paths"][f"/api{plain(view.path)}"]["get"]["responses"]["200"]
        example = answer["content"]["application/json"]["example"]
        held = {Shape.ONE: [example], Shape.LIST: example.get("items"), Shape.SERIES: example.get("points")}
        for row in held[view.shape]:
            msgspec.convert(row, view.row)


def test_a_secret_is_write_only_text_and_no_answer_has_one(document):
    schemas = document["components"]["schemas"]
    password = schemas["AddDevice"]["properties"]["password"]
    assert password["writeOnly"] is True
    assert password["maxLength"] == 1024
    assert "Sealed" not in schemas
    for view in VIEWS:
        assert not any("password" in name or "secret" in name for name in view.row.__struct_fields__)


def test_what_needs_no_token_says_so(document):
    assert document["security"] == [{"token": []}]
    unguarded = {path for _, path, operation in operations(document) if operation.get("security") == []}
    signing_in = {
        "/api/sessions",
        "/api/sessions/handshakes",
        "/api/sessions/renewal",
        "/api/enrolments",
        "/api/enrolments/{token}",
    }
    assert unguarded == {"/docs", "/docs/reference.css", "/health", "/health/ready", "/openapi.json"} | signing_in


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.ids = set(), [], []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.add(tag)
        assert not any(name == "style" or name.startswith("on") for name in named), named
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self.ids += [value for name, value in attrs if name == "id"]


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(document):
    reader = _Page()
    reader.feed(page(document))
    assert not reader.tags & {"script", "style", "iframe", "img", "object", "form"}
    assert all(link.startswith(("#", "/docs/", "/openapi.json")) for link in reader.links)
    anchors = {link[1:] for link in reader.links if link.startswith("#")}
    assert anchors <= set(reader.ids)
    assert {operation["operationId"] for _, _, operation in operations(document)} <= set(reader.ids)


def test_a_word_from_a_declaration_is_text_on_the_page(document):
    changed = json.loads(json.dumps(document))
    changed["paths"]["/health"]["get"]["summary"] = "<script>alert(1)</script>"
    assert "<script" not in page(changed)


async def test_the_document_and_the_page_are_served(world):
    async with world.client() as client:
        document, shown, style = [await client.get(path) for path in ("/openapi.json", "/docs", "/docs/reference.css")]
    assert document.json()["openapi"] == "3.1.0"
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in shown.headers["content-security-policy"]
    assert style.headers["content-type"].startswith("text/css")
