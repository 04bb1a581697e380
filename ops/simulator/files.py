"""The files on a router's disk. Contents are Latin-1 text, one character a byte (facts 9.2, 12.5, 14.35)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.simulator.release import V7
from ops.simulator.traps import failure
from ops.simulator.wire import from_wire, to_wire

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.tree import Row

FILES = "/file"
INLINE_BYTES_MAX = 4095  # what `contents` shows (facts 9.2)
CONTENTS_BYTES_MAX = 60 * 1024  # what `contents` takes (facts 5.2)


def described(router: Router, content: str, kind: str) -> Row:
    """Return the fields of a file that follow from its content."""
    made = router.stamp(router.device_time())
    row: Row = {"type": kind, "size": str(len(content)), "~content": content}
    row["last-modified" if router.release >= V7 else "creation-time"] = made
    if len(content) <= INLINE_BYTES_MAX and kind not in {"backup", "directory"}:
        row["contents"] = from_wire(content.encode("latin-1"))
    return row


def from_contents(text: str) -> str:
    """Return the content of a file that somebody writes through `contents`."""
    content = to_wire(text)
    if len(content) > CONTENTS_BYTES_MAX:
        raise failure("contents too long")
    return content


def write_file(router: Router, name: str, content: str, kind: str) -> None:
    """Put a file on the router's disk, over one of the same name."""
    files = router.own(FILES)
    for key, row in list(files.rows.items()):
        if row.get("name") == name:
            files.drop(key)
    files.insert({"name": name, **described(router, content, kind)})


def file_content(router: Router, name: str) -> str | None:
    """Return what a file holds; None when there is none."""
    for row in router.table(FILES).rows.values():
        if row.get("name") == name:
            return str(row.get("~content", ""))
    return None


def remove_file(router: Router, name: str) -> bool:
    """Take a file off the disk; tell whether there was one."""
    files = router.own(FILES)
    for key, row in list(files.rows.items()):
        if row.get("name") == name:
            files.drop(key)
            return True
    return False
