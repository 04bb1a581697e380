"""The JSON Schema of every message, under the address that its `ce-dataschema` header names."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response

from contracts.language.access import Permission
from contracts.language.codec import SCHEMA_ROOT, part_name
from contracts.language.errors import NotFound
from contracts.language.message import Message
from contracts.language.schema import json_schema
from gateway.http.endpoints import Answer, Endpoint

SUFFIX: Final = ".json"


class MessageSchemas:
    """The shapes of the log, for whoever reads it downstream."""

    def __init__(self, messages: Sequence[type[Message]]) -> None:
        self._by_file = {
            f"{part_name(shape)}{SUFFIX}": msgspec.json.encode(json_schema(shape, messages, {})) for shape in messages
        }

    def endpoint(self) -> Endpoint:
        """Its route."""
        return Endpoint(
            method="GET",
            path=f"{SCHEMA_ROOT}/{{file:str}}",
            access=Permission.DEVICES_READ,
            handler=self._answer,
            summary="The JSON Schema of one message, by name and version, such as `devices.added.v1.json`.",
            answers=(Answer(200, "The schema.", media_type="application/schema+json"),),
        )

    async def _answer(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        schema = self._by_file.get(str(request.path_params["file"]))
        if schema is None:
            raise NotFound("No message has this name and version: they read `<word>.<what>.v<version>.json`")
        return Response(schema, media_type="application/schema+json")
