"""A machine's whole life on the simulator's page, by the real service: a new customer orders it, pays by Alipay, has
it, is warned, renews it once, and lets it lapse.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.chat.serving import ED25519
from tests.talk import Talk
from tests.web.stand_in import bubble, phone

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DUES = 60
"""Presses of *To next due* after which a life would have to be over."""


@pytest_asyncio.fixture(loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    begun = await Talk.begin(
        tmp_path_factory.mktemp("machines"),
        payments="stripe",
        ticks=True,
        habits={"longest_pause": 0.02, "build_seconds": 0.0, "power_seconds": 0.0, "address_seconds": 0.0},
    )
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(talk: Talk, browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(talk.simulator.url)
    yield page
    await context.close()


async def hears(customer: Locator, words: str) -> Locator:
    """The last message that says so."""
    message = bubble(customer, words).last
    await expect(message).to_be_visible(timeout=30_000)
    return message


async def says(customer: Locator, words: str) -> None:
    await customer.get_by_role("textbox").fill(words)
    await customer.get_by_role("textbox").press("Enter")


async def presses(customer: Locator, said: str, label: str) -> None:
    await (await hears(customer, said)).get_by_role("button", name=label).click()


async def pays(page: Page, customer: Locator, order: int, method: str) -> None:
    """On Stripe's page, which opens by itself, and on Alipay's where it is that."""
    link = (await hears(customer, f"Order #{order}: please pay")).get_by_role("link", name="Pay now")
    async with page.expect_popup() as opened:
        await link.click()
    paying = await opened.value
    await paying.get_by_role("button", name=f"Pay by {method}").click()
    if method == "Alipay":
        await expect(paying.get_by_text("You were sent on to Alipay")).to_be_visible()
        await paying.get_by_role("button", name=re.compile("Authorise")).click()
    await hears(customer, f"for order #{order}")
    await paying.close()


async def test_a_machine_is_ordered_paid_had_renewed_and_lapses(desk: Page, talk: Talk) -> None:
    await desk.get_by_role("button", name="New customer").click()
    form = desk.get_by_role("dialog", name="New customer")
    await form.get_by_label("Name").fill("Grace")
    await form.get_by_role("radio", name="Telegram").check(force=True)
    await form.get_by_role("radio", name="English").check(force=True)
    await form.get_by_role("button", name="Hand over the phone").click()
    grace = phone(desk, "Grace")

    await says(grace, "VM")
    await presses(grace, "In which currency", "US dollar")
    await presses(grace, "Which plan?", "Medium")
    await presses(grace, "Where should", "Singapore")
    await presses(grace, "Which operating system", "Ubuntu")
    await presses(grace, "For how long", "1 month")
    await hears(grace, "SSH public key")
    await says(grace, ED25519)
    await presses(grace, "be called?", "vm-1")
    await hears(grace, "e-mail address")
    await says(grace, "grace@example.com")
    await presses(grace, "Is all this right?", "Order now")
    await hears(grace, "is noted: server vm-1")
    await pays(desk, grace, 1, "Alipay")
    await hears(grace, "Server #1 is running!")

    await desk.get_by_role("button", name="Machines", exact=True).click()
    racks = desk.get_by_role("tabpanel", name="Data centre")
    await expect(racks.locator(".unit")).to_contain_text("running")

    await goes_on_until(talk, desk, grace, "14 more days")
    await presses(grace, "14 more days", "Renew")
    await presses(grace, "Renew server vm-1", "1 month")
    await pays(desk, grace, 2, "card")
    await hears(grace, "is renewed: it runs until")

    await goes_on_until(talk, desk, grace, "We have switched off your server")
    await expect(racks.locator(".unit")).to_contain_text("off")
    await goes_on_until(talk, desk, grace, "has been deleted")
    await expect(racks.locator(".unit")).to_have_count(0)
    said = await grace.locator(".msg").all_text_contents()
    # The first term's warning became what was pressed on it.
    for warning in (
        "14 more days",
        "7 more days",
        "3 more days",
        "ends tomorrow",
        "ends today",
        "is over. It stays on",
    ):
        assert len([each for each in said if warning in each]) == 1, warning


async def goes_on_until(talk: Talk, page: Page, customer: Locator, words: str) -> None:
    """By *To next due*, until something new says so, or time alone brings nothing more about."""
    before = await bubble(customer, words).count()
    for _ in range(DUES):
        async with page.expect_response("**/sim/clock") as moved:
            await page.get_by_role("button", name="To next due").click()
        if not (await moved.value).ok:
            break
        await talk.quiet()
        if await bubble(customer, words).count() > before:
            return
    await expect(bubble(customer, words)).to_have_count(before + 1, timeout=30_000)
