"""The simulator's page, as a person sees it in a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.web.stand_in import BUDI, LIST_SID, SARI, Service, bubble, phone

# One browser, and so one event loop, for all of these tests; each has a simulator and a page of its own.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_what_budi_writes_appears_with_its_tick_and_reaches_the_service(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await budi.get_by_role("textbox").fill("Saldo *belum* masuk")
    await budi.get_by_role("textbox").press("Enter")
    said = bubble(budi, "Saldo belum masuk")
    await expect(said.locator("b")).to_have_text("belum")
    await expect(said.get_by_role("img", name="delivered")).to_be_visible()
    await expect(budi.get_by_role("textbox")).to_have_value("")
    assert [form["Body"] for form in service.forms] == ["Saldo *belum* masuk"]


async def test_shift_enter_begins_a_line_and_does_not_send(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await budi.get_by_role("textbox").fill("satu")
    await budi.get_by_role("textbox").press("Shift+Enter")
    await expect(budi.get_by_role("textbox")).to_have_value("satu\n")
    assert service.forms == []


async def test_a_bots_button_is_pressed_and_its_answer_is_shown(page: Page, service: Service) -> None:
    sari = phone(page, "Sari")
    await sari.get_by_role("button", name="Start").click()
    await expect(bubble(sari, "/start")).to_be_visible()
    keyboard = [[{"text": "Sen 09.00", "callback_data": "slot:1"}, {"text": "Peta", "url": "https://example.com/map"}]]
    await service.telegram("sendMessage", chat_id=1001, text="Pilih jamnya", reply_markup={"inline_keyboard": keyboard})
    await expect(bubble(sari, "Pilih jamnya")).to_be_visible()
    await expect(sari.get_by_role("link", name="Peta")).to_have_attribute("href", "https://example.com/map")
    await sari.get_by_role("button", name="Sen 09.00").click()
    pressed = await service.callback()
    assert (pressed["data"], pressed["from"]["id"]) == ("slot:1", 1001)
    await service.telegram("answerCallbackQuery", callback_query_id=pressed["id"], text="Dicatat")
    await expect(sari.get_by_role("status")).to_have_text("Dicatat")


async def test_a_list_opens_as_a_sheet_and_the_choice_is_sent(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await service.sim.world.say("budi", "Halo")
    await service.whatsapp(ContentSid=LIST_SID)
    await budi.get_by_role("button", name="Pilih topik").click()
    sheet = budi.get_by_role("dialog", name="Pilih topik")
    await expect(sheet.get_by_role("button", name="Send")).to_be_disabled()
    await sheet.get_by_role("radio", name="Pinjaman").check()
    await sheet.get_by_role("button", name="Send").click()
    await expect(sheet).to_have_count(0)
    await expect(bubble(budi, "Pinjaman").get_by_role("img", name="delivered")).to_be_visible()
    assert service.forms[-1]["ListId"] == "care.loan"


async def test_the_sheet_closes_by_escape_and_nothing_is_sent(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await service.sim.world.say("budi", "Halo")
    await service.whatsapp(ContentSid=LIST_SID)
    await budi.get_by_role("button", name="Pilih topik").click()
    await page.keyboard.press("Escape")
    await expect(budi.get_by_role("dialog")).to_have_count(0)
    await expect(budi.get_by_role("button", name="Pilih topik")).to_be_focused()
    assert [form["Body"] for form in service.forms] == ["Halo"]


async def test_the_focus_stays_though_the_message_is_drawn_anew(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await service.sim.world.say("budi", "Halo")
    await service.whatsapp(ContentSid=LIST_SID)
    said = service.sim.world.messages(BUDI)[-1]
    await service.sim.world.wait(lambda: said.status == "read")
    button = budi.get_by_role("button", name="Pilih topik")
    await button.click()
    told = service.sim.world.feed.publish
    told("message", lambda: {"chat": BUDI, "message": said.to_json() | {"edited_at": said.at.isoformat()}})
    await expect(budi.get_by_text("edited")).to_be_attached()
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    told("message", lambda: {"chat": BUDI, "message": said.to_json()})
    await expect(budi.get_by_text("edited")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_what_the_service_says_after_the_window_is_shown_as_not_delivered(page: Page, service: Service) -> None:
    budi = phone(page, "Budi")
    await service.sim.world.say("budi", "Halo")
    await expect(budi.locator(".window-pill")).to_contain_text("h")
    await page.get_by_role("button", name="+1 day").click()
    await expect(budi.locator(".window-pill")).to_contain_text("closed")
    await service.whatsapp(Body="Masih di sana?")
    await expect(bubble(budi, "Masih di sana?")).to_contain_text("Not delivered · 63016")


async def test_what_lies_open_on_the_screen_is_read(page: Page, service: Service) -> None:
    await service.sim.world.say("budi", "Halo")
    await service.whatsapp(Body="Selamat pagi")
    await expect(bubble(phone(page, "Budi"), "Selamat pagi")).to_be_visible()
    said = service.sim.world.messages(BUDI)[-1]
    await service.sim.world.wait(lambda: said.status == "read")


async def test_the_clock_is_moved(page: Page, service: Service) -> None:
    before = service.sim.world.now()
    shown = await page.locator("#clock-now").text_content()
    await page.get_by_role("button", name="+1 h").click()
    await expect(page.locator("#clock-now")).not_to_have_text(shown or "")
    await page.get_by_role("button", name="Custom", exact=True).click()
    await page.get_by_role("dialog", name="Move the clock").get_by_label("Amount").fill("2")
    await page.get_by_role("dialog", name="Move the clock").get_by_label("Unit").select_option("days")
    await page.get_by_role("button", name="Move", exact=True).click()
    await expect(page.get_by_role("dialog", name="Move the clock")).to_be_hidden()
    moved = service.sim.world.now() - before
    assert timedelta(days=2, hours=1) <= moved < timedelta(days=2, hours=1, minutes=5)


@pytest.mark.parametrize(
    ("link", "name", "draft"),
    [
        ("/?open=whatsapp&text=Halo%2C%20saya%20*Budi*", "Budi", "Halo, saya *Budi*"),
        ("/#open=whatsapp&text=Halo", "Budi", "Halo"),
        ("/?open=telegram&start=care_topup-1", "Sari", "/start care_topup-1"),
    ],
)
async def test_a_link_opens_the_phone_with_its_draft(
    page: Page, service: Service, link: str, name: str, draft: str
) -> None:
    await page.goto("about:blank")
    await page.goto(service.sim.url + link)
    box = phone(page, name).get_by_role("textbox")
    await expect(box).to_have_value(draft)
    await expect(box).to_be_focused()


async def test_the_agents_see_topics_and_either_of_them_speaks(page: Page, service: Service) -> None:
    agents = phone(page, "Sahut - Agen")
    group = service.sim.config.agents_chat_id
    first = await service.telegram("createForumTopic", chat_id=group, name="Budi · top up")
    thread = first["message_thread_id"]
    await service.telegram("sendMessage", chat_id=group, message_thread_id=thread, text="Saldo belum masuk")
    await service.telegram("createForumTopic", chat_id=group, name="Rini · login")
    await expect(bubble(agents, "Saldo belum masuk")).to_be_visible()
    await expect(agents.get_by_role("button", name="Rini · login")).to_contain_text("1 unread")
    await agents.get_by_role("button", name="Rudi").click()
    await agents.get_by_role("textbox").fill("Saya cek dulu")
    await agents.get_by_role("textbox").press("Enter")
    said = await service.sim.world.wait(lambda: service.sim.world.messages(f"telegram:{group}", thread)[2:])
    assert (said[0].sender, said[0].text) == ("rudi", "Saya cek dulu")
    await expect(bubble(agents, "Saya cek dulu")).to_have_class("msg out is-text new")
    await agents.get_by_role("button", name="Dewi").click()
    await expect(bubble(agents, "Saya cek dulu")).to_have_class("msg in is-text")


async def test_a_deleted_topic_stays_in_the_list_and_takes_no_more(page: Page, service: Service) -> None:
    agents = phone(page, "Sahut - Agen")
    group = service.sim.config.agents_chat_id
    await service.telegram("createForumTopic", chat_id=group, name="Budi · top up")
    await agents.get_by_role("button", name="Topic menu").click()
    await agents.get_by_role("button", name="Delete topic").click()
    await expect(agents.get_by_role("button", name="Budi · top up")).to_contain_text("deleted")
    await expect(agents.get_by_text("This topic was deleted.")).to_be_visible()
    await expect(agents.get_by_role("textbox")).to_be_hidden()


async def test_a_closed_topic_takes_no_more_until_it_is_open_again(page: Page, service: Service) -> None:
    agents = phone(page, "Sahut - Agen")
    group = service.sim.config.agents_chat_id
    topic = await service.telegram("createForumTopic", chat_id=group, name="Budi · top up")
    await agents.get_by_role("button", name="Topic menu").click()
    await agents.get_by_role("button", name="Close topic").click()
    await expect(agents.get_by_text("This topic is closed.")).to_be_visible()
    await expect(agents.get_by_role("textbox")).to_be_hidden()
    assert service.sim.world.chat(f"telegram:{group}").topics[topic["message_thread_id"]].closed
    await agents.get_by_role("button", name="Reopen").click()
    await expect(agents.get_by_role("textbox")).to_be_visible()
    await service.telegram("closeForumTopic", chat_id=group, message_thread_id=topic["message_thread_id"])
    await expect(agents.get_by_role("textbox")).to_be_hidden()


async def test_a_bots_command_is_sent_from_its_menu(page: Page, service: Service) -> None:
    await service.telegram("setMyCommands", commands=[{"command": "menu", "description": "Menu utama"}])
    await service.sim.world.say("sari", "Halo")
    sari = phone(page, "Sari")
    await sari.get_by_role("button", name="Commands").click()
    await sari.get_by_role("button", name="Menu utama").click()
    await expect(bubble(sari, "/menu")).to_be_visible()


async def test_a_migrated_group_goes_on_with_the_draft_and_the_speaker(page: Page, service: Service) -> None:
    agents = phone(page, "Sahut - Agen")
    await agents.get_by_role("button", name="Rudi").click()
    await agents.get_by_role("textbox").fill("Belum dikirim")
    await agents.get_by_role("button", name="Group menu").click()
    await agents.get_by_role("button", name="New group id").click()
    await expect(bubble(agents, "Belum dikirim")).to_have_count(0)
    await expect(agents.get_by_text("Grup menjadi supergrup").first).to_be_visible()
    await expect(agents.get_by_role("textbox")).to_have_value("Belum dikirim")
    await agents.get_by_role("textbox").press("Enter")
    moved = next(c for c in service.sim.world.chats.values() if c.kind == "forum" and not c.migrated_to)
    said = await service.sim.world.wait(lambda: service.sim.world.messages(moved.id)[1:])
    assert (said[0].sender, said[0].text) == ("rudi", "Belum dikirim")


async def test_the_ops_group_is_there_once_it_has_messages(page: Page, service: Service) -> None:
    await expect(phone(page, "Sahut - Ops")).to_have_count(0)
    await service.telegram("sendMessage", bot=1, chat_id=service.sim.config.ops_chat_id, text="Kesalahan baru")
    await expect(bubble(phone(page, "Sahut - Ops"), "Kesalahan baru")).to_be_visible()


async def test_a_phone_is_taken_from_the_drawer_and_put_back(page: Page) -> None:
    await page.get_by_role("button", name="Phones").click()
    await page.get_by_role("switch", name="Andi").check()
    await expect(phone(page, "Andi")).to_be_visible()
    await page.get_by_role("switch", name="Andi").uncheck()
    await expect(phone(page, "Andi")).to_have_count(0)


async def test_a_new_customer_gets_a_phone_and_writes(page: Page, service: Service) -> None:
    await page.get_by_role("button", name="New customer").click()
    form = page.get_by_role("dialog", name="New customer")
    await form.get_by_label("Name").fill("Grace")
    await form.get_by_role("radio", name="Telegram").check(force=True)
    await form.get_by_role("radio", name="English").check(force=True)
    await form.get_by_role("button", name="Hand over the phone").click()
    grace = phone(page, "Grace")
    await expect(grace.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("Hello")
    await page.keyboard.press("Enter")
    await expect(bubble(grace, "Hello")).to_be_visible()
    person = next(person for person in service.sim.world.people.values() if person.name == "Grace")
    assert (person.channel, person.language) == ("telegram", "en")


async def test_faults_are_added_listed_and_cleared(page: Page, service: Service) -> None:
    await page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    await panel.get_by_role("radio", name="Telegram").check(force=True)
    await panel.get_by_role("radio", name="429").check(force=True)
    await panel.get_by_label("Times").fill("3")
    await panel.get_by_role("button", name="Add").click()
    await expect(panel.get_by_role("list", name="Active")).to_contain_text("Telegram 4293 left")
    fault = service.sim.faults.list()[0]
    assert (fault.provider, fault.method, fault.kind, fault.times, fault.retry_after) == ("telegram", "*", "429", 3, 5)
    await panel.get_by_role("radio", name="Webhooks").check(force=True)
    await panel.get_by_role("radio", name="reordered").check(force=True)
    await panel.get_by_role("button", name="Add").click()
    await expect(panel.get_by_role("list", name="Active").get_by_role("listitem")).to_have_count(2)
    await panel.get_by_role("button", name="Clear Telegram 429").click()
    await expect(panel.get_by_role("list", name="Active")).not_to_contain_text("429")
    await expect(panel.get_by_role("list", name="Active")).to_contain_text("reordered")
    assert [(fault.method, fault.kind) for fault in service.sim.faults.list()] == [("webhook", "reorder")]
    await panel.get_by_role("button", name="Clear all").click()
    await expect(panel.get_by_role("list", name="Active")).to_contain_text("None")
    assert service.sim.faults.list() == []


async def test_sari_blocks_and_unblocks(page: Page, service: Service) -> None:
    sari = phone(page, "Sari")
    await sari.get_by_role("button", name="Chat menu").click()
    await sari.get_by_role("button", name="Block").click()
    await expect(sari.get_by_text("You have blocked this chat.")).to_be_visible()
    assert service.sim.world.chat(SARI).blocked
    await sari.get_by_role("button", name="Unblock").click()
    await expect(sari.get_by_role("textbox")).to_be_visible()
    assert not service.sim.world.chat(SARI).blocked


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "sticker", "location"])
async def test_each_kind_of_attachment_is_sent_and_shown(page: Page, kind: str) -> None:
    budi = phone(page, "Budi")
    await budi.get_by_role("button", name="Attach").click()
    await budi.get_by_role("dialog", name="Attach").get_by_role("button", name=kind.title()).click()
    said = budi.locator(f".msg.is-{kind}")
    await expect(said.get_by_role("img", name="delivered")).to_be_visible()
    if kind in ("photo", "sticker"):
        drawn = "image => image.complete && image.naturalWidth > 0"
        picture = said.locator("img")
        await expect(picture).to_be_visible()
        await page.wait_for_function(drawn, arg=await picture.element_handle())


async def test_an_edited_message_says_so(page: Page) -> None:
    sari = phone(page, "Sari")
    await sari.get_by_role("textbox").fill("Selasa")
    await sari.get_by_role("textbox").press("Enter")
    await bubble(sari, "Selasa").click(button="right")
    await sari.get_by_role("button", name="Edit").click()
    await sari.get_by_role("textbox").fill("Rabu")
    await sari.get_by_role("textbox").press("Enter")
    await expect(bubble(sari, "Rabu")).to_contain_text("edited")
    await expect(bubble(sari, "Selasa")).to_have_count(0)


async def test_a_bots_reaction_stands_at_the_message(page: Page, service: Service) -> None:
    said = await service.sim.world.say("sari", "Terima kasih")
    await service.telegram(
        "setMessageReaction", chat_id=1001, message_id=said.number, reaction=[{"type": "emoji", "emoji": "👍"}]
    )
    await expect(bubble(phone(page, "Sari"), "Terima kasih").get_by_label("Reactions")).to_have_text("👍")


async def test_markup_in_names_and_texts_stays_text(page: Page, service: Service) -> None:
    nasty = '<img src=x onerror="document.title=1">'
    person = await service.sim.world.add_person(nasty, "telegram")
    await service.sim.world.say(person.id, nasty)
    group = service.sim.config.agents_chat_id
    await service.telegram("createForumTopic", chat_id=group, name=nasty)
    await expect(bubble(phone(page, nasty), nasty)).to_be_visible()
    await expect(page.locator("img")).to_have_count(0)
    assert "simulator" in await page.title()


async def test_what_arrives_is_announced(page: Page, service: Service) -> None:
    await service.sim.world.say("budi", "Halo")
    await service.whatsapp(Body="Selamat pagi")
    await expect(page.locator("#live")).to_contain_text("Selamat pagi")


async def test_reset_begins_again(page: Page, service: Service) -> None:
    await service.sim.world.say("budi", "Halo")
    await expect(bubble(phone(page, "Budi"), "Halo")).to_be_visible()
    await page.get_by_role("button", name="Reset").click()
    await page.get_by_role("dialog", name="Reset").get_by_role("button", name="Reset").click()
    await expect(bubble(phone(page, "Budi"), "Halo")).to_have_count(0)
    assert service.sim.world.messages(BUDI) == []


async def test_the_care_page_is_linked(page: Page, service: Service) -> None:
    await expect(page.get_by_role("link", name="Care page")).to_have_attribute("href", str(service.sim.config.care_url))


async def test_on_a_phone_one_phone_fills_the_width_and_tabs_change_it(small_page: Page, service: Service) -> None:
    await service.sim.world.say("budi", "Halo " + "panjang" * 60)
    await service.whatsapp(ContentSid=LIST_SID)
    await expect(bubble(phone(small_page, "Budi"), "Halo")).to_be_visible()
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await small_page.evaluate(sideways) == 0
    await expect(small_page.get_by_role("tab", name="Budi")).to_have_attribute("aria-selected", "true")
    await small_page.get_by_role("tab", name="Sari").click()
    await expect(small_page.get_by_role("tab", name="Sari")).to_have_attribute("aria-selected", "true")
    await expect(phone(small_page, "Sari")).to_be_in_viewport(ratio=0.95)
    await phone(small_page, "Sari").get_by_role("textbox").fill("Halo")
    await phone(small_page, "Sari").get_by_role("textbox").press("Enter")
    await expect(bubble(phone(small_page, "Sari"), "Halo")).to_be_visible()
    assert await small_page.evaluate(sideways) == 0


async def test_a_swipe_changes_the_tab(small_page: Page) -> None:
    await small_page.locator("#stage").evaluate("stage => stage.scrollTo({left: stage.scrollWidth})")
    await expect(small_page.get_by_role("tab", name="Sahut - Agen")).to_have_attribute("aria-selected", "true")


async def test_on_a_phone_the_controls_are_behind_a_button(small_page: Page, service: Service) -> None:
    before = service.sim.world.now()
    await expect(small_page.get_by_role("button", name="+1 day")).to_be_hidden()
    await small_page.get_by_role("button", name="Controls").click()
    await small_page.get_by_role("button", name="+1 day").click()
    await service.sim.world.wait(lambda: service.sim.world.now() - before >= timedelta(days=1))
