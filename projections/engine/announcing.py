"""What is newly visible, said on the live subjects after the commit.

Which model, up to which sequence, about which entities.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from contracts.language.delivery import Publisher
from contracts.language.identity import TenantId
from contracts.language.subject import live_subject
from projections.engine.batch import Applied
from projections.engine.changes import Replaced

KEYS_MAX: Final = 200
_ENCODER: Final = msgspec.json.Encoder()


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A batch as one tenant sees it.

    `keys` are the entities, None when there are too many; `rows` only where the model says so.
    """

    model: str
    stream: str
    sequence: int
    count: int
    keys: list[str] | None
    rows: dict[str, list[dict[str, Any]]] = {}


def notices(applied: Applied, sequence: int) -> Iterator[tuple[TenantId, Notice]]:
    """One notice for each tenant that a batch touched."""
    for tenant, entities in applied.touched.items():
        keys = list(entities) if len(entities) <= KEYS_MAX else None
        projection = applied.projection
        rows = _rows(applied, tenant) if projection.announce_rows else {}
        yield tenant, Notice(projection.name, projection.stream, sequence, len(entities), keys, rows)


def _rows(applied: Applied, tenant: TenantId) -> dict[str, list[dict[str, Any]]]:
    """The rows of this tenant as they are now, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in applied.changes:
        if isinstance(change, Replaced):
            names = [column.name for column in change.table.all_columns]
            rows = [dict(zip(names, row, strict=True)) for row in (*change.fresh, *change.rows) if row[0] == tenant]
            if rows:
                found[change.table.name] = rows[:KEYS_MAX]
    return found


async def announce(publisher: Publisher, applied: Iterable[Applied], sequence: int) -> None:
    """Tell everybody; nobody stores it, and whoever missed it reads the table."""
    for each in applied:
        for tenant, notice in notices(each, sequence):
            await publisher.notify(live_subject(tenant, notice.model), _ENCODER.encode(notice))
