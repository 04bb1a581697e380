"""Structured logging for every process: one JSON object a line, or colours on a terminal; never a secret.

An event's name comes first (`device.unreachable`), context after it. `bind` puts context on everything that is logged
in a task.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO

import structlog
from structlog.contextvars import bind_contextvars as bind
from structlog.contextvars import unbind_contextvars as unbind
from structlog.types import EventDict, WrappedLogger

__all__ = ["bind", "configure", "redact", "unbind"]

STARS: Final = "****"
DEPTH_MAX: Final = 6
_SECRET_KEY: Final = re.compile(
    r"passw|secret|token|credential|authorization|cookie|private|seed|script|config_text|sealed|plaintext|api_key",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"(?P<keep>=(?:password|secret|response|passphrase)=)\S+"  # RouterOS words
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"  # JSON web tokens
    r"|\bmktp_\w+"  # API keys
    r"|\bhvs\.[\w.-]+|\bs\.[A-Za-z0-9]{24,}"  # key service tokens
    r"|\bv1\.[\w-]+\.[0-9a-f*-]+\.\d+\.[\w-]+\.[0-9a-f]{64}"  # tenant tokens
    r"|\bSU[A-Z2-7]{50,}"  # nkey seeds
    r"|(?P<url>://[^:/@\s]+:)[^@/\s]+(?=@)"  # passwords in addresses
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put stars where a secret may be: by the name of the field, and by the look of the text."""
    for key, value in event.items():
        event[key] = _clean(key, value, 0)
    return event


def _clean(key: str, value: Any, depth: int) -> Any:  # noqa: ANN401 - whatever somebody logs
    if isinstance(value, bool | int | float | None):
        return value
    if _SECRET_KEY.search(key) and key != "event":
        return STARS
    if isinstance(value, Mapping) and depth < DEPTH_MAX:
        return {name: _clean(str(name), item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEPTH_MAX:
        return [_clean("", item, depth + 1) for item in value]
    return _SECRET_TEXT.sub(_stars, str(value))


def _stars(match: "re.Match[str]") -> str:
    return (match["keep"] or match["url"] or "") + STARS


def configure(process: str, *, level: str = "info", is_json: bool | None = None, stream: TextIO = sys.stderr) -> None:
    """Set up logging of one process, that of libraries included; JSON unless a person is watching."""
    as_json = not stream.isatty() if is_json is None else is_json
    before: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if as_json else structlog.processors.StackInfoRenderer(),
        redact,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)  # no locals: secrets
    )
    structlog.configure(
        processors=[*before, renderer],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    structlog.contextvars.clear_contextvars()
    bind(process=process)
