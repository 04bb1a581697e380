"""What a command looks like over HTTP.

Its struct, without what the path says or the gateway makes, and with secrets as plain text.

A field of type Sealed becomes write-only text of bounded length. The derived struct is strict: an unknown field is an
error, so that a misspelled option is not silently left out.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from contracts.language.errors import ContractBroken
from contracts.language.message import Command, CommandSpec
from contracts.language.sealed import Sealed
from gateway.http.statements import path_parameters

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
        if not spec.creates and command.entity not in self.in_path:
            raise ContractBroken(f"The path of {command.name} must hold {command.entity}: nothing is created by it")
        taken = {*self.in_path, command.entity}
        sent = [field for field in fields if field.name not in taken]
        self.secrets = frozenset(field.name for field in sent if field.type is Sealed)
        self.struct = msgspec.defstruct(
            command.__name__,
            [_as_sent(field) for field in sent],
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


def _as_sent(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    kind = Secret if field.type is Sealed else field.type
    if field.required:
        return (field.name, kind)
    if field.default_factory is not msgspec.NODEFAULT:
        return (field.name, kind, msgspec.field(default_factory=field.default_factory))
    return (field.name, kind, field.default)


def as_command(shape: type[Command], fields: dict[str, Any]) -> Command:
    """The command itself, of checked fields."""
    return msgspec.convert(fields, shape)
