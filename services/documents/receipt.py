"""A receipt as PDF. Every word is given: what stands here is only the form. The same receipt is the same bytes."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans"
INK, SOFT, RULE, PAID, TINT = (32, 36, 44), (110, 117, 128), (221, 225, 231), (21, 128, 77), (243, 246, 249)
LEFT, WIDTH, LABEL = 16.0, 116.0, 36.0  # millimetres, on A5: it is read on a phone
LONGEST = 160  # signs of a value: two or three lines
SPACES = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\u00a0": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`rows` are labels with their values: who paid, for what, when. `paid_at` is aware; it dates the file.

    What the font has no sign for (it has Latin, Greek and Cyrillic) is left out; a row that is empty then is not shown.
    """

    language: str
    business: str
    title: str
    number: str
    rows: tuple[tuple[str, str], ...]
    amount_label: str
    amount: str
    paid: str
    footer: str
    paid_at: datetime


def receipt_pdf(receipt: Receipt) -> bytes:
    """One page of A5."""
    pdf = _page(receipt)
    _head(pdf, receipt)
    for label, value in receipt.rows:
        if shown := shortened(drawable(value)):
            _row(pdf, drawable(label), shown)
    _amount(pdf, receipt)
    pdf.ln(12)
    pdf.set_x(LEFT)
    _style(pdf, 8, SOFT)
    pdf.multi_cell(WIDTH, 4.4, drawable(receipt.footer), align="L")
    return bytes(pdf.output())


def drawable(text: str) -> str:
    """What the font can show of it, on one line."""
    return " ".join("".join(sign for sign in text.translate(SPACES) if ord(sign) in _signs()).split())


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


@cache
def _signs() -> frozenset[int]:
    pdf = FPDF()
    pdf.add_font(FAMILY, fname=FONTS / "NotoSans-Regular.ttf")
    found: set[int] = set()
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            found.update(font.cmap)
            font.close()
    return frozenset(found)


def _page(receipt: Receipt) -> FPDF:
    pdf = FPDF(format=(148, 210))
    pdf.c_margin = 0
    pdf.set_creation_date(receipt.paid_at)
    pdf.set_title(drawable(f"{receipt.title} {receipt.number}"))
    pdf.set_author(drawable(receipt.business))
    pdf.set_lang(receipt.language)
    pdf.set_auto_page_break(auto=False)
    pdf.add_font(FAMILY, fname=FONTS / "NotoSans-Regular.ttf")
    pdf.add_font(FAMILY, style="B", fname=FONTS / "NotoSans-Bold.ttf")
    pdf.add_page()
    return pdf


def _style(pdf: FPDF, size: float, colour: tuple[int, int, int], weight: str = "") -> None:
    pdf.set_font(FAMILY, weight, size)
    pdf.set_text_color(*colour)


def _head(pdf: FPDF, receipt: Receipt) -> None:
    pdf.set_xy(LEFT, 18)
    _style(pdf, 16, INK, "B")
    pdf.cell(WIDTH / 2, 9, drawable(receipt.business))
    _style(pdf, 16, INK)
    pdf.cell(WIDTH / 2, 9, drawable(receipt.title), align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.set_x(LEFT + WIDTH / 2)
    _style(pdf, 9, SOFT)
    pdf.cell(WIDTH / 2, 6, drawable(receipt.number), align="R", new_x="LMARGIN", new_y="NEXT")
    _rule(pdf, 5)
    pdf.ln(5)


def _rule(pdf: FPDF, space: float) -> None:
    pdf.ln(space)
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.3)
    pdf.line(LEFT, pdf.get_y(), LEFT + WIDTH, pdf.get_y())


def _row(pdf: FPDF, label: str, value: str) -> None:
    pdf.set_x(LEFT)
    _style(pdf, 9, SOFT)
    pdf.cell(LABEL, 5, label)
    _style(pdf, 9, INK)
    pdf.multi_cell(WIDTH - LABEL, 5, value, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.ln(1.6)


def _amount(pdf: FPDF, receipt: Receipt) -> None:
    pdf.ln(6)
    top, height = pdf.get_y(), 20.0
    pdf.set_fill_color(*TINT)
    pdf.rect(LEFT, top, WIDTH, height, style="F", round_corners=True, corner_radius=2.5)
    pdf.set_xy(LEFT + 5, top)
    _style(pdf, 9, SOFT)
    pdf.cell(LABEL - 5, height, drawable(receipt.amount_label))
    _style(pdf, 16, INK, "B")
    pdf.cell(70, height, drawable(receipt.amount))
    _style(pdf, 10.5, PAID, "B")
    words = drawable(receipt.paid)
    wide = pdf.get_string_width(words) + 8
    pdf.set_draw_color(*PAID)
    pdf.set_line_width(0.5)
    pdf.rect(LEFT + WIDTH - wide - 5, top + 5.5, wide, 9, round_corners=True, corner_radius=2)
    pdf.set_xy(LEFT + WIDTH - wide - 5, top + 5.5)
    pdf.cell(wide, 9, words, align="C")
    pdf.set_y(top + height)
