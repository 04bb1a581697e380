"""Reads the characters of a script: blanks, comments, continued lines, escapes in quotes (facts 10.9-10.11)."""

from __future__ import annotations

from ops.simulator.script.nodes import Place
from ops.simulator.traps import SCRIPTING, Trap

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "_": " "}
_PLAIN = frozenset('"\\$?')
WORD_ENDS = frozenset(' \t\r\n;[](){}"=$')


class Reader:
    """A place in a text, moved on by reading."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def place(self, at: int | None = None) -> Place:
        """Return where reading stands."""
        before = self.text[: self.at if at is None else at]
        return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    def fail(self, message: str = "syntax error", at: int | None = None) -> Trap:
        """Return the complaint about what stands here."""
        return Trap(f"{message} {self.place(at)}", SCRIPTING)

    @property
    def peek(self) -> str:
        """The next character, or nothing at the end."""
        return self.text[self.at] if self.at < len(self.text) else ""

    def starts(self, text: str) -> bool:
        """Tell whether a text comes next."""
        return self.text.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Read a text if it comes next."""
        if self.starts(text):
            self.at += len(text)
            return True
        return False

    def expect(self, text: str) -> None:
        """Read a text that has to come next."""
        if not self.take(text):
            raise self.fail()

    def blanks(self) -> None:
        """Pass over blanks and continued line ends, but not over the end of a command."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.starts("\\\r\n"):
                self.at += 3
            elif self.starts("\\\n"):
                self.at += 2
            else:
                return

    def gap(self) -> None:
        """Pass over everything between two commands: blanks, line ends, semicolons, comments."""
        while self.at < len(self.text):
            self.blanks()
            if self.peek and self.peek in ";\r\n":
                self.at += 1
            elif self.peek == "#":
                self.comment()
            else:
                return

    def comment(self) -> None:
        """Pass over a comment up to the end of its line."""
        while self.peek and self.peek != "\n":
            self.at += 1

    def lines(self) -> None:
        """Pass over blanks and line ends inside brackets."""
        while True:
            self.blanks()
            if self.peek and self.peek in "\r\n":
                self.at += 1
            elif self.peek == "#":
                self.comment()
            else:
                return

    def word(self) -> str:
        """Read characters up to something that ends a word."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in WORD_ENDS and not self.starts("\\\n"):
            self.at += 1
        return self.text[start : self.at]

    def escape(self) -> str:
        """Read what follows a backslash inside quotes; a wrapped line is nothing at all."""
        for end in ("\r\n", "\n"):
            if self.take(end):
                while self.peek in {" ", "\t"}:
                    self.at += 1
                return ""
        letter = self.peek
        self.at += 1
        if letter in ESCAPES:
            return ESCAPES[letter]
        if letter in _PLAIN:
            return letter
        digits = self.text[self.at - 1 : self.at + 1]
        try:
            code = int(digits, 16)
        except ValueError:
            raise self.fail(at=self.at - 1) from None
        self.at += 1
        return bytes((code,)).decode("latin-1")
