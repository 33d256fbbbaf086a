"""The mentor's phone, the mailbox, the calendar and the payments on the simulator's page."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.stand_in import Service, bubble, phone

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ANDI = 3001
NASTY = '<img src=x onerror="document.title=1">'
NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""12.00 in Jakarta."""


def desk(page: Page) -> Locator:
    return phone(page, "Mail & calendar")


async def mentoring(page: Page) -> None:
    await page.get_by_role("button", name="Mentoring").click()


async def open_tab(page: Page, name: str) -> Locator:
    await desk(page).get_by_role("tab", name=name).click()
    return desk(page).get_by_role("tabpanel", name=name)


def deliver(service: Service, number: int, to: str = "sari@example.com", **more: Any) -> None:
    mail = {"subject": f"Kuitansi {number}", "text": f"Pesanan {number}\n\nTerima kasih.", "attachments": []} | more
    service.sim.mailboxes.deliver([to], "Sahut <sahut@sahut.example>", message_id=f"<{number}@sahut.example>", **mail)


async def events(service: Service, method: str, event: str, **body: Any) -> None:
    """A call to the played Google Calendar as the service makes it."""
    user = service.sim.google_accounts.user_file()
    form = {name: user[name] for name in ("client_id", "client_secret", "refresh_token")}
    async with service.http.post(user["token_uri"], data={"grant_type": "refresh_token", **form}) as answer:
        token = (await answer.json())["access_token"]
    path = "" if method == "POST" else f"/{event}"
    url = f"{service.sim.url}/calendar/v3/calendars/primary/events{path}"
    query = {"sendUpdates": "all"} | ({} if method == "DELETE" else {"conferenceDataVersion": "1"})
    headers = {"Authorization": f"Bearer {token}"}
    async with service.http.request(method, url, params=query, json=body or None, headers=headers) as answer:
        assert answer.status < 300, await answer.text()


async def schedule(service: Service, event: str = "order1event0", at: datetime = NOON, **more: Any) -> None:
    solution = {"type": "hangoutsMeet"}
    body = {
        "id": event,
        "summary": "Mentoring: Python",
        "start": {"dateTime": at.isoformat(), "timeZone": "Asia/Jakarta"},
        "end": {"dateTime": (at + timedelta(hours=1)).isoformat(), "timeZone": "Asia/Jakarta"},
        "attendees": [{"email": "sari@example.com"}, {"email": "andi@example.com"}],
        "conferenceData": {"createRequest": {"requestId": event, "conferenceSolutionKey": solution}},
    }
    await events(service, "POST", event, **(body | more))


async def invoice(service: Service, number: int = 1, **more: Any) -> str:
    login = base64.b64encode(f"{service.sim.config.xendit_secret_key}:".encode()).decode()
    body = {"external_id": f"pay-{number}", "amount": 150_000, "description": "Mentoring: Python"} | more
    async with service.http.post(
        f"{service.sim.url}/v2/invoices/", json=body, headers={"Authorization": f"Basic {login}"}
    ) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["id"])


async def stripe_page(service: Service) -> str:
    form = {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1250",
        "line_items[0][price_data][product_data][name]": "Mentoring: Python",
        "success_url": "https://sahut.example/thanks",
    }
    headers = {"Authorization": f"Bearer {service.sim.config.stripe_secret_key}"}
    async with service.http.post(f"{service.sim.url}/v1/checkout/sessions", data=form, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["id"])


