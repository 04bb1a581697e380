"""One OpenAPI operation for each view, command and endpoint, with an example of all that is sent and answered."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from contracts.language.message import Command, CommandSpec
from gateway.http import exports
from gateway.http.authorization import OPEN
from gateway.http.bodies import BodyShape
from gateway.http.endpoints import Endpoint
from gateway.http.limits import PAGE_ROWS, PAGE_ROWS_MAX, POINTS_MAX
from gateway.http.outcomes import Accepted
from gateway.http.problems import MEDIA_TYPE, Problem
from gateway.http.reading import Reader
from gateway.http.shapes import Json, Shapes
from gateway.http.statements import path_parameters
from gateway.http.views import REQUIRED, Match, Shape, View

ALWAYS: Final = (401, 403, 429, 503)


def of_view(reader: Reader, shapes: Shapes) -> Json:
    """The GET of a view."""
    view = reader.plan.view
    answer: Json = {"description": reader.plan.sentence, "content": shapes.content(_answered(view, shapes))}
    responses: Json = {"200": answer, **_refused(400, 404, *ALWAYS)}
    parameters = [*_in_path(view.path), *_words(reader, shapes), TENANT_HEADER]
    if view.shape is Shape.LIST:
        for media in exports.SUFFIXES:
            answer["content"][media] = {"schema": {"type": "string"}}
    if view.shape is Shape.ONE:
        answer["headers"] = {"ETag": _header("Send it back as If-None-Match, or as If-Match with a change.")}
        responses["304"] = {"description": "You have it already."}
        parameters.append(_sent("If-None-Match", "The ETag that you have."))
    return _operation(reader.plan.name, view.path, reader.plan.sentence, parameters, responses)


def of_command(spec: CommandSpec, answer: View, shapes: Shapes) -> Json:
    """The POST, PUT or DELETE of a command."""
    shape = BodyShape(spec)
    status = HTTPStatus.CREATED if spec.creates else HTTPStatus.OK
    shown: Json = {
        "description": "It is done, and this is how it is now.",
        "content": shapes.content(shapes.of(answer.row)),
        "headers": {
            "ETag": _header("The tag of the resource as it is now."),
            "Tod-Sequence": _header("The place in the log of what was decided."),
        },
    }
    if spec.creates:
        shown["headers"]["Location"] = _header("Where the new resource is.")
    responses: Json = {
        str(int(status)): shown,
        "202": {
            "description": "It is in the log; look at the operation for what comes of it.",
            "content": shapes.content(shapes.of(Accepted)),
        },
        **_refused(400, 404, 408, 409, 412, 413, 415, 422, 504, *ALWAYS),
    }
    parameters = [*_in_path(spec.path), *COMMAND_HEADERS, *(() if spec.platform else (TENANT_HEADER,))]
    operation = _operation(spec.command.name, spec.path, _first_line(spec.command), parameters, responses)
    if not shape.is_empty:
        operation["requestBody"] = {
            "required": not shape.is_optional,
            "content": shapes.content(shapes.of(shape.struct)),
        }
    return operation


def of_endpoint(endpoint: Endpoint, shapes: Shapes) -> Json:
    """A route written by hand."""
    responses: Json = {}
    for answer in endpoint.answers:
        schema = {"type": "string"} if answer.shape is None else shapes.of(answer.shape)
        content = {answer.media_type: {"schema": schema}} if answer.shape is None else shapes.content(schema)
        responses[str(answer.status)] = {"description": answer.description, "content": content}
    is_open = endpoint.access == OPEN
    words = [_word(word.name, shapes.of(word.type), word.description) for word in endpoint.words]
    parameters = [*_in_path(endpoint.path), *words]
    may_refuse = (400, *ALWAYS, *((408, 409, 413, 415, 422) if endpoint.body is not None else ()))
    responses.update(_refused(*endpoint.refusals) if is_open else _refused(*may_refuse))
    name = "_".join(re.findall(r"[a-z]+", re.sub(r":[a-z]+", "", endpoint.path)))
    if endpoint.method != "GET":
        name = f"{endpoint.method.lower()}_{name}"
    operation = _operation(name, endpoint.path.removeprefix("/api"), endpoint.summary, parameters, responses)
    if endpoint.description:
        operation["description"] = endpoint.description
    if is_open:
        operation["security"] = []
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": endpoint.is_body_needed,
            "content": shapes.content(shapes.of(endpoint.body)),
        }
    return operation


def problem_responses(shapes: Shapes, errors: Iterable[tuple[int, list[tuple[str, str]]]]) -> Json:
    """The shared answers for refusals, one per status, each with an example of its first code."""
    schema = shapes.of(Problem)
    return {
        _problem(status): {
            "description": "; ".join(f"{title} (`{code}`)" for code, title in codes),
            "content": {
                MEDIA_TYPE: {
                    "schema": schema,
                    "example": {
                        "type": f"urn:tod:problem:{codes[0][0]}",
                        "title": codes[0][1],
                        "status": status,
                        "detail": "What was wrong with this request, and what to do about it.",
                        "code": codes[0][0],
                        "request_id": "6f1c2a7be40d9358",
                    },
                }
            },
        }
        for status, codes in errors
    }


def _operation(name: str, path: str, summary: str, parameters: list[Json], responses: Json) -> Json:
    operation: Json = {
        "operationId": name.replace(".", "_"),
        "summary": summary,
        "tags": [path.strip("/").split("/")[0] or "platform"],
        "responses": dict(sorted(responses.items())),
    }
    return {**operation, "parameters": parameters} if parameters else operation


def _answered(view: View, shapes: Shapes) -> Json:
    row = shapes.of(view.row)
    if view.shape is Shape.ONE:
        return row
    if view.shape is Shape.LIST:
        following = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The cursor of the next page."}
        return _object({"items": {"type": "array", "items": row}, "next": following})
    instant = {"type": "string", "format": "date-time"}
    grains = [grain.name for grain in view.resolutions]
    return _object(
        {
            "from_at": instant,
            "to_at": instant,
            "resolution": {"type": "string", "enum": grains},
            "step_seconds": {"type": "integer"},
            "points": {"type": "array", "items": row},
        }
    )


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _words(reader: Reader, shapes: Shapes) -> list[Json]:
    """Every parameter that the query string may hold."""
    view = reader.plan.view
    words = []
    for chosen in view.filters:
        schema = shapes.of(reader.plan.type_of(chosen))
        many = {"type": "array", "items": schema} if chosen.match is Match.ANY_OF else schema
        words.append(_word(chosen.name, many, chosen.description or _FILTERS[chosen.match].format(chosen.compared)))
    for parameter in view.parameters:
        is_needed = parameter.default is REQUIRED
        words.append(_word(parameter.name, shapes.of(parameter.type), parameter.description, is_needed=is_needed))
    return [*words, *_engine_words(view, shapes)]


def _engine_words(view: View, shapes: Shapes) -> list[Json]:
    instant, whole = shapes.of(datetime), {"type": "integer", "minimum": 0}
    words = []
    if view.shape is Shape.LIST:
        orders = [way + name.removeprefix("-") for name in view.sorts or (view.key,) for way in ("", "-")]
        rows = {"type": "integer", "minimum": 1, "maximum": PAGE_ROWS_MAX, "default": PAGE_ROWS}
        words += [
            _word("limit", rows, "Rows of a page."),
            _word("cursor", {"type": "string"}, "`next` of the page before."),
            _word("sort", {"type": "string", "enum": orders}, "The order; `-` for downwards."),
        ]
    if view.shape is Shape.SERIES:
        grains = [grain.name for grain in view.resolutions]
        words += [
            _word("from_at", instant, "The first instant; a day before the last unless given."),
            _word("to_at", instant, "The last instant; now unless given."),
            _word(
                "resolution",
                {"type": "string", "enum": grains},
                f"The grain; the finest with at most {POINTS_MAX} points unless given.",
            ),
        ]
    if view.is_dated:
        words.append(_word("as_of", instant, "How it was at this instant."))
    words.append(_word("after", whole, "Answer not before the read model has come to this sequence of the log."))
    return words


_FILTERS: Final[Mapping[Match, str]] = {
    Match.EQUALS: "Rows with this {}.",
    Match.ANY_OF: "Rows with one of these {}; may be given several times.",
    Match.CONTAINS: "Rows whose {} contains this, in any case.",
    Match.TEXT: "Rows whose {} has these words.",
    Match.AT_LEAST: "Rows whose {} is this or more.",
    Match.AT_MOST: "Rows whose {} is this or less.",
}


def _word(name: str, schema: Json, description: str, *, is_needed: bool = False) -> Json:
    return {"name": name, "in": "query", "required": is_needed, "schema": schema, "description": description}


def _in_path(path: str) -> list[Json]:
    schema = {"type": "string", "format": "uuid"}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schema if f"{{{name}:uuid}}" in path else {"type": "string"},
        }
        for name in path_parameters(path)
    ]


def _sent(name: str, description: str, **schema: Any) -> Json:  # noqa: ANN401 - keywords of JSON Schema
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string", **schema},
        "description": description,
    }


TENANT_HEADER: Final = _sent("Tod-Tenant", "The tenant a super admin acts for.", format="uuid")
COMMAND_HEADERS: Final = (
    _sent("Idempotency-Key", "The same key is done once, however often it is sent.", maxLength=200),
    _sent("If-Match", "Only if nothing newer is known of the resource than this ETag."),
    _sent("Prefer", "`respond-async`: answer 202 at once."),
    _sent("Tod-Reason", "Why, percent-encoded where it is not ASCII; it is kept with the command.", maxLength=600),
)


def _header(description: str) -> Json:
    return {"schema": {"type": "string"}, "description": description}


def _first_line(command: type[Command]) -> str:
    return (command.__doc__ or "").strip().partition("\n")[0]


def _problem(status: int) -> str:
    return f"Problem{status}"


def _refused(*statuses: int) -> Json:
    return {str(status): {"$ref": f"#/components/responses/{_problem(status)}"} for status in (*statuses, 500)}
