"""Versions of RouterOS, of its packages and of the boot loader, in their right order (facts 8.15)."""

import enum
import re
from typing import Final

import msgspec

from contracts.language.errors import ContractBroken

_VERSION: Final = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:(alpha|beta|rc)(\d+)?)?(?![\w.])", re.ASCII)
_CHANNEL: Final = re.compile(r"\(([a-z-]+)\)")
_CHANNELS: Final = {"bugfix": "long-term", "current": "stable", "release-candidate": "testing"}


class Stage(enum.IntEnum):
    """How finished a version is."""

    ALPHA = 0
    BETA = 1
    RC = 2
    RELEASE = 3


class Version(msgspec.Struct, frozen=True, order=True):
    """A version that compares as people mean it: 7.9 < 7.10beta2 < 7.10rc1 < 7.10 = 7.10.0 < 7.10.1."""

    major: int
    minor: int
    patch: int = 0
    stage: Stage = Stage.RELEASE
    build: int = 0

    def __str__(self) -> str:
        patch = f".{self.patch}" if self.patch else ""
        stage = "" if self.stage is Stage.RELEASE else f"{self.stage.name.lower()}{self.build or ''}"
        return f"{self.major}.{self.minor}{patch}{stage}"


def version_of(text: str | None) -> Version | None:
    """Read a version; channel and build date behind it are left out."""
    if not text:
        return None
    match = _VERSION.match(text)
    if match is None:
        raise ContractBroken(f"{text!r} is not a version")
    major, minor, patch, stage, build = match.groups()
    return Version(
        int(major), int(minor), int(patch or 0), Stage[stage.upper()] if stage else Stage.RELEASE, int(build or 0)
    )


def channel_of(text: str | None) -> str | None:
    """Read the channel in brackets, under its present name (`bugfix` is long-term); None where there is none."""
    match = _CHANNEL.search(text or "")
    return _CHANNELS.get(match[1], match[1]) if match else None
