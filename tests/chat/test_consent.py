"""STOP and START."""

from tests.chat_steps import handed_over
from tests.talk import Scripted, Talk


async def test_stop_says_what_still_comes_and_answers_still_work(customer: Scripted) -> None:
    await customer.says("STOP")
    await customer.hears("tidak akan menerima survei dan promosi", "tetap kami kirim", "START")
    await customer.says("lupa pin")
    await customer.hears("Login")


async def test_stop_survives_a_restart_and_holds_back_the_survey(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    await customer.says("berhenti")
    await customer.hears("tidak akan menerima")
    await talk.restart()
    desk = await handed_over(customer, dewi)
    await desk.says("/tutup")
    closed = await customer.hears("sudah selesai")
    assert "1 sampai 5" not in closed.text
    await customer.says("START")
    await customer.hears("aktif lagi")
    await talk.restart()
    await customer.says("CS")
    await customer.hears("#2")
    again = dewi.in_topic((await dewi.hears("Kasus #2 ")).thread or 0)
    await again.says("/tutup")
    await customer.hears("1 sampai 5")


async def test_stop_works_while_a_human_owns_the_chat_and_the_talk_goes_on(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await customer.says("stop")
    await customer.hears("tidak akan menerima")
    await desk.says("Baik kak")
    await customer.hears("Baik kak")
