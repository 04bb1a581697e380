"""What was changed on a router: undo, safe mode, and the journal that tests count effects in (facts 9.6, 9.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.simulator.traps import failure

if TYPE_CHECKING:
    from ops.simulator.call import Call
    from ops.simulator.router import Router
    from ops.simulator.tree import Row, Table
    from ops.simulator.users import Session

UNDO_MAX = 100
EFFECTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that was done to a router, and never forgotten by a reboot: this is for tests, not for the device."""

    at: float  # true time, seconds since 1970
    user: str
    via: str
    command: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One step that can be undone: what the menu held before."""

    path: str
    before: Table
    user: str
    device_at: float
    text: str


class History:
    """The last hundred changes, who holds safe mode, and every effect."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.changes: list[Change] = []
        self.effects: list[Effect] = []
        self.holder: Session | None = None
        self._mark: list[Change] | None = None  # changes made in safe mode

    def effect(self, session: Session, command: str, detail: dict[str, str]) -> None:
        """Write into the journal."""
        if len(self.effects) >= EFFECTS_MAX:
            del self.effects[: EFFECTS_MAX // 10]
        known = {name: ("*****" if "password" in name else value) for name, value in detail.items()}
        self.effects.append(Effect(self._router.fleet.now(), session.user, session.via, command, known))

    def changed(self, call: Call, before: Table) -> None:
        """Remember what a menu held before a write that succeeded."""
        text = f"{call.path.rsplit('/', 1)[-1]} {_PAST.get(call.verb, 'changed')}"
        change = Change(call.path, before, call.session.user, self._router.device_time(), text)
        self.changes.append(change)
        del self.changes[:-UNDO_MAX]
        if self._mark is not None:
            self._mark.append(change)
            if len(self._mark) > UNDO_MAX:  # safe mode gives up silently (facts 9.6)
                self.holder, self._mark = None, None

    def undo(self) -> None:
        """Take the last change back."""
        if not self.changes:
            raise failure("no actions to undo")
        self._restore(self.changes.pop())

    def take(self, session: Session) -> None:
        """Enter safe mode; it has one owner."""
        if self.holder not in {None, session}:
            raise failure("safe mode is taken by another user")
        self.holder, self._mark = session, []

    def release(self, session: Session) -> None:
        """Leave safe mode and keep what was done."""
        self._check(session)
        self.holder, self._mark = None, None

    def unroll(self, session: Session) -> None:
        """Leave safe mode and undo everything that was done in it, by whomever."""
        self._check(session)
        marked, self.holder, self._mark = self._mark or [], None, None
        for change in reversed(marked):
            self._restore(change)
        self.changes = [change for change in self.changes if change not in marked]

    def _check(self, session: Session) -> None:
        if self.holder is None or self.holder is not session:
            raise failure("safe mode is not taken by this session")

    def _restore(self, change: Change) -> None:
        self._router.put(change.path, change.before)

    def rows(self) -> dict[int, Row]:
        """Return /system/history, newest first."""
        stamp = self._router.stamp
        return {
            place: {
                "action": each.text,
                "by": each.user,
                "policy": "write",
                "time": stamp(each.device_at),
                "undo": "",
                "redo": "",
            }
            for place, each in enumerate(reversed(self.changes), 1)
        }


_PAST = {"add": "added", "remove": "removed", "move": "moved"}
