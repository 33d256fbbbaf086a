"""Ways through an order, for the tests that need one."""

import pytest
from msgspec.structs import replace

from bot.build import Service
from handlers.ports import PaymentOption, Places
from tests.talk import Scripted

CODE = "andi2026sahut"
SANDBOX = PaymentOption(provider="sandbox", label="title-care", takes={"IDR": (1, 10**9)})
OTHER = PaymentOption(provider="other", label="title-language", takes={"IDR": (1, 10**9)})


def ways_to_pay(monkeypatch: pytest.MonkeyPatch, *options: PaymentOption) -> None:
    """Whatever is configured, these alone are offered."""
    really = Service._places

    def places(service: Service) -> Places:
        return replace(really(service), payments=options)

    monkeypatch.setattr(Service, "_places", places)


async def to_the_day(customer: Scripted, mentor: str = "Andi") -> None:
    await customer.says("mentoring")
    await customer.hears("Topik apa", "Usaha", "Pemrograman")
    await customer.presses("Usaha")
    await customer.hears("Dengan siapa", "Andi", "Maya")
    await customer.presses(mentor)
    await customer.hears("Hari apa", mentor)


async def to_the_time(customer: Scripted, day: str = "besok") -> None:
    await to_the_day(customer)
    await customer.says(day)
    await customer.hears("jam berapa")


async def to_the_summary(customer: Scripted, time: str = "09.00") -> None:
    await to_the_time(customer)
    await customer.says(time)
    await customer.hears("alamat e-mail")
    await customer.says(f"{customer.name}@example.com")
    await customer.hears("Pesanan Anda", "Andi", f"{customer.name}@example.com")


async def ordered(customer: Scripted, time: str = "09.00", number: int = 1) -> None:
    await to_the_summary(customer, time)
    await customer.presses("Pesan sekarang")
    await customer.hears(f"#{number}", "kami catat")


async def known(mentor: Scripted, code: str = CODE) -> None:
    """The mentor has said who they are."""
    await mentor.says(f"/start mentor_{code}")
    await mentor.hears("/agenda")
