"""Hand-over: a case, its topic in the agents' forum, both ways, leaving, closing, rating, and what time does."""

from datetime import timedelta

import pytest

from tests.chat_steps import handed_over, thread_of_case
from tests.talk import Scripted, Talk


async def test_a_wish_for_a_human_opens_a_case_with_number_topic_and_transcript(
    customer: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(customer, dewi)
    await desk.hears("Percakapan sebelumnya", "saldo saya belum masuk")
    header = desk.sees()[0]
    assert "Isi Saldo" in header
    assert "Dewi" in header
    await customer.says("sudah transfer dari tadi pagi")
    await desk.hears("sudah transfer dari tadi pagi")
    await customer.hears_nothing()


async def test_what_an_agent_writes_reaches_the_customer_and_back(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("Halo kak, boleh kirim buktinya?")
    heard = await customer.hears("boleh kirim buktinya")
    assert heard.text == "Halo kak, boleh kirim buktinya?"
    await customer.says("ini buktinya", media={"kind": "photo"})
    photo = await desk.hears("ini buktinya")
    assert photo.kind == "photo"
    await desk.says("Terima kasih", media={"kind": "document"})
    await customer.hears("Terima kasih")
    await talk.quiet()
    assert any(message.kind == "document" for message in customer._theirs())
    await customer.says(location={"lat": -6.2, "lon": 106.8})
    await desk.says("baik")
    await customer.hears("baik")
    assert any(message.kind == "location" for message in desk._theirs())


async def test_the_agents_are_told_once_and_the_customer_once(customer: Scripted, dewi: Scripted) -> None:
    await handed_over(customer, dewi)
    await customer.says("CS")
    await customer.says("halo?")
    await customer.hears_nothing()
    assert sum("Kasus #1 " in text for text in dewi.sees()) == 1


async def test_notes_for_colleagues_are_not_sent(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("// orang ini sudah pernah komplain")
    await customer.hears_nothing()


async def test_the_agents_commands(customer: Scripted, dewi: Scripted, rudi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    desk.ignores()
    rudis = rudi.in_topic(desk.thread or 0)
    await desk.says("/ambil")
    await desk.hears("Dewi menangani kasus #1")
    await desk.says("/ambil")
    await desk.hears("memang sudah Anda tangani")
    await rudis.says("/ambil")
    await desk.hears("Rudi mengambil alih", "dari Dewi")
    await desk.says("/alih entahlah")
    await desk.hears("Tim tidak dikenal", "lending")
    await desk.says("/alih lending")
    await desk.hears("dialihkan ke tim Pinjaman")
    await desk.says("/balas entahlah")
    names = await desk.hears("Jawaban itu tidak ada")
    name = names.text.rsplit(": ", 1)[1].split(",")[0].rstrip(".")
    await desk.says(f"/balas {name}")
    await desk.hears("Terkirim")
    assert customer.sees()[-1] in desk.sees()[-1]
    await desk.says("/ngawur")
    await desk.hears("tidak dikenal")
    await desk.says("/bantuan")
    await desk.hears("/alih TIM")
    await dewi.says("/kasus")
    await dewi.hears("1 kasus terbuka", "#1")
    await dewi.says("/tutup")
    await dewi.hears("hanya berlaku di dalam topik")


async def test_closing_asks_for_a_rating_and_the_chat_is_the_bots_again(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("/tutup")
    await customer.hears("sudah selesai", "1 sampai 5")
    await desk.hears("Kasus #1 ditutup")
    await customer.says("5")
    await customer.hears("Terima kasih atas penilaiannya")
    await desk.hears("5 dari 5")
    await customer.says("lupa pin")
    await customer.hears("Login")
    await desk.says("masih di sana?")
    await desk.hears("sudah ditutup")
    await customer.hears_nothing()


async def test_a_second_hand_over_works(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("/tutup")
    await customer.hears("sudah selesai")
    await customer.says("lupa pin")
    await customer.hears("Login")
    await customer.says("bicara dengan cs")
    await customer.hears("#2")
    again = await thread_of_case(dewi, 2)
    assert again.thread != desk.thread
    await again.says("Halo lagi")
    await customer.hears("Halo lagi")


async def test_the_customer_leaves_by_menu_and_a_confirmation(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await customer.says("menu")
    await customer.hears("Akhiri percakapan", "Ya, akhiri")
    await customer.presses("Tidak, lanjutkan")
    await customer.hears("tetap terhubung")
    await customer.says("menu")
    await customer.hears("Akhiri percakapan")
    await customer.presses("Ya, akhiri")
    await customer.hears("sudah diakhiri")
    await customer.hears("topik")
    await desk.hears("Pelanggan mengakhiri")


async def test_while_a_human_owns_the_chat_the_bot_answers_nothing(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    for text in (
        "lupa pin",
        "bantuan",
        "batal",
        "kembali",
        "bahasa",
        "2",
        "Halo, saya Budi, mengalami kesulitan top-up",
    ):
        await customer.says(text)
    await customer.hears_nothing()
    await desk.hears("kesulitan top-up")


async def test_a_deleted_topic_is_made_again_and_nothing_is_lost(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(customer, dewi)
    await talk.simulator.world.delete_topic(dewi.chat, desk.thread or 0)
    dewi.ignores()
    await customer.says("apakah masih ada orang?")
    again = await thread_of_case(dewi)
    assert again.thread != desk.thread
    await again.hears("apakah masih ada orang?")
    await again.says("ada kak")
    await customer.hears("ada kak")


async def test_an_idle_case_closes_saying_so(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("Ada lagi kak?")
    await customer.hears("Ada lagi")
    await talk.later(talk.simulation.catalog.cases.idle_close + timedelta(minutes=1))
    await customer.hears("kami tutup karena lama tidak ada pesan")
    await desk.hears("ditutup karena lama")
    await customer.says("lupa pin")
    await customer.hears("Login")


async def test_the_next_agent_is_named_while_the_customer_waits(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    desk.ignores()
    nudge = talk.simulation.catalog.cases.nudge_after
    await talk.later(nudge + timedelta(minutes=1))
    first = await desk.hears("sudah menunggu")
    await talk.later(nudge)
    second = await desk.hears("sudah menunggu")
    assert first.text.split(",")[0] != second.text.split(",")[0]
    await desk.says("maaf menunggu")
    await customer.hears("maaf menunggu")
    await talk.later(nudge + timedelta(minutes=1))
    await desk.hears_nothing()


async def test_outside_opening_hours_the_customer_is_told_when_somebody_will_be_there(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    await talk.later(timedelta(hours=13))  # 23.00 in Jakarta
    await customer.says("CS")
    await customer.hears("sedang tutup", "08.00 WIB")
    desk = await thread_of_case(dewi)
    await desk.hears("Percakapan sebelumnya")
    await talk.later(timedelta(hours=2))
    await desk.hears_nothing()


async def test_a_reply_outside_the_window_is_shown_in_the_topic_with_a_template_button(
    talk: Talk, budi: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(budi, dewi)
    desk.ignores()
    for _ in range(3):
        await talk.later(timedelta(hours=9))
        await desk.says("// masih dicek")
        await talk.quiet()
    await desk.says("Maaf lama, saldonya sudah kami perbaiki")
    await desk.hears("tidak sampai", "24 jam", "Kirim templat")
    budi.ignores()
    await desk.presses("Kirim templat")
    await budi.hears("sudah membalas kasus Anda #1")
    await desk.hears("Templat dikirim")
    await budi.says("iya, bagaimana?")
    await budi.hears("saldonya sudah kami perbaiki")
    await desk.hears("iya, bagaimana?")


async def test_who_blocked_the_bot_is_marked_and_the_agent_hears_of_it(
    talk: Talk, sari: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(sari, dewi)
    desk.ignores()
    await talk.simulator.world.block("sari")
    await talk.quiet()
    await desk.says("Halo?")
    await desk.hears("memblokir")
    await talk.simulator.world.unblock("sari")
    await sari.says("maaf, kepencet")
    await sari.hears("Halo?")
    await desk.hears("maaf, kepencet")


async def test_without_a_group_the_truth_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    talk = await Talk.begin(tmp_path_factory.mktemp("alone"), without_desk=True)
    budi = talk.person("budi")
    await budi.says("CS")
    await budi.hears("belum ada petugas")
    await talk.end()


async def test_strangers_groups_and_bots_have_no_say(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    ops = Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await ops.says("/tutup")
    await customer.hears_nothing()
    assert not any("ditutup" in text for text in desk.sees())


async def test_yes_and_no_are_understood_as_words(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await customer.says("menu")
    await customer.hears("Akhiri percakapan")
    await customer.says("nggak")
    await customer.hears("tetap terhubung")
    await customer.says("menu")
    await customer.hears("Akhiri percakapan")
    await customer.says("iya")
    await customer.hears("sudah diakhiri")
    await desk.hears("Pelanggan mengakhiri")
