"""The handbook's page of settings, written from the structs that read them: it cannot tell anything else."""

from typing import Final

import msgspec
from msgspec import inspect

from ops.settings import (
    FILE,
    PREFIX,
    ClientSettings,
    CommandsSettings,
    EmbeddedSettings,
    GatewaySettings,
    MigrateSettings,
    PollersSettings,
    ProjectionsSettings,
)

PROCESSES: Final = (
    GatewaySettings,
    CommandsSettings,
    PollersSettings,
    ProjectionsSettings,
    MigrateSettings,
    ClientSettings,
    EmbeddedSettings,
)
HEAD: Final = f"""# Settings

Generated from `ops/settings.py`. Each process reads its own variables once, at start, and names the one that is
missing or wrong. Any of them may lie in a file: `{PREFIX}POSTGRES_URL{FILE.upper()}` holds the path of a file with what
`{PREFIX}POSTGRES_URL` would hold. `ops/up` sets them all by itself. What is decided while the platform runs, the mail
server for one, is set over HTTP: see [People](people.md).
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(kind) for kind in PROCESSES)


def _section(kind: type[msgspec.Struct]) -> str:
    lines = [f"\n## {kind.__name__.removesuffix('Settings')}\n\n{(kind.__doc__ or '').strip()}\n"]
    lines.append("\n| variable | default | values | what it is |\n|---|---|---|---|\n")
    return "".join(lines + sorted(_row(field) for field in fields_of(kind)))


def fields_of(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """The settings of one process, with their types and limits."""
    found = inspect.type_info(kind)
    return found.fields if isinstance(found, inspect.StructType) else ()


def told_of(field: inspect.Field) -> tuple[inspect.Type, str]:
    """The type of a setting, and what is said about it."""
    kind, said = field.type, ""
    while isinstance(kind, inspect.Metadata):
        said = said or (kind.extra_json_schema or {}).get("description", "")
        kind = kind.type
    return kind, said


def _row(field: inspect.Field) -> str:
    kind, said = told_of(field)
    default = "**needed**" if field.required else f"`{_written(field.default)}`" if field.default != "" else ""
    return f"| `{PREFIX}{field.name.upper()}` | {default} | {_values(kind)} | {said} |\n"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "`true`, `false`"
        case inspect.StrType(pattern=str(pattern)) if pattern.startswith("^("):
            return ", ".join(f"`{word}`" for word in pattern.strip("^()$").split("|"))
        case inspect.IntType() | inspect.FloatType():
            return _range(kind)
        case _:
            return "text"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is None:
        return f"more than {kind.gt}"
    return f"{kind.ge} or more" if kind.le is None else f"{kind.ge} to {kind.le}"
