"""Replies as a device would give them: rows written to the wire and read back, cut down to what was asked for."""

from collections.abc import Mapping, Sequence

from pollers.device.ask import Ask, Reply
from pollers.device.dialect import spellings
from pollers.device.wire import SentenceReader, encode_sentence
from pollers.engine.collector import Plan

Rows = Sequence[Mapping[str, str]]

NO_SUCH_MENU = "no such command prefix"


def rows(ask: Ask, table: Rows) -> Reply:
    """Answer with rows, in UTF-8."""
    reply = Reply(ask.command)
    wanted = {name for field in ask.fields for name in spellings(field)}
    sentences = [
        encode_sentence(
            b"!re",
            b".tag=0",
            *(f"={name}={text}".encode() for name, text in row.items() if name in wanted or not wanted),
        )
        for row in table
    ]
    reply.sentences = SentenceReader().feed(b"".join(sentences))
    reply.is_done = True
    return reply


def counted(ask: Ask, count: int) -> Reply:
    """Answer a question for how many there are."""
    reply = Reply(ask.command)
    reply.ret = str(count)
    reply.is_done = True
    return reply


def trapped(ask: Ask, message: str = NO_SUCH_MENU) -> Reply:
    """Refuse."""
    reply = Reply(ask.command)
    reply.add_trap([f"=message={message}"])
    reply.is_done = True
    return reply


def late(ask: Ask) -> Reply:
    """Do not answer in time."""
    reply = Reply(ask.command)
    reply.is_late = True
    return reply


def of_menus(plan: Plan, menus: Mapping[str, Rows]) -> list[Reply]:
    """Answer a round trip from a device that has just these menus."""
    return [_of_menu(ask, menus.get(ask.command.removesuffix("/print"))) for ask in plan.asks]


def _of_menu(ask: Ask, table: Rows | None) -> Reply:
    if table is None:
        return trapped(ask)
    (words,) = SentenceReader().feed(ask.body + b"\0")
    chosen = [row for row in table if all(_matches(row, word) for word in words if word.startswith("?"))]
    return counted(ask, len(chosen)) if "=count-only=" in words else rows(ask, chosen)


def _matches(row: Mapping[str, str], word: str) -> bool:
    name, _, value = word.removeprefix("?").partition("=")
    return row.get(name) == value
