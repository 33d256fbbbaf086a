"""What a review found: storage that fails in the middle of a send, a sender that is lost and held again, topics that
come late or not at all, old buttons, edits, and reports that arrive twice.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.channels.base import Failed, Part, Result, Retry
from domain.events import Arrival, Said, SaidKind
from domain.messages import FailureReason
from domain.people import Conversation
from storage.base import Change, Claim, Lease, Line, Stale, StorageUnavailable
from tests.chat_steps import handed_over, thread_of_case
from tests.talk import Scripted, Talk

Send = Callable[[str, Part], Awaitable[Result]]


async def believe_the_window_open(talk: Talk, person: Scripted) -> None:
    """Our own records say that they wrote just now; the provider knows better."""
    storage = talk.service.storage
    conversation = await storage.get(Conversation, person.chat)
    assert conversation is not None
    await storage.save(replace(conversation, last_inbound_at=talk.simulation.clock.now()))


def count(person: Scripted, words: str) -> int:
    return sum(words in text for text in person.sees())


# --- sending ---


async def test_what_was_sent_but_could_not_be_written_down_is_not_sent_again(
    talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, failures = talk.service.storage, [1, 2]
    settle = storage.settle

    async def full_disk(*args: Any, **more: Any) -> Any:
        if failures:
            failures.pop()
            raise StorageUnavailable("disk full")
        return await settle(*args, **more)

    monkeypatch.setattr(storage, "settle", full_disk)
    await customer.says("halo")
    await customer.hears("Selamat datang")
    await customer.hears_nothing()
    assert not failures


async def test_a_send_that_breaks_off_holds_up_its_own_chat_only_and_doubles_nothing(
    talk: Talk, sari: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    john = await talk.new_person("John", "telegram", "en")
    telegram = talk.service.channels.telegram
    assert telegram is not None
    send: Send = telegram.send
    broken = [1]

    async def breaks_off(to: str, part: Part) -> Result:
        if to == john.chat and broken:
            broken.pop()
            raise RuntimeError("a bug")
        return await send(to, part)

    monkeypatch.setattr(telegram, "send", breaks_off)
    talk.simulator.faults.add("telegram", "sendMessage", "429", chat=sari.chat, retry_after=1)
    await sari.says("halo")
    await asyncio.sleep(0.3)
    await john.says("hello")
    await sari.hears("Selamat datang")
    await john.hears("Welcome")
    await talk.quiet()
    assert count(sari, "Selamat datang") == 1
    assert count(john, "Welcome") == 1


async def test_a_sender_that_is_lost_and_held_again_sends_nothing_twice(talk: Talk, sari: Scripted) -> None:
    talk.simulator.faults.add("telegram", "sendMessage", "429", chat=sari.chat, retry_after=2)
    await sari.says("halo")
    await asyncio.sleep(0.3)
    for outbox in talk.service._outboxes:
        outbox._held_until = 0.0  # as after half a minute without storage
        outbox.wake()
    await sari.hears("Selamat datang")
    await talk.quiet()
    assert count(sari, "Selamat datang") == 1


async def test_a_group_at_its_limit_holds_up_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.AT_ONCE", 1)
    talk = await Talk.begin(tmp_path, telegram_group_rate=3)
    sari, john = talk.person("sari"), await talk.new_person("John", "telegram", "en")
    await sari.says("CS")
    await sari.hears("#1")
    await thread_of_case(talk.agent("dewi"))
    await asyncio.sleep(0.3)
    await john.says("hello")
    await john.hears("Welcome")
    await talk.end()


async def test_the_provider_who_says_the_window_is_closed_gets_the_template_once(
    talk: Talk, budi: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(budi, dewi)
    await talk.later(timedelta(hours=26))
    await desk.says("Maaf lama")
    await desk.hears("tidak sampai", "Kirim templat")
    await believe_the_window_open(talk, budi)
    await desk.presses("Kirim templat")
    await talk.quiet()
    sent = [message.status for message in budi._theirs() if "sudah membalas kasus" in message.text]

    assert len(sent) == 2
    assert sent[-1] == "delivered"


async def test_who_blocked_us_is_left_alone_inside_the_window_too(
    talk: Talk, sari: Scripted, dewi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await handed_over(sari, dewi)
    await desk.says("Ada lagi kak?")
    await sari.hears("Ada lagi")
    await talk.simulator.world.block("sari")
    await talk.quiet()
    telegram = talk.service.channels.telegram
    assert telegram is not None
    send: Send = telegram.send
    tried: list[str] = []

    async def noted(to: str, part: Part) -> Result:
        tried.append(to)
        return await send(to, part)

    monkeypatch.setattr(telegram, "send", noted)
    await talk.later(talk.simulation.catalog.cases.idle_close + timedelta(minutes=1))
    await desk.hears("ditutup karena lama")
    await talk.quiet()
    assert sari.chat not in tried


async def test_one_message_that_cannot_be_read_stops_no_other(talk: Talk, sari: Scripted) -> None:
    await sari.says("halo")
    await sari.hears("Selamat datang")
    assert talk.settings.sqlite_path
    with closing(sqlite3.connect(talk.settings.sqlite_path)) as file, file:
        file.execute(
            'INSERT INTO outbox (id, version, sender, "to", delivery, queued_at, entry, body)'
            " VALUES ('odd', 1, 'telegram', ?, 'queued', '', 0, '{\"purpose\": 5}')",
            (sari.chat,),
        )
    await sari.says("lupa pin")
    await sari.hears("Login")


async def test_a_failure_report_whose_turn_meets_a_conflict_is_still_shown_to_the_agent(
    talk: Talk, budi: Scripted, dewi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await handed_over(budi, dewi)
    desk.ignores()
    storage, conflicts = talk.service.storage, [1]
    commit = storage.commit

    async def once_stale(change: Change, *, lease: Lease | None = None) -> Claim | None:
        if conflicts and any(message.say.case for message, *_ in change.reports):
            conflicts.pop()
            raise Stale("cases/case-1")
        return await commit(change, lease=lease)

    monkeypatch.setattr(storage, "commit", once_stale)
    await talk.later(timedelta(hours=26))
    await believe_the_window_open(talk, budi)
    await desk.says("Halo?")
    await desk.hears("tidak sampai")
    assert not conflicts


async def test_who_blocked_us_on_whatsapp_is_marked_by_the_report(talk: Talk, budi: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(budi, dewi)
    await desk.says("Halo?")
    heard = await budi.hears("Halo?")
    await talk.quiet()
    config = talk.simulator.config
    report = {
        "MessageSid": heard.id,
        "MessageStatus": "undelivered",
        "ErrorCode": "63032",
        "To": budi.chat,
        "From": config.whatsapp_from,
        "AccountSid": config.twilio_account_sid,
    }
    assert await talk.simulator.twilio._posts.post(f"{talk.settings.public_url}/webhooks/whatsapp/status", report)
    await desk.hears("memblokir")
    conversation = await talk.service.storage.get(Conversation, budi.chat)
    assert conversation is not None
    assert conversation.blocked


async def test_the_window_counts_from_when_a_message_came(talk: Talk, budi: Scripted) -> None:
    came = talk.simulation.clock.now() - timedelta(hours=5)
    arrival = Arrival(
        source="whatsapp",
        external_id="SM-late",
        conversation=budi.chat,
        person=budi.chat,
        event=Said(kind=SaidKind.TEXT, text="halo"),
    )
    await talk.service.storage.record([arrival], at=came)
    talk.service.inbox.wake()
    await budi.hears("Selamat datang")
    conversation = await talk.service.storage.get(Conversation, budi.chat)
    assert conversation is not None
    assert conversation.last_inbound_at == came


# --- topics ---


async def test_a_topic_that_was_refused_is_asked_for_again(
    talk: Talk, customer: Scripted, dewi: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = talk.service.channels.telegram
    assert telegram is not None
    make, refusals = telegram.open_topic, [1]

    async def refuses_once(chat: str, name: str) -> Any:
        if refusals:
            refusals.pop()
            return Failed(FailureReason.REFUSED, "not enough rights")
        return await make(chat, name)

    monkeypatch.setattr(telegram, "open_topic", refuses_once)
    await customer.says("CS")
    await customer.hears("#1")
    await ops.hears("tidak bisa dibuat")
    await customer.says("halo, ada orang?")
    desk = await thread_of_case(dewi)
    await desk.hears("halo, ada orang?")
    await desk.says("ada kak")
    await customer.hears("ada kak")


async def test_a_refused_topic_is_asked_for_again_while_the_customer_only_waits(
    talk: Talk, customer: Scripted, dewi: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = talk.service.channels.telegram
    assert telegram is not None
    with monkeypatch.context() as patched:

        async def refuses(chat: str, name: str) -> Failed:
            return Failed(FailureReason.REFUSED, "not enough rights")

        patched.setattr(telegram, "open_topic", refuses)
        await customer.says("CS")
        await ops.hears("tidak bisa dibuat")
        await talk.quiet()
    await talk.later(talk.simulation.catalog.cases.nudge_after + timedelta(minutes=1))
    await thread_of_case(dewi)


async def test_what_is_recorded_while_the_topic_is_headed_reaches_it_once(
    talk: Talk, customer: Scripted, dewi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, quick = talk.service.storage, [1]
    transcript = storage.transcript

    async def somebody_writes_first(*args: Any, **more: Any) -> Sequence[Line]:
        if quick:
            quick.pop()
            await customer.says("satu lagi")
            await asyncio.sleep(0.3)
        return await transcript(*args, **more)

    monkeypatch.setattr(storage, "transcript", somebody_writes_first)
    await customer.says("CS")
    desk = await thread_of_case(dewi)
    await desk.hears("satu lagi")
    await talk.quiet()
    assert count(desk, "satu lagi") == 1


async def test_a_topic_that_comes_late_holds_everything_written_meanwhile(
    talk: Talk, customer: Scripted, dewi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = talk.service.channels.telegram
    assert telegram is not None
    make, ready = telegram.open_topic, asyncio.Event()

    async def when_ready(chat: str, name: str) -> Any:
        return await make(chat, name) if ready.is_set() else Retry(0.2)

    monkeypatch.setattr(telegram, "open_topic", when_ready)
    await customer.says("CS")
    await customer.hears("#1")
    for number in range(50):
        await customer.says(f"pesan {number:02}")
    while await talk.service.storage.waiting():
        await asyncio.sleep(0.01)
    ready.set()
    desk = await thread_of_case(dewi)
    await desk.hears("pesan 49")
    assert [count(desk, f"pesan {number:02}") for number in range(50)] == [1] * 50


async def test_the_topic_of_a_case_that_is_over_says_so(
    talk: Talk, customer: Scripted, dewi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = talk.service.channels.telegram
    assert telegram is not None
    make, ready = telegram.open_topic, asyncio.Event()

    async def when_ready(chat: str, name: str) -> Any:
        return await make(chat, name) if ready.is_set() else Retry(0.2)

    monkeypatch.setattr(telegram, "open_topic", when_ready)
    await customer.says("CS")
    await customer.hears("#1")
    await customer.says("menu")
    await customer.hears("Akhiri percakapan")
    await customer.presses("Ya, akhiri")
    await customer.hears("sudah diakhiri")
    ready.set()
    desk = await thread_of_case(dewi)
    await desk.hears("Kasus #1 ditutup")


# --- the desk ---


async def test_another_teams_agents_are_named_after_a_case_was_moved(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(customer, dewi)
    await talk.later(talk.simulation.catalog.cases.nudge_after + timedelta(minutes=1))
    await desk.hears("sudah menunggu")
    await desk.says("/alih lending")
    await desk.hears("dialihkan")
    await talk.later(talk.simulation.catalog.cases.nudge_after + timedelta(minutes=1))
    await desk.hears("sudah menunggu")


async def test_an_answer_that_could_not_be_delivered_waits_longer_than_an_idle_case(
    talk: Talk, budi: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(budi, dewi)
    await talk.later(timedelta(hours=26))
    await desk.says("Saldonya sudah masuk")
    await desk.hears("tidak sampai")
    await desk.presses("Kirim templat")
    await budi.hears("Balas pesan ini untuk membaca jawabannya")
    await talk.later(talk.simulation.catalog.cases.idle_close + timedelta(hours=2))
    await budi.says("apa jawabannya?")
    await budi.hears("Saldonya sudah masuk")
    await desk.hears("apa jawabannya?")


async def test_an_edited_command_is_not_carried_out_once_more(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    command = await desk.says("/balas salam")
    await customer.hears("Ada yang bisa kami bantu?")
    await talk.simulator.world.edit("dewi", desk.chat, command.id, "/balas salam ")
    await desk.hears("Perubahan pesan tidak diteruskan")
    await customer.hears_nothing()


async def test_an_edited_number_presses_nothing(talk: Talk, sari: Scripted) -> None:
    await sari.says("menu")
    await sari.hears("pilih topik")
    number = await sari.says("2")
    await sari.hears("Kembali")
    await talk.simulator.world.edit("sari", sari.chat, number.id, "1")
    await sari.hears_nothing()


async def test_lines_that_are_notes_stay_with_the_agents(customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("Baik kak\n// jangan dijanjikan hari ini\nkami cek dulu")
    heard = await customer.hears("Baik kak")
    assert heard.text == "Baik kak\nkami cek dulu"


async def test_the_end_of_a_case_stands_in_its_topic_once(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    desk = await handed_over(customer, dewi)
    await desk.says("/tutup")
    await desk.hears("ditutup")
    await talk.quiet()
    assert count(desk, "sudah selesai") == 0


async def test_the_button_by_which_one_left_an_earlier_case_does_not_end_this_one(
    sari: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(sari, dewi)
    await sari.says("menu")
    old = await sari.hears("Akhiri percakapan")
    await sari.says("eh, tunggu")
    await desk.says("/tutup")
    await sari.hears("sudah selesai")
    await sari.says("CS")
    await sari.hears("#2")
    again = await thread_of_case(dewi, 2)
    await sari.presses_on(old, "Ya, akhiri")
    await sari.hears("kasus #2", "Akhiri percakapan")
    await again.says("Halo")
    await sari.hears("Halo")
