"""What real devices answered, as far as it lies beside this checkout; tests that need it skip where it does not."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(os.environ.get("TOD_ROUTEROS_CORPUS") or Path(__file__).parents[3] / "shared" / "routeros")

needs_corpus = pytest.mark.skipif(
    not (FOLDER / "replies").is_dir(),
    reason="no recorded replies: set TOD_ROUTEROS_CORPUS, or put them into ../shared/routeros",
)


class Recording(NamedTuple):
    """One reply of one device, in the text of the wire."""

    file: str
    menu: str
    rows: list[dict[str, str]]


def recordings(*transports: str) -> Iterator[Recording]:
    """Give every recorded reply that came over one of the transports: api, rest, cli."""
    for path in sorted((FOLDER / "replies").glob("*.json")):
        recorded = json.loads(path.read_text())
        if recorded["transport"] in transports:
            yield Recording(path.name, recorded["menu"], recorded["rows"])
