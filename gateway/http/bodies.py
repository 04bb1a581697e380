"""What a command looks like over HTTP.

Its struct, without what the path says or the gateway makes, and with secrets as plain text.

A field of type Sealed becomes write-only text of bounded length, a Personal one the text that its command says. The
derived struct is strict: an unknown field is an error, so that a misspelled option is not silently left out.
"""

from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec
from litestar import Request
from msgspec import Meta

from contracts.language.errors import ContractBroken, InvalidRequest
from contracts.language.message import Command, CommandSpec
from contracts.language.sealed import Personal, Sealed
from contracts.language.text import IN_WORDS
from gateway.http.limits import body_of
from gateway.http.problems import MediaRefused
from gateway.http.statements import path_parameters

Body = TypeVar("Body", bound=msgspec.Struct)
SECRET_CHARACTERS_MAX: Final = 1024
Secret = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=SECRET_CHARACTERS_MAX,
        description="Sealed at once with the tenant's key; it is never shown again.",
        extra_json_schema={"writeOnly": True, "format": "password"},
    ),
]


class Readable(Protocol):
    """What reads a body: raises msgspec's errors for one that does not fit."""

    def __call__(self, data: bytes, /) -> Any:  # noqa: ANN401 - whatever the body is
        """The body read."""
        ...


async def body_read(request: Request[Any, Any, Any], read: Readable) -> Any:  # noqa: ANN401 - whatever `read` gives
    """A JSON body, checked; raises InvalidRequest saying where it does not fit, or MediaRefused."""
    data = await body_of(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if data and media != "application/json":
        raise MediaRefused(f"Send the body as application/json, not as {media or 'nothing named'}")
    try:
        return read(data)
    except msgspec.ValidationError as error:
        raise InvalidRequest(complaint_of(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidRequest(f"The body is not JSON that can be read: {said}") from error


def complaint_of(error: msgspec.ValidationError) -> str:
    """What is wrong with a body and where, with patterns that stand for something said in words."""
    text = str(error)
    for pattern, words in IN_WORDS.items():
        text = text.replace(f"`str` matching regex {pattern!r}", words)
    return text


async def body_as(request: Request[Any, Any, Any], shape: type[Body]) -> Body:
    """A JSON body as a struct; no body at all is an empty one."""
    body: Body = await body_read(request, lambda data: msgspec.json.decode(data or b"{}", type=shape))
    return body


class BodyShape:
    """The body of one command: the derived struct, and how it becomes the command again."""

    def __init__(self, spec: CommandSpec) -> None:
        command = spec.command
        fields = msgspec.structs.fields(command)
        known = {field.name for field in fields}
        self.in_path = path_parameters(spec.path)
        if missing := set(self.in_path) - known:
            raise ContractBroken(
                f"The path of {command.name} holds {', '.join(sorted(missing))}, which it has no field for"
            )
        if not spec.creates and command.entity not in {*self.in_path, *command.given}:
            raise ContractBroken(f"The path of {command.name} must hold {command.entity}: nothing is created by it")
        taken = {*self.in_path, command.entity, *command.given, *command.filled}
        sent = [field for field in fields if field.name not in taken]
        self.secrets = frozenset(field.name for field in sent if _is_secret(field))
        self.personal = frozenset(field.name for field in sent if field.type is Personal)
        self.struct = msgspec.defstruct(
            command.__name__,
            [_as_sent(field, command) for field in sent],
            module=__name__,
            namespace={"__doc__": command.__doc__},
            forbid_unknown_fields=True,
            kw_only=True,
            frozen=True,
        )
        self._decoder = msgspec.json.Decoder(self.struct)
        self.is_empty = not sent
        self.is_optional = all(not field.required for field in sent)

    def read(self, data: bytes) -> dict[str, Any]:
        """The fields that were sent, with the defaults of those that were not; raises msgspec's errors."""
        return msgspec.structs.asdict(self._decoder.decode(data or b"{}" if self.is_optional else data))


def _is_secret(field: msgspec.structs.FieldInfo) -> bool:
    return field.type is Sealed or field.type == Sealed | None


def _as_sent(field: msgspec.structs.FieldInfo, command: type[Command]) -> tuple[Any, ...]:
    kind = field.type
    if _is_secret(field):
        kind = Secret if field.required else Secret | None
    elif kind is Personal:
        kind = command.plain[field.name]
    if field.required:
        return (field.name, kind)
    if field.default_factory is not msgspec.NODEFAULT:
        return (field.name, kind, msgspec.field(default_factory=field.default_factory))
    return (field.name, kind, field.default)


def as_command(shape: type[Command], fields: dict[str, Any]) -> Command:
    """The command itself, of checked fields."""
    return msgspec.convert(fields, shape)
