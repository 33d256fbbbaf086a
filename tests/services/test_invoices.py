"""Invoices and proformas: what a customer gets to read, and the bookkeeper of theirs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.documents.invoice import Invoice, invoice_pdf
from tests.services.pdf import pages, words

PAID = Invoice(
    language="id",
    seller=("PT Kreasi Awan", "Jl. Sudirman 28, Jakarta", "NPWP 01.234.567.8-901.000"),
    title="Invoice",
    facts=(("Nomor", "INV/2026/000042"), ("Tanggal", "Sab, 21 Nov 2026"), ("Pesanan", "#17")),
    customer_label="Ditagihkan kepada",
    customer=("Sari Dewi", "sari@example.com"),
    columns=("Uraian", "Jumlah"),
    lines=(("Server Medium, 3 bulan", "Rp 720.000"), ("Potongan 5%", "-Rp 36.000")),
    sums=(("Subtotal", "Rp 684.000"), ("PPN 11%", "Rp 75.240")),
    total=("Total", "Rp 759.240"),
    stamp="LUNAS",
    state="paid",
    notes=("Dibayar pada Sab, 21 Nov 2026, 15.42 WIB.",),
    footer="Terima kasih.",
    dated=datetime(2026, 11, 21, 8, 42, tzinfo=UTC),
)


def test_everything_is_on_one_page() -> None:
    pdf = invoice_pdf(PAID)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert sorted(words(pdf)) == sorted(
        [
            *PAID.seller,
            "Invoice",
            *(word for row in (*PAID.facts, *PAID.lines, *PAID.sums, PAID.columns, PAID.total) for word in row),
            "Ditagihkan kepada",
            *PAID.customer,
            "LUNAS",
            *PAID.notes,
            "Terima kasih.",
        ]
    )


def test_the_same_invoice_is_the_same_bytes() -> None:
    assert invoice_pdf(PAID) == invoice_pdf(PAID)
    assert invoice_pdf(PAID) != invoice_pdf(replace(PAID, stamp="DIKEMBALIKAN", state="refunded"))


@pytest.mark.parametrize("name", ["Budi " * 1000, "B" * 5000, "李小龍", ""])
def test_whatever_somebody_is_called_the_sums_stay_on_the_page(name: str) -> None:
    pdf = invoice_pdf(
        replace(PAID, seller=(name, name, name), customer=(name, name), lines=((name, "Rp 720.000"),) * 3)
    )
    assert pages(pdf) == 1
    assert (
        words(pdf)[-6:] == ["PPN 11%", "Rp 75.240", "Total", "Rp 759.240", "LUNAS", *PAID.notes, "Terima kasih."][-6:]
    )


def test_what_was_asked_for_just_now_is_not_drawn_again() -> None:
    other = replace(PAID, footer="Sampai jumpa.")
    drawn = invoice_pdf(other)
    assert invoice_pdf(replace(other)) is drawn
    assert invoice_pdf(replace(other, stamp="DIKEMBALIKAN", state="refunded")) != drawn
