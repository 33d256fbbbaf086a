"""The sandbox: a way to pay of our own. Its page in the real service over HTTP, and what it then says of the money."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.money import Money
from domain.payments import Found
from services.failures import Permanent
from services.payments.base import Forbidden, Link, Returned, Wanted
from services.payments.sandbox import Sandbox
from tests.web.site import PUBLIC, Answer, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = Money(150_000, "IDR")
FORM = "application/x-www-form-urlencoded"


class Play:
    """A site, and one invoice of its sandbox at a time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        provider = site.service.payments["sandbox"]
        assert isinstance(provider, Sandbox)
        self.sandbox = provider
        self.made = 0

    @property
    def reference(self) -> str:
        return f"pay-{self.made}-1"

    @property
    def now(self) -> datetime:
        return self.site.service.clock.now()

    async def link(self, *, open_for: timedelta = timedelta(hours=1), **more: Any) -> str:
        """The path of a new invoice's page."""
        self.made += 1
        values: dict[str, Any] = {
            "key": f"{self.reference}-create",
            "reference": self.reference,
            "amount": PRICE,
            "description": "#1 · Python · Andi",
            "email": "budi@example.com",
            "language": "en",
            "expires_at": self.now + open_for,
            "return_url": f"{PUBLIC}/pay/done?lang=en",
        }
        link = await self.sandbox.create_link(Wanted(**(values | more)))
        assert isinstance(link, Link)
        assert link.url.startswith(f"{PUBLIC}/pay/sandbox/")
        return link.url.removeprefix(PUBLIC)

    async def press(self, path: str, do: str, status: int = 200, **more: str) -> str:
        async with self.site.http.post(self.site.url + path, data={"do": do, **more}) as answer:
            assert answer.status == status
            return unescape(await answer.text())

    async def page(self, path: str) -> Answer:
        return await self.site.get(path)

    def notices(self) -> list[str]:
        return [unique for source, unique, kind in self.site.rows() if (source, kind) == ("sandbox", "payment-notice")]

    async def found(self, number: int = 1) -> Found:
        found = await self.sandbox.fetch(self.reference if number == 1 else f"{self.reference}/{number}")
        assert isinstance(found, Found)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    site = await Site.open(tmp_path_factory.mktemp("sandbox"))
    yield Play(site)
    await site.close()


@pytest.fixture
def play(standing: Play) -> Play:
    standing.made += 100
    return standing


def buttons(page: str) -> set[str]:
    return set(re.findall(r'name="do" value="(\w+)"', page))


# --- the page ---


async def test_the_page_of_an_open_invoice(play: Play) -> None:
    answer = await play.page(await play.link())
    assert answer.status == 200
    for words in ("IDR 150,000", "#1 · Python · Andi", "no real money", "Waiting for the payment until"):
        assert words in unescape(answer.text).replace("\xa0", " ")
    assert buttons(answer.text) == {"pay", "twice", "fail", "late", "other"}
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert (await play.found()).state == "open"


async def test_in_the_customer_s_language(play: Play) -> None:
    answer = await play.page(await play.link(language="id"))
    assert "Bayar" in answer.text
    assert 'lang="id"' in answer.text


async def test_what_a_stranger_wrote_is_escaped(play: Play) -> None:
    answer = await play.page(await play.link(description="<script>alert(1)</script>"))
    assert "<script" not in answer.text


async def test_paid(play: Play) -> None:
    page = await play.press(await play.link(), "pay")
    assert "received" in page
    charge = f"{play.reference}-charge-1"
    assert await play.found() == Found(state="paid", reference=play.reference, amount=PRICE, charge=charge)
    assert play.notices()[-1] == charge


async def test_failed(play: Play) -> None:
    path = await play.link()
    assert "failed" in await play.press(path, "fail")
    await play.press(path, "fail")
    assert (await play.found()).state == "open"
    assert play.notices()[-2:] == [f"{play.reference}-failed-1", f"{play.reference}-failed-2"]
    await play.press(path, "pay")
    assert (await play.found()).state == "paid"


async def test_paid_twice_is_two_charges_told_each(play: Play) -> None:
    await play.press(await play.link(), "twice")
    assert play.notices()[-2:] == [f"{play.reference}-charge-1", f"{play.reference}-charge-2"]
    assert [(await play.found(n)).charge for n in (1, 2)] == play.notices()[-2:]


async def test_paid_again_later(play: Play) -> None:
    path = await play.link()
    await play.press(path, "pay")
    await play.press(path, "pay")
    assert (await play.found(2)).charge == f"{play.reference}-charge-2"


async def test_another_amount(play: Play) -> None:
    await play.press(await play.link(), "other", amount="149000")
    found = await play.found()
    assert (found.state, found.amount) == ("paid", Money(149_000, "IDR"))


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.5", "1e3", "²", "9" * 20, "9" * 5000, "abc"])
async def test_what_is_no_amount(play: Play, amount: str) -> None:
    await play.press(await play.link(), "other", status=400, amount=amount)
    assert (await play.found()).state == "open"


