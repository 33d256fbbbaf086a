"""A receipt as PDF. Every word is given: what stands here is only the form."""

from dataclasses import dataclass
from datetime import datetime

from services.documents.sheet import GREEN, INK, SOFT, TINT, Sheet, drawable, shortened

A5 = (148.0, 210.0)  # it is read on a phone
LABEL = 36.0  # millimetres


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`rows` are labels with their values: who paid, for what, when. `paid_at` is aware; it dates the file.

    What the font has no sign for is left out; a row that is empty then is not shown.
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
    sheet = Sheet(
        A5,
        left=16,
        title=f"{receipt.title} {receipt.number}",
        author=receipt.business,
        language=receipt.language,
        dated=receipt.paid_at,
    )
    _head(sheet, receipt)
    for label, value in receipt.rows:
        if shown := shortened(drawable(value)):
            _row(sheet, drawable(label), shown)
    _amount(sheet, receipt)
    sheet.ln(12)
    sheet.set_x(sheet.left)
    sheet.pen(8, SOFT)
    sheet.multi_cell(sheet.wide, 4.4, drawable(receipt.footer), align="L")
    return bytes(sheet.output())


def _head(sheet: Sheet, receipt: Receipt) -> None:
    sheet.set_xy(sheet.left, 18)
    sheet.pen(16, INK, "B")
    sheet.cell(sheet.wide / 2, 9, drawable(receipt.business))
    sheet.pen(16, INK)
    sheet.cell(sheet.wide / 2, 9, drawable(receipt.title), align="R", new_x="LMARGIN", new_y="NEXT")
    sheet.set_x(sheet.left + sheet.wide / 2)
    sheet.pen(9, SOFT)
    sheet.cell(sheet.wide / 2, 6, drawable(receipt.number), align="R", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(5)
    sheet.hairline()
    sheet.ln(5)


def _row(sheet: Sheet, label: str, value: str) -> None:
    sheet.set_x(sheet.left)
    sheet.pen(9, SOFT)
    sheet.cell(LABEL, 5, label)
    sheet.pen(9, INK)
    sheet.multi_cell(sheet.wide - LABEL, 5, value, new_x="LMARGIN", new_y="NEXT", align="L")
    sheet.ln(1.6)


def _amount(sheet: Sheet, receipt: Receipt) -> None:
    sheet.ln(6)
    top, height = sheet.get_y(), 20.0
    sheet.set_fill_color(*TINT)
    sheet.rect(sheet.left, top, sheet.wide, height, style="F", round_corners=True, corner_radius=2.5)
    sheet.set_xy(sheet.left + 5, top)
    sheet.pen(9, SOFT)
    sheet.cell(LABEL - 5, height, drawable(receipt.amount_label))
    sheet.pen(16, INK, "B")
    sheet.cell(70, height, drawable(receipt.amount))
    sheet.stamp(receipt.paid, sheet.left + sheet.wide - 5, top + 5.5, GREEN)
    sheet.set_y(top + height)
