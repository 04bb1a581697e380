"""Replies to the parts of one poll; pure, and the only place where an observation of a device is made.

What it wants to remember for the next look is handed back, not kept: it counts only once the poll is published.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from contracts.language.codec import body
from contracts.language.errors import DeviceRejected, DeviceTimeout
from pollers.device.ask import Reply
from pollers.engine.collector import Look, Plan, Seen, Survey, Table, table_of

PARTS_BYTES_MAX: Final = 900 * 1024
"""Of all parts of a poll together; a message of the bus holds 1 MiB, and its envelope needs a share."""

_NOT_ALLOWED: Final = ("not enough permissions", "failure: not allowed")


class Memory(msgspec.Struct, frozen=True):
    """What is kept of a device from look to look: a mark per collector, and the questions it has no menu for."""

    marks: tuple[object, ...]
    missing: int = 0


class Observed(msgspec.Struct, frozen=True):
    """The parts to publish, the names of those too big for a message, and what to remember once it is published."""

    parts: dict[str, msgspec.Raw]
    left_out: tuple[str, ...]
    memory: Memory


def blank(survey: Survey) -> Memory:
    """What is remembered of a device that was never looked at."""
    return Memory((None,) * len(survey.entries))


def observe(
    survey: Survey, plan: Plan, replies: Sequence[Reply], memory: Memory, *, at: datetime, refresh: int = 0
) -> Observed:
    """Make of one round trip what is to be published, and what is to be remembered.

    A menu that is not there is remembered as missing (facts 5.4). A collector waits for the next round when one of its
    answers came late or was refused for another reason than a missing menu or permission.
    """
    tables, missing, broken = _tables(plan, replies)
    missing |= memory.missing
    parts: dict[str, msgspec.Raw] = {}
    marks = list(memory.marks)
    for reader in plan.readers:
        number = reader.number
        entry = survey.entries[number]
        if entry.needs & broken or not entry.needs & ~missing:
            continue
        look = Look(
            tuple(_columns(tables.get(q), c) for q, c in zip(entry.questions, reader.columns, strict=True)),
            at,
            memory.marks[number],
            bool(refresh >> number & 1),
        )
        seen: Seen = entry.collector.step(look)
        marks[number] = seen.mark
        if seen.observation is None:
            continue
        parts[entry.part] = msgspec.Raw(body(seen.observation))
        if entry.collector.is_identity and memory.marks[number] is not None:
            missing = 0
    return Observed(parts, _trim(parts), Memory(tuple(marks), missing))


def _tables(plan: Plan, replies: Sequence[Reply]) -> tuple[dict[int, Table], int, int]:
    """The answers by question, the questions without a menu, and those whose answer did not come through."""
    tables: dict[int, Table] = {}
    missing = broken = 0
    for question, ask, reply in zip(plan.questions, plan.asks, replies, strict=True):
        try:
            tables[question] = table_of(ask, reply)
        except DeviceRejected:
            trap = reply.trap
            if trap is not None and trap.is_no_such_menu:
                missing |= 1 << question
            elif trap is None or not trap.message.startswith(_NOT_ALLOWED):
                broken |= 1 << question
        except DeviceTimeout:
            broken |= 1 << question
    return tables, missing, broken


def _columns(table: Table | None, columns: Sequence[int]) -> Table | None:
    """The columns that one collector declared."""
    return None if table is None else tuple(table[column] for column in columns)


def _trim(parts: dict[str, msgspec.Raw]) -> tuple[str, ...]:
    """Take the biggest parts out until the rest fits into one message; names what was taken."""
    left_out = []
    while sum(len(memoryview(part)) for part in parts.values()) > PARTS_BYTES_MAX:
        biggest = max(parts, key=lambda name: len(memoryview(parts[name])))
        del parts[biggest]
        left_out.append(biggest)
    return tuple(left_out)
