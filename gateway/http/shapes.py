"""The JSON Schemas of what is sent and answered, each under its name once."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, Final

import msgspec
from msgspec import inspect

from contracts.language.errors import ContractBroken
from gateway.http.examples import example_of

REFERENCE: Final = "#/components/schemas/{name}"
JSON: Final = "application/json"
INSTANT: Final = "date-time"
Json = dict[str, Any]


class Shapes:
    """The shapes that operations mention, collected while the document is written."""

    def __init__(self) -> None:
        self.components: Json = {}

    def of(self, kind: Any) -> Json:  # noqa: ANN401 - a type expression
        """The schema of a type; raises ContractBroken when two different shapes have one name."""
        (schema,), found = msgspec.json.schema_components((kind,), ref_template=REFERENCE)
        info = inspect.type_info(kind)
        _say_instants(info, schema)
        for struct in _structs(info, set()):
            for field in struct.fields:
                _say_instants(field.type, found[struct.cls.__name__]["properties"][field.encode_name])
        for name, shape in found.items():
            if "description" in shape:
                shape["description"] = cleandoc(shape["description"])
            if self.components.setdefault(name, shape) != shape:
                raise ContractBroken(f"Two shapes of the API are called {name}: rename one")
        return schema

    def content(self, schema: Json, media_type: str = JSON) -> Json:
        """A body of that schema, with an example."""
        return {media_type: {"schema": schema, "example": example_of(schema, self.components)}}


def _say_instants(kind: inspect.Type, schema: Json) -> None:
    """Say of an instant that it is one: msgspec does so only for types that insist on a zone, and ours all have one."""
    match kind:
        case inspect.DateTimeType():
            schema["format"] = INSTANT
        case inspect.UnionType(types=members):
            texts = [option for option in schema.get("anyOf", ()) if option == {"type": "string"}]
            if texts and any(isinstance(member, inspect.DateTimeType) for member in members):
                texts[0]["format"] = INSTANT
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            _say_instants(item, schema["items"])
        case inspect.Metadata(type=inner):
            _say_instants(inner, schema)
        case _:
            pass


def _structs(kind: Any, seen: set[type]) -> Iterator[inspect.StructType]:  # noqa: ANN401 - any node of msgspec's tree
    """Every struct inside a type, itself included, once."""
    if isinstance(kind, inspect.StructType):
        if kind.cls in seen:
            return
        seen.add(kind.cls)
        yield kind
        inner = [field.type for field in kind.fields]
    else:
        names = ("type", "types", "item_type", "item_types", "key_type", "value_type")
        found = [getattr(kind, name, ()) for name in names]
        inner = [node for nodes in found for node in (nodes if isinstance(nodes, tuple) else (nodes,))]
    for node in inner:
        yield from _structs(node, seen)
