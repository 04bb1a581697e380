"""One command as a user asked for it, through whichever door: the API, a terminal, a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ops.simulator.plans import Ask
from ops.simulator.traps import not_permitted

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.users import Session

Emit = Callable[[Mapping[str, str]], None]
Result = str | None
Run = Callable[["Call"], Result | Awaitable[Result]]


def _nowhere(row: Mapping[str, str]) -> None:
    del row


@dataclass(slots=True)
class Call:
    """A menu, a verb and what goes with them. Rows leave through `emit`; what `run` returns becomes `ret`."""

    session: Session
    path: str
    verb: str
    args: dict[str, str] = field(default_factory=dict)
    ask: Ask = field(default_factory=Ask)
    emit: Emit = _nowhere

    @property
    def router(self) -> Router:
        """The router it is for."""
        return self.session.router

    def needs(self, *policies: str) -> None:
        """Refuse when the user lacks a policy."""
        if not self.session.policies.issuperset(policies):
            raise not_permitted()


@dataclass(frozen=True, slots=True)
class Action:
    """A command that is more than a read or write of items, and where it exists."""

    run: Run
    policies: tuple[str, ...] = ()
    is_there: Callable[[Router], bool] = lambda _: True
