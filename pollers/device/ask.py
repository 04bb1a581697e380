"""A question to one menu, encoded once and sent to any number of devices; the reply; its declared fields picked out.

It knows nothing of connections. What a field means is the business of `values` and of the collector that declared it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final

import msgspec
from librouteros.protocol import compose_word

from contracts.language.errors import DeviceFault, DeviceRejected, DeviceTimeout
from pollers.device.dialect import spellings
from pollers.device.values.texts import readable
from pollers.device.wire import encode_words

SHAPES_MAX: Final = 256
"""Layouts of a row that one Ask remembers; a fleet shows a dozen, and a hostile device must not fill the memory."""

Attribute = str | bytes | bool | int
"""What an attribute may be sent as: RouterOS takes yes/no for a bool; bytes go out untouched (facts 3.16, 8.12)."""

Row = tuple[str | None, ...]
"""The declared fields of one row, in their order; None where the device left one out."""

_Getter = Callable[[Sequence[str | None]], Row]

_NO_SUCH_MENU = ("no such command", "bad command name", "unknown command")
_INTERRUPTED = "2"


class Trap(msgspec.Struct, frozen=True):
    """What a device said when it refused: all its messages in one line, and the first category among them (facts 5)."""

    message: str
    category: str | None = None

    @property
    def is_no_such_menu(self) -> bool:
        """Whether board or version have no such menu: an ordinary answer, not a failure (facts 5.4)."""
        return self.message.startswith(_NO_SUCH_MENU)

    @property
    def is_interrupted(self) -> bool:
        """Whether the command was cancelled: the normal end of a listen (facts 3.9)."""
        return self.category == _INTERRUPTED or self.message == "interrupted"


class Reply:
    """All that came back for one command. It ended well, with a trap, or not within the deadline (`is_late`)."""

    __slots__ = ("_traps", "command", "is_done", "is_late", "ret", "sentences")

    def __init__(self, command: str) -> None:
        self.command = command
        self.sentences: list[list[str]] = []
        """The rows as they came: reply word, tag, then attribute words, all in the carrier of `wire`."""
        self.ret: str | None = None
        """What `!done` carried: the id after an add, the number after a count (facts 3.7)."""
        self.is_done = False
        self.is_late = False
        self._traps: list[dict[str, str]] = []

    def add_trap(self, words: Sequence[str]) -> None:
        """Keep one of possibly several traps (facts 3.4)."""
        self._traps.append(_attributes(words))

    @property
    def trap(self) -> Trap | None:
        """The refusal, if there was one; white space inside it is made single blanks (facts 5.3)."""
        if not self._traps:
            return None
        messages = (" ".join(trap.get("message", "").split()) for trap in self._traps)
        categories = (trap["category"] for trap in self._traps if "category" in trap)
        return Trap("; ".join(message for message in messages if message), next(categories, None))

    @property
    def fault(self) -> DeviceFault | None:
        """What kept the device from answering this command, as an error for people; None when it ended well."""
        if self.is_late:
            return DeviceTimeout(
                f"{self.command} did not end within the deadline; the device may be busy or throttling"
            )
        trap = self.trap
        return DeviceRejected(f"{self.command} was rejected: {trap.message}") if trap else None

    def rows(self) -> list[dict[str, str]]:
        """Every row with every field. Raises the fault, if there is one."""
        fault = self.fault
        if fault is not None:
            raise fault
        return [_attributes(words) for words in self.sentences]

    def retell(self) -> list[tuple[str, tuple[str, ...]]]:
        """Give the whole reply again as readable sentences without tags. Raises DeviceTimeout when it is late."""
        if self.is_late and self.fault is not None:
            raise self.fault
        rows = [("!re", tuple(readable(word) for word in words[2:])) for words in self.sentences]
        traps = [("!trap", tuple(f"={name}={text}" for name, text in trap.items())) for trap in self._traps]
        return [*rows, *traps, ("!done", () if self.ret is None else (f"=ret={self.ret}",))]

    def rows_in_bytes(self) -> list[dict[str, bytes]]:
        """Every row as the bytes that came, for a value that shall be written back unchanged (facts 8.12)."""
        pairs = ([word.split("=", 2) for word in words if word.startswith("=")] for words in self.sentences)
        return [{name: value.encode("latin-1") for _, name, value in row} for row in pairs]


class Ask:
    """One command, with the fields and the rows wanted. Made once; it may be on its way to many devices at a time.

    `fields` becomes the `.proplist`, so that the device computes nothing else (facts 3.12); where RouterOS has several
    spellings of a field, all are asked for and whichever comes is taken. `where` takes query words, and what the
    `Key`, `And` and `Or` of librouteros build. `attributes` are further attribute words.
    """

    __slots__ = ("_getters", "body", "command", "fields")

    def __init__(
        self,
        menu: str,
        fields: Sequence[str] = (),
        *,
        where: Iterable[str | Iterable[str]] = (),
        attributes: Mapping[str, Attribute] | None = None,
        verb: str = "print",
    ) -> None:
        self.command = f"{menu.rstrip('/')}/{verb}"
        self.fields = tuple(fields)
        self._getters: dict[tuple[str, ...], _Getter] = {}
        sent = dict(attributes or {})
        if fields:
            sent[".proplist"] = ",".join(chain.from_iterable(spellings(field) for field in fields))
        query = chain.from_iterable([part] if isinstance(part, str) else part for part in where)
        self.body = encode_command(self.command, sent, query)

    def __repr__(self) -> str:
        return f"Ask({self.command}, {','.join(self.fields)})"

    def pick(self, reply: Reply) -> list[Row]:
        """Take the declared fields out of each row, at the speed of C for rows that look alike.

        A row's words are joined and cut at the equals signs. When that makes two pieces per word, no value holds one
        itself, every other piece is a name, and one itemgetter per layout takes the values. Raises the reply's fault.
        """
        fault = reply.fault
        if fault is not None:
            raise fault
        rows: list[Row] = []
        known: list[str] = []
        take = self._getter_for(known)
        for words in reply.sentences:
            joined = "".join(words)
            pieces: list[str | None] = joined.split("=")  # type: ignore[assignment] # a None is added below
            if len(pieces) != 2 * len(words) - 2 or not joined.isascii() or "\0" in joined:
                row = _attributes(words)
                rows.append(tuple(_first(row, field) for field in self.fields))
                continue
            names = pieces[2::2]
            if names != known:
                known = names  # type: ignore[assignment] # the None is not in yet
                take = self._getter_for(known)
            pieces.append(None)
            rows.append(take(pieces))
        return rows

    def _getter_for(self, names: list[str]) -> _Getter:
        """Find or make the itemgetter for rows with just these names in just this order."""
        key = tuple(names)
        getter = self._getters.get(key)
        if getter is None:
            if len(self._getters) >= SHAPES_MAX:
                self._getters.clear()
            places = {name: 2 * position + 3 for position, name in enumerate(names)}
            getter = _getter([_place(places, field) for field in self.fields])
            self._getters[key] = getter
        return getter


def encode_command(command: str, attributes: Mapping[str, Attribute], query: Iterable[str] = ()) -> bytes:
    """Write a command without tag and without the end of its sentence."""
    words = [command.encode()]
    for name, value in attributes.items():
        if isinstance(value, bytes):
            words.append(b"=%s=%s" % (name.encode(), value))
        else:
            words.append(compose_word(name, value).encode())
    words.extend(word.encode() for word in query)
    return encode_words(words)


def _place(places: Mapping[str, int], field: str) -> int:
    """Say where a field's value stands among the pieces; the last place, where the None is, if it is not there."""
    return next((places[name] for name in spellings(field) if name in places), -1)


def _getter(places: Sequence[int]) -> _Getter:
    """Make an itemgetter that always answers a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda pieces: tuple(pieces[place] for place in places)


def _first(row: Mapping[str, str], field: str) -> str | None:
    """Take a field under whichever spelling it came."""
    return next((row[name] for name in spellings(field) if name in row), None)


def _attributes(words: Sequence[str]) -> dict[str, str]:
    """Split attribute words at the second equals sign; other words are none (facts 1.6, 1.7)."""
    pairs = (word.split("=", 2) for word in words if word.startswith("=") and "=" in word[1:])
    return {name: readable(value) for _, name, value in pairs}
