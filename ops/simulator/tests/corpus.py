"""Where the replies and exports of real devices lie, for tests that hold ours against them; without it they skip.

The corpus is no part of the project: it is read where it lies, beside the checkout or where TOD_ROUTEROS_CORPUS says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def corpus_folder(name: str) -> Path:
    """Return a folder of the corpus, or skip the test and say why."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "routeros"
    folder = Path(os.environ.get("TOD_ROUTEROS_CORPUS", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"the corpus of real devices is not here: set TOD_ROUTEROS_CORPUS to the folder that holds {name}/")
    return folder


def corpus_exports(but: tuple[str, ...]) -> Iterator[str]:
    """Return the text of each export whose name holds none of these words."""
    for path in sorted(corpus_folder("exports").glob("*.rsc")):
        if not any(word in path.name for word in but):
            yield path.read_text(encoding="latin-1")


def corpus_replies() -> Iterator[dict[str, Any]]:
    """Return each reply that came over the API, or over REST, which has the same names and texts."""
    for path in sorted(corpus_folder("replies").glob("*.json")):
        reply = json.loads(path.read_text(encoding="utf-8"))
        if reply["transport"] in {"api", "rest"}:
            yield reply
