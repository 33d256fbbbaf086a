"""Care, as a person goes through it: menu, topics, free text, going back, changing one's mind."""

from pathlib import Path
from typing import Any

import pytest

from bot.catalog import load_catalog
from domain.catalog import Topic
from tests.talk import Scripted, Talk

CATALOG = load_catalog(Path("catalog.toml"))


async def test_a_greeting_is_answered_with_the_menu(customer: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang", "IKI Care", "Isi Saldo", "Bicara dengan CS")


@pytest.mark.parametrize("topic", [topic for topic in CATALOG.topics if not topic.children], ids=lambda topic: topic.id)
async def test_each_topic_of_the_first_level_is_answered(customer: Scripted, topic: Topic) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.presses(topic.name["id"])
    await customer.hears(topic.answer["id"].split("\n")[0].replace("*", "")[:30], "Bicara dengan CS", "Menu")


@pytest.mark.parametrize("topic", [topic for topic in CATALOG.topics if topic.children], ids=lambda topic: topic.id)
async def test_each_topic_of_the_second_level_is_answered(customer: Scripted, topic: Topic) -> None:
    for child in topic.children:
        await customer.says("menu")
        await customer.hears("pilih topik")
        await customer.presses(topic.name["id"])
        await customer.hears(topic.question["id"][:20], child.name["id"])
        await customer.types_choice(child.name["id"])
        await customer.hears(child.answer["id"].split("\n")[0].replace("*", "")[:30])


async def test_the_menu_is_edited_in_place_on_telegram(sari: Scripted) -> None:
    await sari.says("menu")
    await sari.hears("pilih topik")
    await sari.presses("Transaksi")
    await sari.hears("Kembali")
    await sari.presses("Kembali")
    await sari.hears("pilih topik")
    assert len(sari.sees()) == 1


async def test_a_typed_number_means_what_was_shown(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.says("2")
    await customer.hears("Transfer")
    await customer.says("2️⃣")
    await customer.hears("Transfer", "Bicara dengan CS")


async def test_a_typed_label_is_a_press(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.says("transaksi")
    await customer.hears("Kembali")


async def test_free_text_opens_its_topic(customer: Scripted) -> None:
    await customer.says("saldo saya belum masuk")
    await customer.hears("Isi Saldo", "Bicara dengan CS")
    await customer.says("lupa pin")
    await customer.hears("Login")


async def test_nonsense_gets_the_menu_and_says_so(customer: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang")
    await customer.says("qwrtzp xkcd")
    await customer.hears("belum paham")
    await customer.hears("pilih topik")


async def test_back_goes_one_question_back_and_then_to_the_menu(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.presses("Transaksi")
    await customer.hears("Kembali")
    await customer.says("kembali")
    await customer.hears("pilih topik")


async def test_cancel_drops_what_is_in_hand(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.presses("Transaksi")
    await customer.hears("Kembali")
    await customer.says("batal")
    await customer.hears("dibatalkan")
    await customer.hears("pilih topik")
    await customer.says("batal")
    await customer.hears("Tidak ada yang perlu dibatalkan")


async def test_a_digression_is_answered_and_the_question_asked_once_more(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.presses("Transaksi")
    question = await customer.hears("Kembali")
    await customer.says("lupa pin")
    await customer.hears("Login")
    again = await customer.hears("Kembali")
    assert again.text == question.text
    await customer.hears_nothing()


async def test_a_prefilled_text_opens_its_topic_in_the_middle_of_another_talk_and_offers_to_resume(
    customer: Scripted,
) -> None:
    await customer.says("menu")
    await customer.hears("pilih topik")
    await customer.presses("Transaksi")
    question = await customer.hears("Kembali")
    await customer.says("Halo, saya *Budi*, mengalami kesulitan top-up, mohon bantuannya.")
    await customer.hears("Isi Saldo", "Lanjutkan")
    await customer.presses("Lanjutkan")
    again = await customer.hears("Kembali")
    assert again.text == question.text


async def test_an_old_button_reopens_the_menu(sari: Scripted) -> None:
    await sari.says("lupa pin")
    answer = await sari.hears("Login")
    await sari.says("bahasa")
    await sari.hears("Pilih bahasa")
    await sari.presses_on(answer, "Bicara dengan CS")
    await sari.hears("tidak berlaku")
    await sari.hears("topik")


async def test_help_and_the_language_work_at_any_time(customer: Scripted) -> None:
    await customer.says("bantuan")
    await customer.hears("Tulis kapan saja", "STOP")
    await customer.says("bahasa")
    await customer.hears("Pilih bahasa", "English")
    await customer.presses("English")
    await customer.hears("we will speak English")
    await customer.hears("Choose a topic")
    await customer.says("help")
    await customer.hears("Write at any time")


async def test_the_language_is_the_telegram_apps_and_is_remembered_once_chosen(talk: Talk) -> None:
    john = await talk.new_person("John", "telegram", "en")
    await john.says("hello")
    await john.hears("Welcome to", "How can we help")
    await john.says("bahasa")
    await john.hears("Choose your language")
    await john.presses("Bahasa Indonesia")
    await john.hears("berbahasa Indonesia")
    await john.hears("pilih topik")
    await talk.restart()
    await john.says("menu")
    await john.hears("pilih topik")


async def test_a_start_payload_opens_its_topic(sari: Scripted) -> None:
    await sari.says("/start care_login")
    await sari.hears("Login", "Bicara dengan CS")
    await sari.says("/start care_transactions")
    await sari.hears("Kembali")
    await sari.says("/start nonsense-payload")
    await sari.hears("pilih topik")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"media": {"kind": "sticker"}}, "Stiker"),
        ({"media": {"kind": "photo"}}, "Foto"),
        ({"media": {"kind": "voice"}}, "Pesan suara"),
        ({"media": {"kind": "document"}}, "Berkas"),
        ({"location": {"lat": -6.2, "lon": 106.8}}, "Lokasi"),
    ],
    ids=["sticker", "photo", "voice", "document", "location"],
)
async def test_a_message_without_words_gets_a_fitting_reply(
    customer: Scripted, sent: dict[str, Any], answer: str
) -> None:
    await customer.says(**sent)
    if answer == "Stiker" and customer.name == "budi":
        answer = "S"
    await customer.hears(answer)
    await customer.hears("topik")


async def test_people_are_served_apart(budi: Scripted, sari: Scripted) -> None:
    await budi.says("menu")
    await sari.says("bahasa")
    await budi.hears("pilih topik")
    await sari.hears("Pilih bahasa")
    await budi.says("1")
    await budi.hears("Isi Saldo")
    await sari.says("2")
    await sari.hears("we will speak English")


async def test_three_quick_messages_of_a_new_person_are_one_conversation_in_order(customer: Scripted) -> None:
    await customer.says("menu")
    await customer.says("2")
    await customer.says("1")
    await customer.hears("topik")
    await customer.hears("Kembali")
    await customer.hears("PPOB", "Bicara dengan CS")
    await customer.hears_nothing()


async def test_the_same_message_twice_is_answered_once(talk: Talk, customer: Scripted) -> None:
    message = await customer.says("halo")
    await customer.hears("Selamat datang")
    await talk.simulator.world.redeliver(customer.chat, message.id)
    await customer.hears_nothing()
    await talk.restart()
    await talk.simulator.world.redeliver(customer.chat, message.id)
    await customer.hears_nothing()


async def test_telegram_offers_the_prefilled_whatsapp_link(sari: Scripted) -> None:
    await sari.says("saldo belum masuk")
    answer = await sari.hears("Lanjut di WhatsApp")
    urls = [button.url for row in answer.buttons for button in row if button.url]
    assert len(urls) == 1
    assert "text=Halo%2C%20saya%20mengalami%20kesulitan" in urls[0]


async def test_the_language_can_be_named_at_once(customer: Scripted) -> None:
    await customer.says("English")
    await customer.hears("we will speak English")
    await customer.hears("Choose a topic")
    await customer.says("Indonesia")
    await customer.hears("berbahasa Indonesia")


async def test_signs_alone_are_answered(customer: Scripted) -> None:
    await customer.says("😀")
    await customer.hears("belum paham")
    await customer.hears("topik")


async def test_a_contact_gets_a_fitting_reply(customer: Scripted) -> None:
    await customer.says(contact={"phone_number": "+62811", "first_name": "Andi"})
    await customer.hears("Kontaknya sudah kami terima")
