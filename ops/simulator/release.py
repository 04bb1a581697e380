"""RouterOS versions as they compare, and the few turning points that many menus share."""

import re
from typing import NamedTuple

_FORM = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class Release(NamedTuple):
    """A released version; 7.1 and 7.1.0 are equal (facts 8.15). Pre-releases are not simulated."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        """Print as RouterOS does: without a patch number of nought."""
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")


def release(text: str) -> Release:
    """Read `7.14.3` or `7.14.3 (stable)`."""
    found = _FORM.match(text)
    if found is None:
        raise ValueError(f"no RouterOS version in {text!r}")
    major, minor, patch = found.groups()
    return Release(int(major), int(minor), int(patch or 0))


EARLIEST = Release(6, 0)
LATEST = Release(9, 0)
PLAIN_LOGIN = Release(6, 43)  # facts 2.1
V7 = Release(7, 0)
ISO_DATES = Release(7, 10)  # facts 8.3
EMPTY_REPLY = Release(7, 18)  # facts 3.3
