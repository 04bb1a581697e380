"""How an export writes: quoting, escapes, shorthand for shared prefixes, lines of 79 columns (facts 10.8-10.11).

The wrapping was worked out from exports of real devices; a test wraps theirs again and compares.
"""

import re
from collections.abc import Iterable

WIDTH = 79  # columns, the wrapping backslash included
_INDENT = "    "
_ESCAPED = {
    '"': '\\"',
    "\\": "\\\\",
    "$": "\\$",
    "?": "\\?",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}
_BARE = re.compile(r"[A-Za-z0-9_\-.,:/@!*+%~^&|<>]+")
_UNIT = re.compile(r"\\[0-9A-F]{2}|\\.|.", re.DOTALL)


def quoted(value: str) -> str:
    """Write a value: bare where it can stand bare, else in quotes; bytes beyond ASCII as two upper-case hex digits."""
    if _BARE.fullmatch(value):
        return value
    letters: list[str] = []
    for letter in value:
        if letter in _ESCAPED:
            letters.append(_ESCAPED[letter])
        elif letter.isascii() and letter.isprintable():
            letters.append(letter)
        else:
            letters.extend(f"\\{byte:02X}" for byte in letter.encode("utf-8", "surrogateescape"))
    return '"' + "".join(letters) + '"'


def assignments(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return `name=` and value, piece by piece, in order of name; a prefix shared with the name before is left out."""
    pieces: list[str] = []
    last = ""
    for name, value in sorted(pairs):
        prefix = name.rpartition(".")[0]
        shown = name.removeprefix(prefix) if prefix and prefix == last else name
        last = prefix
        pieces += [f"{shown}=", quoted(value)]
    return pieces


def line(head: str, pieces: list[str], *, wrap: bool) -> list[str]:
    """Put a command and its assignments on as many lines as it takes."""
    words = [head, *(pieces[at] if at % 2 == 0 else pieces[at] + " " for at in range(len(pieces)))]
    words[0] += " " if pieces else ""
    words[-1] = words[-1].rstrip(" ") if len(words) > 1 else words[0]
    return wrapped(words) if wrap else _broken_at_line_ends("".join(words))


def wrapped(words: Iterable[str]) -> list[str]:
    """Fill lines with words, each with the blank that follows it; only quoted texts may be cut in two."""
    lines: list[str] = []
    current = ""
    for word in words:
        body = word.rstrip(" ")
        if body.startswith('"') and (len(body) > WIDTH - len(_INDENT) - 2 or "\\n" in _UNIT.findall(body)):
            for unit in _UNIT.findall(body):
                if unit == "\\n" or len(current) + len(unit) > WIDTH - 1:
                    lines.append(current + "\\")
                    current = _INDENT
                    current += "\\_" if unit == " " else unit
                else:
                    current += unit
            current += word[len(body) :]  # the blank behind the quotes is no part of the text: it is never escaped
            continue
        if len(current) + len(body) > WIDTH - 2 and current.strip():
            lines.append(current + "\\")
            current = _INDENT
        current += word
    return [*lines, current]


def _broken_at_line_ends(text: str) -> list[str]:
    """Break one long line only where a quoted text has a line end of its own."""
    lines = [""]
    for unit in _UNIT.findall(text):
        if unit == "\\n":
            lines[-1] += "\\"
            lines.append(_INDENT)
        lines[-1] += unit
    return lines
