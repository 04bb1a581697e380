"""Keyset paging: a page begins after the last row of the one before, wherever that row is by then.

No offset, no counting.

The cursor holds the order, the last sort value and the last key. It is opaque, not secret and not signed: it can only
say where in the caller's own rows to begin, and its values travel as bound parameters.
"""

import base64
import binascii
from typing import Any, Final

import msgspec

from contracts.language.errors import InvalidRequest
from gateway.http.columns import Columns
from gateway.http.tenancy import Record, encoded

CURSOR_BYTES_MAX: Final = 2048


class Order(msgspec.Struct, frozen=True):
    """How a list is ordered: by a column, ties broken by the key. Rows without a value come last in both directions."""

    column: str
    is_descending: bool
    key: str
    has_gaps: bool

    def __str__(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column

    @property
    def clause(self) -> str:
        """The ORDER BY of it."""
        way = "DESC" if self.is_descending else "ASC"
        tail = "" if self.column == self.key else f", {self.key} {way}"
        return f"{self.column} {way}{' NULLS LAST' if self.has_gaps else ''}{tail}"

    def after(self, value_at: str, key_at: str, *, is_gap: bool) -> str:
        """The condition of what follows a row; both arguments are placeholders."""
        beyond = "<" if self.is_descending else ">"
        if self.column == self.key:
            return f"{self.key} {beyond} {key_at}"
        if is_gap:
            return f"({self.column} IS NULL AND {self.key} {beyond} {key_at})"
        follows = f"({self.column}, {self.key}) {beyond} ({value_at}, {key_at})"
        return f"({follows} OR {self.column} IS NULL)" if self.has_gaps else follows


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: the order it belongs to, and the last row's sort value and key."""

    order: str
    value: Any
    key: Any


def order_of(asked: str, allowed: tuple[str, ...], key: str, columns: Columns) -> Order:
    """The order somebody asked for; raises InvalidRequest for a column that is not declared."""
    names = [name.removeprefix("-") for name in allowed] or [key]
    chosen = asked or (allowed[0] if allowed else key)
    column = chosen.removeprefix("-")
    if column not in names:
        raise InvalidRequest(
            f"This list cannot be ordered by {column!r}; it can be by {', '.join(names)}, or -name for downwards"
        )
    return Order(column, chosen.startswith("-"), key, columns.is_nullable(column))


def cursor_after(order: Order, last: Record) -> str:
    """The cursor of the page that follows a row."""
    text = encoded(Cursor(str(order), last[order.column], last[order.key]))
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode("ascii")


def cursor_from(text: str, order: Order, columns: Columns) -> Cursor:
    """Read a cursor back; raises InvalidRequest when it is not one of this list in this order."""
    try:
        if len(text) > CURSOR_BYTES_MAX:
            raise ValueError(text)  # noqa: TRY301 - one answer for every way of being wrong
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=Cursor)
        value = None if cursor.value is None else columns.converted(order.column, cursor.value)
        key = columns.converted(order.key, cursor.key)
    except (ValueError, binascii.Error, RecursionError, msgspec.MsgspecError) as error:
        raise InvalidRequest("This is no cursor: take `next` from the page before as it is") from error
    if cursor.order != str(order):
        raise InvalidRequest(
            f"This cursor belongs to the order {cursor.order!r}: begin again without it after changing the order"
        )
    return Cursor(cursor.order, value, key)
