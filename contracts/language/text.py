"""Texts that people write and others read, as patterns that JSON Schema and Python read alike.

`$` alone is not the end: Python also lets it stand before a last line break, and a name that ends in one breaks the
head of a letter.
"""

from typing import Final

_END: Final = r"$(?!\n)"
_UNSEEN: Final = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""Control characters, line breaks of every kind, and what turns the direction of writing round."""
LINE: Final = rf"^(?![\s\S]*[{_UNSEEN}])\S(.*\S)?{_END}"
"""One line that looks like what it is, without blanks around it."""

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?"
MAIL_ADDRESS: Final = rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*{_END}"
"""An address that needs no quoting in the head of a letter: a dot-atom and a domain (RFC 5322, 3.4.1; RFC 5321, 4.1.2).

A comma or an angle bracket, which quoting would allow, makes two addresses out of one for whoever forgets to quote.
"""

IN_WORDS: Final = {
    LINE: "one line of text, without blanks around it and without control characters",
    MAIL_ADDRESS: "an e-mail address like ada@example.net",
}
"""What a person is told who wrote something else; the pattern would tell them nothing."""
