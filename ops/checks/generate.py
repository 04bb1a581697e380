"""Writes every generated file, or says which are stale: `python -m ops.checks.generate [--check]`."""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from contracts.catalog import COMMANDS, MESSAGES
from contracts.language import schema
from contracts.language.codec import part_name
from gateway.app import access_matrix, describe
from ops.checks import settings_page

ROOT: Final = Path(__file__).resolve().parents[2]
GOLDEN: Final = ROOT / "contracts" / "tests" / "golden"
SEALS: Final = GOLDEN / "seals.txt"
PUBLISHED: Final = ROOT / "contracts" / "published"
VERSION: Final = "1"


def golden_examples() -> dict[str, dict[str, Any]]:
    """Every golden example by name and version: `devices.added.v1`."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))}


def seals() -> str:
    """One digest a golden example. Like the examples themselves it only ever grows."""
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(GOLDEN.glob("*.json"))}
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file with the text that it must have."""
    examples = golden_examples()
    shapes = (*MESSAGES, *(spec.command for spec in COMMANDS))
    for shape in shapes:
        name = part_name(shape)
        yield PUBLISHED / "schemas" / f"{name}.json", _text(schema.json_schema(shape, shapes, examples))
    yield PUBLISHED / "asyncapi.json", _text(schema.asyncapi(MESSAGES, examples, version=VERSION))
    yield PUBLISHED / "subjects.md", schema.subjects_page(shapes)
    yield ROOT / "gateway" / "openapi.json", _text(describe())
    yield ROOT / "gateway" / "access.txt", access_matrix()
    yield ROOT / "ops" / "handbook" / "settings.md", settings_page.page()


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def stale() -> list[str]:
    """The generated files that are missing, differ, or belong to nothing any more."""
    wanted = dict(files())
    there = {path for path in PUBLISHED.rglob("*") if path.is_file() and path.suffix in {".json", ".md"}}
    wrong = {path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    return sorted(str(path.relative_to(ROOT)) for path in wrong | (there - set(wanted)))


def seal_new_examples() -> None:
    """Seal golden examples that are new. One that is sealed is never sealed again with another digest."""
    known = SEALS.read_text(encoding="ascii").splitlines() if SEALS.exists() else []
    names = {line.split()[1] for line in known}
    fresh = [line for line in seals().splitlines() if line.split()[1] not in names]
    SEALS.write_text(
        "".join(f"{line}\n" for line in sorted(known + fresh, key=lambda line: line.split()[1])), encoding="ascii"
    )


def write() -> None:
    """Write them all."""
    seal_new_examples()
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        names = stale()
        sys.exit(f"Stale: {', '.join(names)}. Run `python -m ops.checks.generate`." if names else 0)
    write()
