"""The file list of a router over SFTP and SCP (facts 13.11); `*.auto.rsc` runs when it has arrived (facts 11.6)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncssh

from ops.simulator.files import FILES, file_content, remove_file, write_file

if TYPE_CHECKING:
    from ops.simulator.users import Session

FILE_BYTES_MAX = 64 * 1024 * 1024
_TEXT_KINDS = {"rsc": "script", "backup": "backup", "npk": "package", "txt": ".txt file", "log": ".log file"}
_FOLDERS = frozenset({"directory", "disk"})


@dataclass
class OpenFile:
    """A file between open and close; what was written counts from close on."""

    name: str
    content: bytearray
    is_written: bool = False

    def seek(self, offset: int, whence: int) -> int:
        """Answer the library's question for holes: there are none."""
        if offset >= len(self.content):
            raise OSError(errno.ENXIO, "no data here")
        return offset if whence == os.SEEK_DATA else len(self.content)


class RouterFiles(asyncssh.SFTPServer):
    """One client's view of a router's disk."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], session: Session) -> None:
        super().__init__(channel)
        self._session = session
        self._router = session.router

    def _rows(self) -> dict[str, dict[str, str]]:
        rows = self._router.table(FILES).rows.values()
        return {str(row["name"]): {name: str(value) for name, value in row.items()} for row in rows}

    def _check(self, policy: str) -> None:
        if policy not in self._session.policies:
            raise asyncssh.SFTPPermissionDenied("not enough permissions")

    def _attrs(self, name: str) -> asyncssh.SFTPAttrs:
        now = int(self._router.fleet.now())
        row = self._rows().get(name)
        if not name or (row is not None and row.get("type") in _FOLDERS):
            return asyncssh.SFTPAttrs(permissions=stat.S_IFDIR | 0o755, size=0, atime=now, mtime=now, uid=0, gid=0)
        if row is None:
            raise asyncssh.SFTPNoSuchFile("No such file")
        size = len(row.get("~content", ""))
        return asyncssh.SFTPAttrs(permissions=stat.S_IFREG | 0o644, size=size, atime=now, mtime=now, uid=0, gid=0)

    def realpath(self, path: bytes) -> bytes:
        """Resolve dots against the root of the file list."""
        return b"/" + _name(path).encode("utf-8", "surrogateescape")

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Describe a file or folder."""
        return self._attrs(_name(path))

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Describe a file or folder; there are no links."""
        return self._attrs(_name(path))

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Describe an open file."""
        assert isinstance(file_obj, OpenFile)
        return asyncssh.SFTPAttrs(permissions=stat.S_IFREG | 0o644, size=len(file_obj.content))

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Accept and forget: a router's files have no owners and modes."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Accept and forget."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List a folder."""
        self._check("read")
        folder = _name(path)
        start = f"{folder}/" if folder else ""
        for name in self._rows():
            inner = name.removeprefix(start)
            if name.startswith(start) and inner and "/" not in inner:
                yield asyncssh.SFTPName(inner.encode("utf-8", "surrogateescape"), attrs=self._attrs(name))

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file to read or to write."""
        del attrs
        name = _name(path)
        if self._router.mishaps is not None and self._router.mishaps.sftp_fails:
            raise asyncssh.SFTPFailure("std failure: timeout")
        content = file_content(self._router, name)
        if not pflags & asyncssh.FXF_WRITE:
            self._check("read")
            if content is None:
                raise asyncssh.SFTPNoSuchFile("No such file")
            return OpenFile(name, bytearray(content.encode("latin-1")))
        self._check("write")
        if content is None and not pflags & asyncssh.FXF_CREAT:
            raise asyncssh.SFTPNoSuchFile("No such file")
        kept = b"" if pflags & asyncssh.FXF_TRUNC or content is None else content.encode("latin-1")
        return OpenFile(name, bytearray(kept), is_written=True)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a piece."""
        assert isinstance(file_obj, OpenFile)
        return bytes(file_obj.content[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a piece."""
        assert isinstance(file_obj, OpenFile)
        if offset + len(data) > FILE_BYTES_MAX:
            raise asyncssh.SFTPFailure("no space left on device")
        if offset > len(file_obj.content):
            file_obj.content.extend(bytes(offset - len(file_obj.content)))
        file_obj.content[offset : offset + len(data)] = data
        return len(data)

    def close(self, file_obj: object) -> None:
        """Put what was written on the disk."""
        assert isinstance(file_obj, OpenFile)
        if not file_obj.is_written:
            return
        kind = _TEXT_KINDS.get(file_obj.name.rpartition(".")[2], "file")
        write_file(self._router, file_obj.name, bytes(file_obj.content).decode("latin-1"), kind)
        self._router.history.effect(self._session, "/file/upload", {"name": file_obj.name})
        if file_obj.name.endswith(".auto.rsc"):
            text = bytes(file_obj.content).decode("utf-8", "surrogateescape")
            self._router.fleet.runner.start(self._session, text, file_obj.name)

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._check("write")
        if not remove_file(self._router, _name(path)):
            raise asyncssh.SFTPNoSuchFile("No such file")
        self._router.history.effect(self._session, "/file/remove", {"name": _name(path)})

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file another name."""
        self._check("write")
        content = file_content(self._router, _name(oldpath))
        if content is None:
            raise asyncssh.SFTPNoSuchFile("No such file")
        kind = self._rows()[_name(oldpath)].get("type", "file")
        remove_file(self._router, _name(oldpath))
        write_file(self._router, _name(newpath), content, kind)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder."""
        del attrs
        self._check("write")
        write_file(self._router, _name(path), "", "directory")


def _name(path: bytes) -> str:
    parts: list[str] = []
    for part in path.decode("utf-8", "surrogateescape").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