async def document(service: Service, name: str, kind: str, data: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("chat_id", str(ANDI))
    form.add_field("document", data, filename=name, content_type=kind)
    token = service.sim.config.telegram_bots[0].token
    async with service.http.post(f"{service.sim.url}/bot{token}/sendDocument", data=form) as answer:
        assert (await answer.json())["ok"]


# the mentor


async def test_mentor_and_customers_stand_side_by_side(page: Page) -> None:
    await expect(phone(page, "Andi")).to_have_count(0)
    await mentoring(page)
    await expect(page.get_by_role("button", name="Mentoring")).to_have_attribute("aria-pressed", "true")
    for name in ("Budi", "Sari", "Andi", "Mail & calendar"):
        await expect(phone(page, name)).to_be_in_viewport(ratio=0.95)
    await expect(phone(page, "Sahut - Agen")).to_have_count(0)
    await page.reload()
    await expect(phone(page, "Andi")).to_be_visible()
    await page.get_by_role("button", name="Care", exact=True).click()
    await expect(phone(page, "Sahut - Agen")).to_be_visible()
    await expect(phone(page, "Andi")).to_have_count(0)


async def test_the_mentor_begins_by_the_link_that_he_was_sent_and_approves(page: Page, service: Service) -> None:
    await mentoring(page)
    andi = phone(page, "Andi")
    await andi.get_by_role("button", name="Start").click()
    await expect(bubble(andi, "/start mentor_kode")).to_be_visible()
    keyboard = [[{"text": "Setujui", "callback_data": "mentor:1:approve"}]]
    await service.telegram("sendMessage", chat_id=ANDI, text="Pesanan baru", reply_markup={"inline_keyboard": keyboard})
    await andi.get_by_role("button", name="Setujui").click()
    pressed = await service.callback()
    assert (pressed["data"], pressed["from"]["id"]) == ("mentor:1:approve", ANDI)


async def test_another_mentor_is_taken_from_the_drawer(page: Page, service: Service) -> None:
    await mentoring(page)
    await expect(phone(page, "Maya")).to_have_count(0)
    await page.get_by_role("button", name="Phones").click()
    await page.get_by_role("switch", name="Maya").check()
    await page.keyboard.press("Escape")
    await phone(page, "Maya").get_by_role("button", name="Start").click()
    await expect(bubble(phone(page, "Maya"), "/start mentor_lain")).to_be_visible()


async def test_what_comes_for_the_mentor_unseen_is_counted(page: Page, service: Service) -> None:
    await service.sim.world.say("andi", "/start")
    await service.telegram("sendMessage", chat_id=ANDI, text="Pesanan baru")
    deliver(service, 1, "andi@example.com")
    await expect(page.get_by_role("button", name="Mentoring")).to_contain_text("2 unread")
    await mentoring(page)
    await expect(page.get_by_role("button", name="Mentoring")).not_to_contain_text("unread")


async def test_a_link_button_opens_beside_the_page(page: Page, service: Service) -> None:
    await mentoring(page)
    await service.sim.world.say("andi", "/start")
    pay = f"{service.sim.url}/sim/state"
    keyboard = [[{"text": "Bayar", "url": pay}, {"text": "Lain", "url": "javascript.example/x"}]]
    await service.telegram("sendMessage", chat_id=ANDI, text="Tautan", reply_markup={"inline_keyboard": keyboard})
    async with page.expect_popup() as opened:
        await phone(page, "Andi").get_by_role("link", name="Bayar").click()
    assert (await opened.value).url == pay
    await expect(phone(page, "Andi").get_by_role("link", name="Lain")).to_have_attribute(
        "href", "http://javascript.example/x"
    )


async def test_documents_are_opened(page: Page, service: Service) -> None:
    await mentoring(page)
    await service.sim.world.say("andi", "/start")
    await document(service, "kuitansi.pdf", "application/pdf", b"%PDF-1.4 ...")
    await document(service, "sesi.ics", "text/calendar", b"BEGIN:VCALENDAR")
    andi = phone(page, "Andi")
    receipt = andi.get_by_role("link", name="kuitansi.pdf")
    await expect(receipt).to_have_attribute("target", "_blank")
    await expect(receipt).not_to_have_attribute("download", "kuitansi.pdf")
    path = await receipt.get_attribute("href")
    async with service.http.get(f"{service.sim.url}{path}") as answer:
        assert (answer.content_type, await answer.read()) == ("application/pdf", b"%PDF-1.4 ...")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" not in answer.headers
    async with page.expect_download() as saved:
        await andi.get_by_role("link", name="sesi.ics").click()
    assert (await saved.value).suggested_filename == "sesi.ics"


async def test_a_file_that_is_a_page_stays_shut_in(page: Page, service: Service) -> None:
    await service.sim.world.say("andi", "/start")
    await document(service, "kuitansi.pdf", "text/html", b"<script>alert(1)</script>")
    media = service.sim.world.media.all()[-1]
    async with service.http.get(f"{service.sim.url}{media.url}") as answer:
        assert answer.headers["Content-Security-Policy"] == "sandbox"


# mails


async def test_nothing_was_mailed_scheduled_or_sold(page: Page) -> None:
    await mentoring(page)
    await expect(desk(page).get_by_text("No mails yet")).to_be_visible()
    await expect((await open_tab(page, "Calendar")).get_by_text("No events yet")).to_be_visible()
    await expect((await open_tab(page, "Payments")).get_by_text("No payments yet")).to_be_visible()


async def test_mails_stand_newest_first_and_are_read(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1)
    deliver(service, 2, text="Tautan: https://meet.google.com/abc-defg-hij. Sampai jumpa.")
    pane = desk(page).get_by_role("tabpanel", name="Mail")
    await expect(pane.get_by_role("listitem")).to_contain_text(["Kuitansi 2", "Kuitansi 1"])
    await expect(desk(page).get_by_role("tab", name="Mail")).to_contain_text("2 unread")
    await pane.get_by_role("button", name="Kuitansi 2").click()
    await expect(pane.get_by_role("heading", name="Kuitansi 2")).to_be_focused()
    link = pane.get_by_role("link", name="https://meet.google.com/abc-defg-hij", exact=True)
    await expect(link).to_have_attribute("target", "_blank")
    await expect(pane.get_by_role("article")).to_contain_text("Sahut <sahut@sahut.example>")
    await expect(desk(page).get_by_role("tab", name="Mail")).to_contain_text("1 unread")
    await pane.get_by_role("button", name="All mails").click()
    await expect(pane.get_by_role("button", name="Kuitansi 2")).to_be_focused()
    await page.reload()
    await expect(desk(page).get_by_role("tab", name="Mail")).to_contain_text("1 unread")


async def test_one_mailbox_is_chosen(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1)
    deliver(service, 2, "andi@example.com")
    deliver(service, 3, "Sari@Example.com")
    pane = desk(page).get_by_role("tabpanel", name="Mail")
    await pane.get_by_label("Mailbox of").select_option("sari@example.com")
    await expect(pane.get_by_role("listitem")).to_contain_text(["Kuitansi 3", "Kuitansi 1"])
    deliver(service, 4, "andi@example.com")
    await expect(pane.get_by_label("Mailbox of").locator("option")).to_have_text(
        ["Everybody (4)", "andi@example.com (2)", "sari@example.com (2)"]
    )
    await expect(pane.get_by_role("listitem")).to_have_count(2)


async def test_a_mail_that_came_twice_says_so_and_its_files_are_opened(page: Page, service: Service) -> None:
    await mentoring(page)
    for _ in range(2):
        deliver(service, 1, attachments=[("sesi.ics", "text/calendar", b"BEGIN:VCALENDAR")])
    pane = desk(page).get_by_role("tabpanel", name="Mail")
    await expect(pane.get_by_role("listitem")).to_have_count(1)
    await pane.get_by_role("button", name="Kuitansi 1").click()
    await expect(pane.get_by_role("article")).to_contain_text("came 2 times")
    async with page.expect_download() as saved:
        await pane.get_by_role("list", name="Attachments").get_by_role("link", name="sesi.ics").click()
    assert (await saved.value).suggested_filename == "sesi.ics"


# the calendar


async def test_events_stand_by_day_with_their_room(page: Page, service: Service) -> None:
    await mentoring(page)
    pane = await open_tab(page, "Calendar")
    await schedule(service, "order2event0", NOON + timedelta(days=1), summary="Mentoring: Usaha")
    await schedule(service)
    first = pane.get_by_role("listitem").filter(has_text="Mentoring: Python").first
    await expect(first).to_contain_text("Monday 23 November")
    await expect(first).to_contain_text("12:00–13:00 WIB")
    await expect(first.get_by_role("list", name="Attendees")).to_contain_text("sari@example.com")
    room = service.sim.google.events["order1event0"]
    await service.sim.world.wait(lambda: room.room)
    await expect(first.get_by_role("link", name="meet.google.com")).to_have_attribute("href", room.room)
    await expect(pane.get_by_role("heading", level=4)).to_contain_text(["Monday", "Tuesday"])
    # Its invitations are in the mailbox next door.
    mails = await open_tab(page, "Mail")
    await expect(mails.get_by_role("listitem").filter(has_text="andi@example.com").first).to_be_visible()


async def test_a_cancelled_event_is_struck(page: Page, service: Service) -> None:
    await mentoring(page)
    pane = await open_tab(page, "Calendar")
    await schedule(service)
    await events(service, "DELETE", "order1event0")
    await expect(pane.locator("s")).to_have_text("Mentoring: Python")
    await expect(pane.get_by_text("cancelled")).to_be_visible()
    await expect(pane.get_by_role("link")).to_have_count(0)


# payments


async def test_open_pages_are_listed_and_opened(page: Page, service: Service) -> None:
    await mentoring(page)
    pane = await open_tab(page, "Payments")
    paid = await invoice(service)
    await invoice(service, 2, amount=200_000, payer_email="sari@example.com")
    service.sim.xendit.pay(paid)
    await expect(pane.get_by_role("listitem")).to_contain_text(["Rp 200.000", "Rp 150.000"])
    await expect(pane.get_by_role("listitem").nth(0)).to_contain_text("sari@example.com · until")
    await expect(pane.get_by_role("listitem").nth(1)).to_contain_text("paid")
    await expect(desk(page).get_by_role("tab", name="Payments")).to_contain_text("1 open")
    async with page.expect_popup() as opened:
        await pane.get_by_role("link", name="Open the page").click()
    await expect((await opened.value).get_by_role("button", name="Pay Rp 200.000")).to_be_visible()


async def test_stripes_pages_stand_there_too(page: Page, service: Service) -> None:
    await mentoring(page)
    pane = await open_tab(page, "Payments")
    session = await stripe_page(service)
    await expect(pane.get_by_role("listitem")).to_contain_text("USD 12.50")
    await expect(pane.get_by_role("link", name="Open the page")).to_be_visible()
    service.sim.stripe.pay(session, later=True)
    await expect(pane.get_by_text("on its way")).to_be_visible()
    service.sim.stripe.settle(session)
    await expect(pane.get_by_text("paid")).to_be_visible()


async def test_a_page_whose_time_is_over_is_no_longer_open(page: Page, service: Service) -> None:
    await mentoring(page)
    pane = await open_tab(page, "Payments")
    await invoice(service, invoice_duration=1800)
    await expect(pane.get_by_role("link", name="Open the page")).to_be_visible()
    await page.get_by_role("button", name="+1 h").click()
    await expect(pane.get_by_text("expired")).to_be_visible()
    await expect(pane.get_by_role("link")).to_have_count(0)


# controls


async def test_the_clock_goes_to_what_is_due_next(page: Page, service: Service) -> None:
    button = page.get_by_role("button", name="To next due")
    await expect(button).to_be_visible()
    due = service.sim.world.now() + timedelta(hours=5)
    service.due = due
    await button.click()
    await expect(page.locator("#clock-now")).to_contain_text(f"{due + timedelta(hours=7):%H:%M} WIB")
    assert due <= service.sim.world.now() < due + timedelta(minutes=1)
    service.due = None
    async with service.http.post(f"{service.sim.url}/sim/clock", json={"to": "due"}) as answer:
        assert answer.status == 400
        assert "nothing is due" in (await answer.json())["error"]


async def test_what_can_go_wrong_is_what_the_simulator_tells(page: Page, service: Service) -> None:
    await page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    for place in ("WhatsApp", "Telegram", "Stripe", "Xendit", "Google", "Mail"):
        await expect(panel.get_by_role("radio", name=place)).to_be_visible()
    await panel.get_by_role("radio", name="Mail").check(force=True)
    await expect(panel.get_by_role("radio", name="Webhooks")).to_be_hidden()
    await panel.get_by_role("radio", name="554 · refused").check(force=True)
    await panel.get_by_role("button", name="Add").click()
    await expect(panel.get_by_role("list", name="Active")).to_contain_text("Mail 554")
    await panel.get_by_role("radio", name="Xendit").check(force=True)
    await panel.get_by_role("radio", name="Webhooks").check(force=True)
    await panel.get_by_role("radio", name="never").check(force=True)
    await panel.get_by_role("button", name="Add").click()
    await expect(panel.get_by_role("list", name="Active")).to_contain_text("Xendit webhooks never")
    await panel.get_by_role("radio", name="Google").check(force=True)
    await panel.get_by_role("radio", name="403").check(force=True)
    await panel.get_by_role("button", name="Add").click()
    set_ = [(fault.provider, fault.method, fault.kind) for fault in service.sim.faults.list()]
    assert set_ == [("smtp", "*", "5xx"), ("xendit", "webhook", "drop"), ("google", "*", "403")]


# in all


async def test_markup_stays_text_everywhere(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1, subject=NASTY, text=NASTY, attachments=[(NASTY, "text/plain", b"x")])
    pane = desk(page).get_by_role("tabpanel", name="Mail")
    await pane.get_by_role("button", name=NASTY).click()
    await expect(pane.get_by_role("article")).to_contain_text(NASTY)
    await schedule(service, summary=NASTY, description=NASTY)
    await expect((await open_tab(page, "Calendar")).get_by_text(NASTY).first).to_be_visible()
    await invoice(service, description=NASTY, external_id=NASTY)
    await expect((await open_tab(page, "Payments")).get_by_text(NASTY)).to_be_visible()
    await expect(page.locator("img")).to_have_count(0)
    assert "simulator" in await page.title()


async def test_the_desk_goes_by_keyboard(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1)
    await desk(page).get_by_role("tab", name="Mail").focus()
    await page.keyboard.press("ArrowRight")
    await expect(desk(page).get_by_role("tab", name="Calendar")).to_be_focused()
    await expect(desk(page).get_by_role("tabpanel", name="Calendar")).to_be_visible()
    await page.keyboard.press("ArrowLeft")
    await desk(page).get_by_role("button", name="Kuitansi 1").focus()
    await page.keyboard.press("Enter")
    await expect(desk(page).get_by_role("heading", name="Kuitansi 1")).to_be_focused()


async def test_a_mail_is_announced(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1)
    await expect(page.locator("#live")).to_have_text("Mail to sari@example.com: Kuitansi 1")


async def test_on_a_phone_all_of_it_has_a_tab(small_page: Page, service: Service) -> None:
    await expect(small_page.get_by_role("group", name="Who stands beside")).to_be_hidden()
    deliver(service, 1)
    await expect(small_page.get_by_role("tab", name="Mail & calendar")).to_contain_text("1 unread")
    await small_page.get_by_role("tab", name="Mail & calendar").click()
    await expect(desk(small_page)).to_be_in_viewport(ratio=0.9)
    await schedule(service)
    await expect((await open_tab(small_page, "Calendar")).get_by_text("Mentoring: Python").first).to_be_in_viewport()
    await small_page.get_by_role("tab", name="Andi").click()
    await expect(phone(small_page, "Andi")).to_be_in_viewport(ratio=0.9)
    wider = await small_page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider == 0


async def test_reset_empties_the_desk(page: Page, service: Service) -> None:
    await mentoring(page)
    deliver(service, 1)
    await schedule(service)
    await invoice(service)
    await expect(desk(page).get_by_role("button", name="Kuitansi 1")).to_be_visible()
    await page.get_by_role("button", name="Reset").click()
    await page.get_by_role("dialog", name="Reset").get_by_role("button", name="Reset").click()
    await expect(desk(page).get_by_text("No mails yet")).to_be_visible()
    await expect((await open_tab(page, "Calendar")).get_by_text("No events yet")).to_be_visible()
    await expect((await open_tab(page, "Payments")).get_by_text("No payments yet")).to_be_visible()
