"""An invoice as PDF, and the proforma before it. Every word is given: what stands here is only the form."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Literal

from services.documents.sheet import AMBER, GREEN, INK, RED, RULE, SOFT, TINT, Sheet, drawable, shortened

A4 = (210.0, 297.0)
AMOUNT = 36.0  # millimetres: the column of amounts
FACT = 34.0
RECENT = 32
"""Some 15 KiB each."""

STAMPS = {"due": AMBER, "paid": GREEN, "refunded": RED}

Row = tuple[str, str]
_drawing = Lock()
"""Whoever asks for the same meanwhile waits for it; several at a time would only take each other's turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`seller` and `customer` are lines, the first one the name. `facts` are labels with their values: number, date,
    order. `lines` are what is sold, each with its amount, under the words of `columns`; `sums` follow them, and `total`
    last. `state` says what colour the `stamp` has. `dated` is aware; it dates the file.

    What the font has no sign for is left out; a line that is empty then is not shown.
    """

    language: str
    seller: tuple[str, ...]
    title: str
    facts: tuple[Row, ...]
    customer_label: str
    customer: tuple[str, ...]
    columns: Row
    lines: tuple[Row, ...]
    sums: tuple[Row, ...]
    total: Row
    stamp: str
    state: Literal["due", "paid", "refunded"]
    notes: tuple[str, ...]
    footer: str
    dated: datetime


def invoice_pdf(invoice: Invoice) -> bytes:
    """One page of A4. What is asked for again soon, as by the chat and the mail of one payment, is not drawn again."""
    with _drawing:
        return _drawn(invoice)


@lru_cache(maxsize=RECENT)
def _drawn(invoice: Invoice) -> bytes:
    number = invoice.facts[0][1] if invoice.facts else ""
    sheet = Sheet(
        A4,
        left=20,
        title=f"{invoice.title} {number}",
        author=invoice.seller[0],
        language=invoice.language,
        dated=invoice.dated,
    )
    _head(sheet, invoice)
    _parties(sheet, invoice)
    _table(sheet, invoice)
    _sums(sheet, invoice)
    sheet.pen(9, INK)
    for note in invoice.notes:
        sheet.set_x(sheet.left)
        sheet.multi_cell(sheet.wide, 5, drawable(note), align="L", new_x="LMARGIN", new_y="NEXT")
        sheet.ln(1)
    sheet.set_y(A4[1] - 28)
    sheet.hairline()
    sheet.ln(4)
    sheet.set_x(sheet.left)
    sheet.pen(8, SOFT)
    sheet.multi_cell(sheet.wide, 4.4, drawable(invoice.footer), align="L")
    return bytes(sheet.output())


def _head(sheet: Sheet, invoice: Invoice) -> None:
    sheet.set_xy(sheet.left, 22)
    sheet.pen(17, INK, "B")
    half = sheet.wide / 2
    sheet.cell(half, 10, drawable(invoice.seller[0]))
    sheet.pen(17, INK)
    sheet.cell(half, 10, drawable(invoice.title), align="R")
    sheet.set_y(32)
    _lines(sheet, invoice.seller[1:], sheet.wide)
    sheet.set_y(max(sheet.get_y(), 36) + 6)
    sheet.hairline()
    sheet.ln(8)


def _lines(sheet: Sheet, lines: tuple[str, ...], wide: float) -> None:
    sheet.pen(9, SOFT)
    for line in lines:
        if shown := shortened(drawable(line)):
            sheet.set_x(sheet.left)
            sheet.multi_cell(wide, 5, shown, align="L", new_x="LMARGIN", new_y="NEXT")


def _parties(sheet: Sheet, invoice: Invoice) -> None:
    top, half = sheet.get_y(), sheet.wide / 2
    sheet.set_x(sheet.left)
    sheet.pen(9, SOFT)
    sheet.cell(half, 6, drawable(invoice.customer_label))
    sheet.set_y(top + 6)
    for number, line in enumerate(invoice.customer):
        if shown := shortened(drawable(line)):
            sheet.set_x(sheet.left)
            sheet.pen(11 if number == 0 else 9.5, INK, "B" if number == 0 else "")
            sheet.multi_cell(half - 8, 5.6, shown, align="L", new_x="LMARGIN", new_y="NEXT")
    below = sheet.get_y()
    sheet.set_y(top)
    for label, value in invoice.facts:
        sheet.set_x(sheet.left + half)
        sheet.pen(9, SOFT)
        sheet.cell(FACT, 6, drawable(label))
        sheet.pen(9.5, INK)
        sheet.multi_cell(half - FACT, 6, drawable(value), align="R", new_x="LMARGIN", new_y="NEXT")
    sheet.set_y(max(sheet.get_y(), below) + 12)


def _table(sheet: Sheet, invoice: Invoice) -> None:
    sheet.set_fill_color(*TINT)
    sheet.rect(sheet.left, sheet.get_y(), sheet.wide, 9, style="F", round_corners=True, corner_radius=1.5)
    sheet.set_x(sheet.left + 4)
    sheet.pen(9, SOFT, "B")
    sheet.cell(sheet.wide - AMOUNT - 8, 9, drawable(invoice.columns[0]))
    sheet.cell(AMOUNT, 9, drawable(invoice.columns[1]), align="R")
    sheet.ln(12)
    for what, amount in invoice.lines:
        top = sheet.get_y()
        sheet.set_xy(sheet.left + sheet.wide - AMOUNT - 4, top)
        sheet.pen(10, INK)
        sheet.cell(AMOUNT, 5.6, drawable(amount), align="R")
        sheet.set_xy(sheet.left + 4, top)
        wide = sheet.wide - AMOUNT - 16
        sheet.multi_cell(wide, 5.6, shortened(drawable(what)), align="L", new_x="LMARGIN", new_y="NEXT")
        sheet.ln(3)
        sheet.hairline()
        sheet.ln(3)


def _sums(sheet: Sheet, invoice: Invoice) -> None:
    left, label = sheet.left + sheet.wide / 2, sheet.wide / 2 - AMOUNT - 4
    sheet.ln(1)
    for words, amount in invoice.sums:
        sheet.set_x(left)
        sheet.pen(9.5, SOFT)
        sheet.cell(label, 6.4, drawable(words))
        sheet.pen(9.5, INK)
        sheet.cell(AMOUNT, 6.4, drawable(amount), align="R")
        sheet.ln(6.4)
    sheet.ln(2)
    top, height = sheet.get_y(), 15.0
    sheet.set_fill_color(*TINT)
    sheet.set_draw_color(*RULE)
    sheet.rect(left - 4, top, sheet.wide / 2 + 4, height, style="F", round_corners=True, corner_radius=2)
    sheet.set_xy(left, top)
    sheet.pen(10.5, INK, "B")
    sheet.cell(label, height, drawable(invoice.total[0]))
    sheet.pen(14, INK, "B")
    sheet.cell(AMOUNT, height, drawable(invoice.total[1]), align="R")
    stamp = drawable(invoice.stamp)
    sheet.pen(10.5, INK, "B")
    sheet.stamp(stamp, sheet.left + sheet.get_string_width(stamp) + 8, top + 3, STAMPS[invoice.state])
    sheet.set_y(top + height + 12)
