"""The Emergency Kit: one page with the Secret Key on it, made on the person's own machine and sent nowhere."""

import io
from datetime import datetime
from pathlib import Path
from typing import Final

import fpdf
import msgspec
import segno

from contracts.language.errors import InvalidRequest
from ops.provision.secrets import write_private

MARGIN: Final = 22
WIDTH: Final = 210 - 2 * MARGIN
INK: Final = (27, 31, 36)
FAINT: Final = (95, 103, 112)
ACCENT: Final = (31, 95, 208)
CODE_SIZE: Final = 38


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the page."""

    email: str
    secret_key: str
    url: str
    made_at: datetime

    def __repr__(self) -> str:
        return f"Kit({self.email}, ****)"


def write(path: Path, kit: Kit) -> None:
    """Write it as a PDF that only its owner reads; raises InvalidRequest where it cannot be written."""
    try:
        write_private(path, page(kit))
    except OSError as error:
        raise InvalidRequest(f"The Emergency Kit cannot be written to {path}: {error.strerror}") from error


def page(kit: Kit) -> bytes:
    """The PDF: A4, one page."""
    pdf = fpdf.FPDF(format="A4")
    pdf.set_creation_date(kit.made_at)
    pdf.set_title("TOD Emergency Kit")
    pdf.set_margins(MARGIN, MARGIN, MARGIN)
    pdf.add_page()
    pdf.set_fill_color(*ACCENT)
    pdf.rect(0, 0, 210, 5, style="F")
    pdf.set_y(24)
    _line(pdf, "TOD Emergency Kit", size=26, style="B", after=3)
    _line(
        pdf,
        "With your password, this page lets you sign in on any machine. Print it, or keep the file where only you can "
        "open it. Nobody else has this key, and nobody can make it again for you.",
        size=11,
        colour=FAINT,
        after=10,
    )
    _field(pdf, "Sign in at", kit.url)
    _field(pdf, "E-mail", kit.email)
    _field(pdf, "Secret Key", kit.secret_key, font="Courier", size=15)
    _field(pdf, "Password (write it here, or better keep it in your head)", "")
    code = io.BytesIO()
    segno.make(kit.secret_key, error="m").save(code, kind="png", scale=8, border=0)
    pdf.ln(4)
    for text in (
        "1.  Open the address above and type your e-mail address, your password, and this key.",
        "2.  On a machine of your own the key is remembered; you will need it on every new one.",
        "3.  If you lose both, an administrator sends you a link: you choose a new password and get a new key.",
        "4.  If somebody may have seen this page, change your password: that makes a new key, and this one worthless.",
    ):
        _line(pdf, text, size=10.5, after=1.5)
    pdf.ln(8)
    pdf.image(code, x=MARGIN, y=pdf.get_y(), w=CODE_SIZE, h=CODE_SIZE)
    pdf.set_y(pdf.get_y() + CODE_SIZE + 2)
    _line(pdf, "The Secret Key, for a camera.", size=9, colour=FAINT)
    pdf.set_y(-30)
    _line(pdf, f"Made on {kit.made_at:%d %B %Y} on your own machine. It was sent to nobody.", size=9, colour=FAINT)
    return bytes(pdf.output())


def _line(
    pdf: fpdf.FPDF,
    text: str,
    *,
    size: float,
    style: str = "",
    font: str = "Helvetica",
    colour: tuple[int, int, int] = INK,
    after: float = 0,
) -> None:
    pdf.set_font(font, style=style, size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(WIDTH, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.ln(after)


def _field(pdf: fpdf.FPDF, name: str, text: str, *, font: str = "Helvetica", size: float = 13) -> None:
    """A name, and below it the text on a line of its own."""
    _line(pdf, name.upper(), size=8, style="B", colour=FAINT, after=0.5)
    _line(pdf, text or " ", size=size, font=font, style="B" if text else "", after=1)
    pdf.set_draw_color(210, 214, 220)
    pdf.line(MARGIN, pdf.get_y(), 210 - MARGIN, pdf.get_y())
    pdf.ln(5)
