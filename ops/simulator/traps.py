"""The errors a router answers with, in RouterOS' own words (facts 5.1-5.5)."""

from ops.simulator.release import V7, Release

MISSING, BAD_VALUE, INTERRUPTED, SCRIPTING, GENERAL, API = range(6)


class Trap(Exception):
    """A command failed; the connection goes on. `category` may be absent, as it often is (facts 5.1)."""

    def __init__(self, message: str, category: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.category = category


class Fatal(Exception):
    """The connection ends with this reason as a bare word (facts 3.5)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def no_such_command(path: str, release: Release) -> Trap:
    """Return the refusal of a menu or command that is not there, in the dialect of the release."""
    if release < V7:
        return Trap("no such command prefix", MISSING)
    last = path.rstrip("/").rsplit("/", 1)[-1]
    return Trap(f"no such command or directory ({last})\r\nno such command prefix", MISSING)


def no_such_verb() -> Trap:
    """Return the refusal of a command that the menu does not have."""
    return Trap("no such command", MISSING)


def no_such_item() -> Trap:
    """Return the refusal of an id that is gone or never was."""
    return Trap("no such item", MISSING)


def unknown_parameter(name: str) -> Trap:
    """Return the refusal of an attribute that the command does not know."""
    return Trap(f"unknown parameter {name}", BAD_VALUE)


def missing_values(*names: str) -> Trap:
    """Return the complaint about required attributes."""
    return Trap(f"missing value(s) of argument(s) {' '.join(names)}", BAD_VALUE)


def failure(reason: str) -> Trap:
    """Return a refusal that the command itself decided."""
    return Trap(f"failure: {reason}")


def not_permitted() -> Trap:
    """Return the refusal for want of a policy."""
    return Trap("not enough permissions (9)", GENERAL)


def interrupted() -> Trap:
    """Return the ordinary end of a command that was cancelled (facts 3.9)."""
    return Trap("interrupted", INTERRUPTED)
