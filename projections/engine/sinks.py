"""Where the effects of a batch gather, table by table, before they are written.

For states also what is known of the rows before.

A state that an effect must look at first (a part of a row, a sum, a fold, a history) is *kept*: its rows are loaded
once, by entity, and remembered. Every other state is written blind: whoever names all columns need not know what stood
there.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from contracts.language.errors import ContractBroken
from projections.engine.changes import Appended, Change, Closing, Key, Replaced, Row, Versioned
from projections.engine.happened import Happened
from projections.engine.table import Log, Samples, State

GROUPS_KEPT_MAX: Final = 25_000
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)


class Watermark:
    """The newest event time a projection has seen. It never runs backwards, so neither does anything measured by it."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = BEGINNING


class AppendSink:
    """Rows for a Log or Samples.

    What is older than the table keeps is left out, so that no late row outlives its neighbours.
    """

    def __init__(self, table: Samples | Log, watermark: Watermark) -> None:
        self.table = table
        self._watermark = watermark
        self._keep = timedelta(days=table.keep_days) if table.keep_days else None
        self._rows: list[Row] = []
        self._sequence = 0
        self._position = 0

    def add(self, happened: Happened, row: Row) -> None:
        """Take one row; a Log's gets its place within the event."""
        if self._keep is not None and self._watermark.at - happened.sampled_at > self._keep:
            return
        if isinstance(self.table, Log):
            self._position = self._position + 1 if happened.sequence == self._sequence else 0
            self._sequence = happened.sequence
            row = (*row, self._position)
        self._rows.append(row)

    def take(self) -> Change | None:
        """Hand over what gathered, and begin anew."""
        rows, self._rows = self._rows, []
        return Appended(self.table, rows) if rows else None


class Entry:
    """One row of a state as it is known: its values, the struct of them once somebody needed one, and its place."""

    __slots__ = ("changed_at", "is_stored", "recorded_from", "sequence", "struct", "valid_from", "values")

    def __init__(
        self,
        values: Sequence[Any],
        struct: msgspec.Struct | None,
        sequence: int,
        times: tuple[datetime, datetime, datetime],
        *,
        is_stored: bool = False,
    ) -> None:
        self.values = values
        self.struct = struct
        self.sequence = sequence
        self.changed_at, self.valid_from, self.recorded_from = times
        self.is_stored = is_stored


Group = dict[Key, Entry]


class StateSink:
    """The rows of a State that a batch touches, without history."""

    def __init__(self, table: State, watermark: Watermark, *, is_kept: bool) -> None:
        self.table = table
        self.is_kept = is_kept
        self.watermark = watermark
        self._key = [table.positions[name] for name in table.key]
        self._entity = table.positions[table.entity] if table.entity else None
        self._groups: dict[Key, Group] = {}
        self._cleared: dict[Key, None] = {}
        self._changed: dict[Key, Key] = {}

    def key_of(self, tenant: Any, values: Sequence[Any]) -> Key:  # noqa: ANN401  # whatever a column holds
        """The key of a row."""
        return (tenant, *[values[place] for place in self._key])

    def group_of(self, tenant: Any, values: Sequence[Any]) -> Key:  # noqa: ANN401  # whatever a column holds
        """The group of a row: its tenant and entity, or its key where the table has no entity."""
        return self.key_of(tenant, values) if self._entity is None else (tenant, values[self._entity])

    def group_of_key(self, key: Key) -> Key:
        """The group that a row with this key belongs to."""
        if self._entity is None:
            return key
        return (key[0], key[1 + self.table.key.index(self.table.entity)])

    def knows(self, group: Key) -> bool:
        """Whether the rows of a group are loaded."""
        return group in self._groups

    def load(self, groups: Iterable[Key], rows: Iterable[Sequence[Any]]) -> None:
        """Remember what the database holds of these groups: whole rows, in the order of the table's columns."""
        for group in groups:
            self._groups[group] = {}
        loads = [column.load for column in self.table.columns]
        for tenant, *row in rows:
            values = [
                value if load is None or value is None else load(value)
                for load, value in zip(loads, row, strict=False)  # the engine's own columns follow
            ]
            entry = self._stored(values, row[len(loads) :])
            self._groups[self.group_of(tenant, values)][self.key_of(tenant, values)] = entry

    def _stored(self, values: Sequence[Any], engine: Sequence[Any]) -> Entry:
        sequence, changed_at = engine
        return Entry(values, None, sequence, (changed_at, changed_at, changed_at), is_stored=True)

    def find(self, group: Key, key: Key) -> Entry | None:
        """The row under a key as it is now; the group must be loaded."""
        try:
            return self._groups[group].get(key)
        except KeyError:
            raise ContractBroken(
                f"Rows of {self.table.name} under {group} were written for another entity's event"
            ) from None

    def put(self, happened: Happened, values: Sequence[Any], struct: msgspec.Struct | None = None) -> None:
        """Set a whole row."""
        group = self.group_of(happened.tenant_id, values)
        self._put(group, self.key_of(happened.tenant_id, values), self._entry(happened, values, struct))

    def _entry(self, happened: Happened, values: Sequence[Any], struct: msgspec.Struct | None = None) -> Entry:
        times = (happened.occurred_at, self.watermark.at, happened.recorded_at)
        return Entry(values, struct, happened.sequence, times)

    def _put(self, group: Key, key: Key, entry: Entry) -> None:
        rows = self._groups.get(group)
        if rows is None:
            rows = self._groups[group] = {}
        rows[key] = entry
        self._changed[key] = group

    def drop(self, _: Happened, group: Key, key: Key) -> None:
        """Take a row away."""
        self._groups.setdefault(group, {}).pop(key, None)
        self._changed[key] = group

    def replace(self, happened: Happened, group: Key, rows: Iterable[Sequence[Any]]) -> None:
        """Set all rows of a group."""
        for key in self._groups.pop(group, {}):
            self._changed.pop(key, None)
        self._groups[group] = {}
        self._cleared[group] = None
        for values in rows:
            self.put(happened, values)

    def take(self) -> Change | None:
        """Hand over what changed. Kept rows stay known."""
        changed, self._changed = self._changed, {}
        cleared, self._cleared = self._cleared, {}
        if not changed and not cleared:
            return None
        change = Replaced(self.table, list(cleared), [], [], [])
        for key, group in changed.items():
            entry = self._groups[group].get(key)
            if entry is None:
                change.gone.append(key)
            else:
                row = (key[0], *entry.values, entry.sequence, entry.changed_at)
                (change.fresh if group in cleared else change.rows).append(row)
        if not self.is_kept:
            self._groups = {}
        return change

    def forget(self) -> None:
        """Let the oldest groups go when too many are known; only between batches."""
        for group in list(self._groups)[: max(0, len(self._groups) - GROUPS_KEPT_MAX)]:
            del self._groups[group]


