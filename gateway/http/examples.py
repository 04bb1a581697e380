"""One believable value for every schema of the reference.

What a declaration gives as its example, or one made to fit.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

BY_NAME: Final[Mapping[str, Any]] = {
    "title": "Harbour mast, north sector",
    "host": "198.51.100.7",
    "username": "tod",
    "email": "ada@example.net",
    "sender": "tod@example.net",
    "person": "Ada Lovelace",
    "password": "correct horse battery staple",
    "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "api_port": 8728,
    "tls_port": 8729,
    "cursor": "WyJ0aXRsZSIsIkhhcmJvdXIgbWFzdCIsIjAxOTBhMmMzIl0",
}
BY_FORMAT: Final[Mapping[str, Any]] = {
    "uuid": "0190a2c3-7d4e-7c11-9a55-0d3f5b2c8e41",
    "date-time": "2026-01-31T12:00:00Z",
    "password": "correct horse battery staple",
}
_TEXTS: Final = ("example", "1", "a" * 64, "-")
DEPTH_MAX: Final = 8


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A value that a JSON Schema accepts; `schemas` resolves references by their last part."""
    if depth > DEPTH_MAX:
        return None
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth + 1)
    given = [*schema.get("examples", ()), *schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    if not given and name in BY_NAME and schema.get("type") in ("integer", "number"):
        given = [BY_NAME[name]]
    if given:
        return given[0]
    if options := schema.get("anyOf"):
        chosen = next((option for option in options if option.get("type") != "null"), options[0])
        return example_of(chosen, schemas, name, depth + 1)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:  # noqa: ANN401 - JSON
    match schema.get("type"):
        case "object":
            value: Any = _of_object(schema, schemas, depth)
        case "array":
            items = schema.get("prefixItems") or ([schema["items"]] if schema.get("items") else [])
            value = [example_of(item, schemas, name, depth + 1) for item in items]
        case "string":
            value = _of_text(schema, name)
        case "integer" | "number" as kind:
            usual = 42 if kind == "integer" else 42.5
            value = max(schema.get("minimum", usual), min(schema.get("maximum", usual), usual))
        case _:
            value = schema.get("default", True if schema.get("type") == "boolean" else None)
    return value


def _of_object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if properties := schema.get("properties"):
        return {key: example_of(value, schemas, key, depth + 1) for key, value in properties.items()}
    more = schema.get("additionalProperties")
    return {"name": example_of(more, schemas, "", depth + 1)} if isinstance(more, Mapping) else {}


def _of_text(schema: Mapping[str, Any], name: str) -> str:
    pattern = re.compile(schema.get("pattern", ""))
    known = [BY_NAME[name]] if name in BY_NAME else []
    by_format = [BY_FORMAT[schema["format"]]] if schema.get("format") in BY_FORMAT else []
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 1 << 20)
    for text in (*by_format, *known, *([schema["default"]] if schema.get("default") else ()), *_TEXTS):
        if pattern.search(text) and shortest <= len(text) <= longest:
            return str(text)
    return ""