async def test_late_money_comes_after_the_deadline(play: Play) -> None:
    """Nobody tells of it: whoever asks then finds it."""
    before = play.notices()
    page = await play.press(await play.link(open_for=timedelta(seconds=-30)), "late")
    assert "will come" in page
    assert play.notices() == before
    assert (await play.found()).state == "closed"
    path = await play.link(open_for=timedelta(minutes=-2))
    await play.press(path, "late", status=200)
    assert (await play.found()).state == "paid"
    assert play.notices()[-1] == f"{play.reference}-charge-1"


async def test_taken_back_and_paid_all_the_same(play: Play) -> None:
    path = await play.link()
    expired = await play.sandbox.expire(play.reference)
    assert isinstance(expired, Found)
    assert expired.state == "closed"
    page = await play.page(path)
    assert "closed" in page.text
    assert buttons(page.text) == {"pay", "other"}
    await play.press(path, "pay")
    assert (await play.found()).state == "paid"


# --- who may press ---


@pytest.mark.parametrize("token", ["x", "InBheS0xLTEi.x", "pay-1-1", "%00", "%ff", "..%2fhealth", "a" * 5000])
async def test_an_address_that_we_did_not_sign(play: Play, token: str) -> None:
    assert (await play.page(f"/pay/sandbox/{token}")).status == 404
    await play.press(f"/pay/sandbox/{token}", "pay", status=404)


async def test_a_changed_address(play: Play) -> None:
    path = await play.link()
    assert (await play.page(path[:-1] + ("A" if path[-1] != "A" else "B"))).status == 404
    assert (await play.page(path + "x")).status == 404


@pytest.mark.parametrize(
    ("headers", "status"), [({"Sec-Fetch-Site": "cross-site"}, 403), ({"Content-Type": "text/plain"}, 400)]
)
async def test_another_page_presses_nothing(play: Play, headers: dict[str, str], status: int) -> None:
    path = await play.link()
    given = {"Content-Type": FORM, **headers}
    async with play.site.http.post(play.site.url + path, data=b"do=pay", headers=given) as answer:
        assert answer.status == status
    assert (await play.found()).state == "open"


@pytest.mark.parametrize("do", ["", "refund", "PAY", "pay,pay"])
async def test_what_is_no_button(play: Play, do: str) -> None:
    await play.press(await play.link(), do, status=400)


async def test_it_is_closed_where_it_is_not_named(tmp_path: Path, play: Play) -> None:
    path = await play.link()
    site = await Site.open(tmp_path, payments="xendit")
    assert (await site.get(path)).status == 404
    assert (await site.get("/pay/done")).status == 200
    await site.close()


async def test_where_people_are_sent_back_to(play: Play) -> None:
    page = await play.page("/pay/done?lang=en")
    assert "go back to the chat" in page.text
    assert "https://wa.me/6281100000000" in page.text
    assert "kembali ke chat" in (await play.page("/pay/done?lang=%3Cscript%3E")).text


# --- as a provider ---


async def test_a_repeat_is_the_same_invoice(play: Play) -> None:
    path = await play.link()
    await play.press(path, "pay")
    play.made -= 1
    assert await play.link() == path
    assert (await play.found()).state == "paid"


async def test_refunds_are_done_at_once_and_once(play: Play) -> None:
    await play.press(await play.link(), "pay")
    given: dict[str, Any] = {
        "key": f"refund-{play.reference}",
        "charge": f"{play.reference}-charge-1",
        "amount": Money(100_000, "IDR"),
        "reference": play.reference,
    }
    done = Returned("done", f"{play.reference}/refund-{play.reference}")
    assert await play.sandbox.refund(**given) == done
    assert await play.sandbox.refund(**given) == done
    assert await play.sandbox.fetch_refund(done.provider_id) == done
    more = given | {"key": "another", "amount": Money(50_001, "IDR")}
    assert await play.sandbox.refund(**more) == Permanent("more than is left of the charge")
    assert isinstance(await play.sandbox.refund(**(more | {"amount": Money(50_000, "IDR")})), Returned)
    assert isinstance(await play.sandbox.refund(**(given | {"key": "k", "charge": "pay-9-9-charge-1"})), Permanent)


async def test_what_it_does_not_know(play: Play) -> None:
    await play.link()
    for provider_id in ("pay-0-0", "", f"{play.reference}/0", f"{play.reference}/x", f"{play.reference}/٢"):
        assert await play.sandbox.fetch(provider_id) == Permanent("no such invoice")
    assert await play.sandbox.fetch_refund("pay-0-0/x") == Permanent("no such refund")
    with pytest.raises(Forbidden):
        play.sandbox.parse_webhook(b"{}", {}, datetime.now(UTC))