class HistorySink(StateSink):
    """The same for a State with history: every event that touches a row makes a version."""

    def __init__(self, table: State, watermark: Watermark) -> None:
        super().__init__(table, watermark, is_kept=True)
        self._closed: list[Closing] = []
        self._opened: dict[tuple[Key, int], Row] = {}
        self._new: list[Entry] = []

    def _put(self, group: Key, key: Key, entry: Entry) -> None:
        self._end(key, self.find(group, key), entry.sequence, entry.valid_from, entry.recorded_from)
        self._groups[group][key] = entry
        self._opened[key, entry.sequence] = _version(key, entry, None, None)
        self._new.append(entry)

    def drop(self, happened: Happened, group: Key, key: Key) -> None:
        """End the version of a row."""
        self._end(key, self.find(group, key), happened.sequence, self.watermark.at, happened.recorded_at)
        self._groups[group].pop(key, None)

    def replace(self, happened: Happened, group: Key, rows: Iterable[Sequence[Any]]) -> None:
        """Set all rows of a group; those that are the same stay as they are."""
        wanted = {self.key_of(happened.tenant_id, values): values for values in rows}
        for key in [key for key in self._groups[group] if key not in wanted]:
            self.drop(happened, group, key)
        for key, values in wanted.items():
            before = self.find(group, key)
            if before is None or tuple(before.values) != tuple(values):
                self._put(group, key, self._entry(happened, values))

    def _stored(self, values: Sequence[Any], engine: Sequence[Any]) -> Entry:
        sequence, changed_at, valid_from, _, recorded_from, _ = engine
        return Entry(values, None, sequence, (changed_at, valid_from, recorded_from), is_stored=True)

    def _end(self, key: Key, entry: Entry | None, sequence: int, valid_to: datetime, recorded_to: datetime) -> None:
        if entry is None:
            return
        if entry.sequence == sequence:  # made by this very event: it never stood for anybody
            self._opened.pop((key, sequence), None)
        elif entry.is_stored:
            self._closed.append(Closing(key, entry.sequence, valid_to, recorded_to))
        else:
            self._opened[key, entry.sequence] = _version(key, entry, valid_to, recorded_to)

    def take(self) -> Change | None:
        """Hand over the versions that ended and began."""
        closed, self._closed = self._closed, []
        opened, self._opened = self._opened, {}
        if not closed and not opened:
            return None
        new, self._new = self._new, []
        for entry in new:
            entry.is_stored = True
        return Versioned(self.table, closed, list(opened.values()))


def _version(key: Key, entry: Entry, valid_to: datetime | None, recorded_to: datetime | None) -> Row:
    return (
        key[0],
        *entry.values,
        entry.sequence,
        entry.changed_at,
        entry.valid_from,
        valid_to,
        entry.recorded_from,
        recorded_to,
    )
