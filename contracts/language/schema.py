"""What the catalog says, as documents for others: JSON Schemas, an AsyncAPI 3 document and a page of subjects. Pure."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, Final

import msgspec

from contracts.language.codec import SCHEMA_ROOT, part_name, type_name
from contracts.language.message import Message
from contracts.language.streams import BY_KIND
from contracts.language.subject import ROOT, Kind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED: Final = (Kind.FACT, Kind.OBSERVATION)
Examples = Mapping[str, Mapping[str, Any]]


def json_schema(shape: type[Message], shapes: Sequence[type[Message]], examples: Examples) -> dict[str, Any]:
    """The JSON Schema of one message's body, with its golden example."""
    schema = {"$schema": DIALECT, "$id": f"{SCHEMA_ROOT}/{part_name(shape)}.json", **_body(shape)}
    schema["title"] = type_name(shape)
    if "parts" in shape.__struct_fields__:
        _describe_parts(_resolve(schema), shapes)
    if (example := examples.get(part_name(shape))) is not None:
        schema["examples"] = [example["body"]]
    return schema


def _body(shape: type[Message]) -> dict[str, Any]:
    schema: dict[str, Any] = _tidy(msgspec.json.schema(shape))
    return schema


def _tidy(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Take the indentation of the source out of the descriptions."""
    if isinstance(node, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else _tidy(value)
            for key, value in node.items()
        }
    return [_tidy(item) for item in node] if isinstance(node, list) else node


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The object that the top of a schema refers to."""
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"][name]
    return found


def _describe_parts(schema: dict[str, Any], shapes: Sequence[type[Message]]) -> None:
    parts = schema["properties"]["parts"]
    parts["properties"] = {
        part_name(part): {"$ref": f"{SCHEMA_ROOT}/{part_name(part)}.json"} for part in shapes if is_part(part)
    }


def is_part(shape: type[Message]) -> bool:
    """Whether a message travels inside a poll and never alone."""
    return shape.kind is Kind.OBSERVATION and not shape.name.startswith("polls.")


def address(shape: type[Message]) -> str:
    """The subject of a message with its parameters in braces."""
    word, _, what = shape.name.partition(".")
    return f"{ROOT}.{{tenant}}.{shape.kind}.{word}.{{{shape.entity or 'device_id'}}}.{what}"


def asyncapi(shapes: Sequence[type[Message]], examples: Examples, *, version: str) -> dict[str, Any]:
    """The AsyncAPI 3 document of what downstream systems may read: every fact and every observation."""
    told = [shape for shape in shapes if shape.kind in PUBLISHED]
    channels = {part_name(shape): _channel(shape) for shape in told if not is_part(shape)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "TOD event stream",
            "version": version,
            "description": "CloudEvents 1.0 in NATS binary mode, bodies in JSON. A poll carries observations as parts.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            f"read {name}": {"action": "receive", "channel": {"$ref": f"#/channels/{_pointer(name)}"}}
            for name in channels
        },
        "components": {"messages": {part_name(shape): _message(shape, shapes, examples) for shape in told}},
    }


def _channel(shape: type[Message]) -> dict[str, Any]:
    entity = shape.entity or "device_id"
    return {
        "address": address(shape),
        "description": f"Stream {BY_KIND[shape.kind].name}.",
        "parameters": {"tenant": {"description": "The tenant's id."}, entity: {"description": "What it is about."}},
        "messages": {part_name(shape): {"$ref": f"#/components/messages/{_pointer(part_name(shape))}"}},
    }


def _message(shape: type[Message], shapes: Sequence[type[Message]], examples: Examples) -> dict[str, Any]:
    name = part_name(shape)
    message: dict[str, Any] = {
        "name": type_name(shape),
        "summary": (shape.__doc__ or "").partition("\n")[0],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": json_schema(shape, shapes, {}),
        },
    }
    if (example := examples.get(name)) is not None:
        message["examples"] = [{"headers": example["headers"], "payload": example["body"]}]
    return message


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace(" ", "%20")


def subjects_page(shapes: Sequence[type[Message]]) -> str:
    """A table of every subject, by stream."""
    lines = [
        "# Subjects",
        "",
        "Generated from the catalog.",
        "",
        "| stream | subject | type | what it says |",
        "|---|---|---|---|",
    ]
    for shape in sorted(shapes, key=lambda shape: (BY_KIND[shape.kind].name, shape.name)):
        where = "a part of `polls.observed`" if is_part(shape) else f"`{address(shape)}`"
        summary = (shape.__doc__ or "").partition("\n")[0]
        lines.append(f"| {BY_KIND[shape.kind].name} | {where} | `{type_name(shape)}` | {summary} |")
    return "\n".join(lines) + "\n"
