"""What becomes of our messages when providers refuse, fail, or fall silent, and what is never even sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from domain.events import Arrival, Due
from domain.messages import Delivery, Purpose, Say, literal
from domain.people import ChatAlias, Conversation
from handlers import registry
from handlers.flow import Outcome, Turn
from simulator.faults import Fault
from simulator.model import Message
from tests.chat_steps import handed_over, thread_of_case
from tests.talk import PATIENCE, Scripted, Talk

PROVIDERS = {"whatsapp": ("twilio", "create"), "telegram": ("telegram", "sendMessage")}
Reminds = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries that we time ourselves come soon."""
    monkeypatch.setattr("bot.outbox.backoff", lambda tries: 0.05)


@pytest.fixture
def reminds(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Reminds:
    """A job wants something said to somebody, who has not asked for it."""
    wanted: dict[str, Say] = {}
    numbers = count()

    async def say_it(turn: Turn, due: Due) -> Outcome:
        return Outcome(say=(wanted[due.record],))

    async def remind(person: Scripted, text: str, purpose: Purpose = Purpose.NOTICE) -> None:
        record = f"reminder-{next(numbers)}"
        wanted[record] = Say(text=literal(text), purpose=purpose)
        due = Due(name="reminder", record=record, at=talk.simulation.clock.now())
        await talk.service.inbox.accept(
            [Arrival(source="job-reminders", external_id=record, conversation=person.chat, event=due)]
        )

    monkeypatch.setitem(registry.DUE, "reminder", say_it)
    return remind


def goes_wrong(talk: Talk, person: Scripted, kind: str, **more: object) -> Fault:
    provider, method = PROVIDERS[person.chat.partition(":")[0]]
    return talk.simulator.faults.add(provider, method, kind, chat=person.chat, **more)  # type: ignore[arg-type]  # a fault's fields


class Calls:
    """How often the provider is called for a chat, whatever it answers."""

    def __init__(self, talk: Talk, person: Scripted) -> None:
        self._fault = goes_wrong(talk, person, "slow", seconds=0.0, times=10_000)

    @property
    def count(self) -> int:
        return 10_000 - self._fault.times


def bubbles(person: Scripted, fragment: str) -> list[Message]:
    return [message for message in person._theirs() if fragment in message.text]


def provider_thinks_the_window_closed(talk: Talk, person: Scripted) -> None:
    chat = talk.simulator.world.chats[person.chat]
    chat.last_inbound = talk.simulation.clock.now() - timedelta(hours=25)


# --- told to wait ---


async def test_a_chat_that_must_wait_holds_up_no_other_and_gets_its_messages_in_order(
    talk: Talk, sari: Scripted, budi: Scripted
) -> None:
    loop = asyncio.get_running_loop()
    eka = await talk.new_person("Eka", "telegram")
    goes_wrong(talk, sari, "429", retry_after=3)
    begun = loop.time()
    for text in ("lupa pin", "saldo saya belum masuk", "bantuan"):
        await sari.says(text)
    await talk.simulator.world.wait(lambda: not talk.simulator.faults.list(), PATIENCE)
    for other in (eka, budi):
        await other.says("lupa pin")
        await other.hears("Login")
    assert sari.sees() == []
    await sari.hears("Login")
    assert loop.time() - begun >= 3
    await sari.hears("Isi Saldo")
    await sari.hears("Tulis kapan saja")
    assert ["Login" in sari.sees()[0], "Isi Saldo" in sari.sees()[1], len(sari.sees())] == [True, True, 3]


async def test_a_limit_on_all_of_a_number_is_waited_for(talk: Talk, budi: Scripted) -> None:
    goes_wrong(talk, budi, "429", times=2)
    await budi.says("lupa pin")
    await budi.hears("Login")
    assert len(bubbles(budi, "Login")) == 1


# --- errors, cut-off answers, silence ---


@pytest.mark.parametrize("kind", ["500", "cut", "silence", "after"])
async def test_what_fails_at_the_provider_arrives_and_on_whatsapp_only_once(
    talk: Talk, customer: Scripted, kind: str
) -> None:
    goes_wrong(talk, customer, kind, times=2, seconds=0.05)
    await customer.says("lupa pin")
    await customer.hears("Login")
    await customer.says("bantuan")
    await customer.hears("Tulis kapan saja")
    await talk.quiet()
    sent = len(bubbles(customer, "Tulis kapan saja")), len(bubbles(customer, "Login"))
    # Telegram cannot be asked what it was sent: there a message whose answer was lost is sent again.
    assert sent == (1, 1) or (customer.name == "sari" and kind in ("cut", "after") and sent == (1, 3))


async def test_while_twilio_cannot_be_asked_nothing_is_sent_again(talk: Talk, budi: Scripted) -> None:
    goes_wrong(talk, budi, "after")
    talk.simulator.faults.add("twilio", "list", "500", times=3)
    await budi.says("lupa pin")
    await budi.hears("Login")
    await talk.quiet()
    assert talk.simulator.faults.list() == []
    assert len(bubbles(budi, "Login")) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_same_answer_given_twice_is_not_taken_for_one(talk: Talk, budi: Scripted, restarted: bool) -> None:
    await budi.says("lupa pin")
    await budi.hears("Login")
    if restarted:
        await talk.restart()
    goes_wrong(talk, budi, "silence", seconds=0.05)
    await budi.says("lupa pin")
    await budi.hears("Login")
    await talk.quiet()
    assert len(bubbles(budi, "Login")) == 2


# --- WhatsApp's window ---


async def test_a_window_that_only_twilio_knows_closed_is_met_with_one_template(
    talk: Talk, budi: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(budi, dewi)
    provider_thinks_the_window_closed(talk, budi)
    calls = Calls(talk, budi)
    await desk.says("Sudah kami perbaiki")
    await desk.hears("tidak sampai", "24 jam", "Kirim templat")
    assert calls.count == 1
    await desk.presses("Kirim templat")
    template = await talk.simulator.world.wait(
        lambda: [m for m in bubbles(budi, "sudah membalas") if m.status in ("delivered", "read")], 5.0
    )
    await talk.quiet()
    # The words as free text, since by our own record the window is open; then once by template.
    assert (calls.count, len(template)) == (3, 1)


async def test_a_template_that_is_refused_too_is_not_tried_again(talk: Talk, budi: Scripted, dewi: Scripted) -> None:
    templates = talk.simulator.config.content_templates
    for sid, template in templates.items():
        if template.friendly_name == "case-waiting":
            templates[sid] = replace(template, approved=False)  # type: ignore[index]  # a dict of this play
    desk = await handed_over(budi, dewi)
    provider_thinks_the_window_closed(talk, budi)
    calls = Calls(talk, budi)
    await desk.says("Sudah kami perbaiki")
    await desk.hears("tidak sampai", "Kirim templat")
    await desk.presses("Kirim templat")
    await desk.hears("tidak sampai", "24 jam")
    await desk.hears_nothing()
    assert calls.count == 3


async def test_a_refusal_at_once_for_the_closed_window_is_met_with_one_template(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    talk = await Talk.begin(tmp_path_factory.mktemp("strict"), habits={"refuse_outside_window": True})
    await talk.at_office_hours()
    budi, dewi = talk.person("budi"), talk.agent("dewi")
    desk = await handed_over(budi, dewi)
    provider_thinks_the_window_closed(talk, budi)
    calls = Calls(talk, budi)
    await desk.says("Sudah kami perbaiki")
    await desk.hears("tidak sampai", "Kirim templat")
    await desk.presses("Kirim templat")
    await budi.hears("sudah membalas")
    await talk.quiet()
    assert (calls.count, len(bubbles(budi, "sudah membalas"))) == (3, 1)
    await talk.end()


async def test_without_a_template_ops_hear_once_what_did_not_arrive(
    talk: Talk, budi: Scripted, ops: Scripted, reminds: Reminds
) -> None:
    await budi.says("halo")
    await budi.hears("Selamat datang")
    provider_thinks_the_window_closed(talk, budi)
    calls = Calls(talk, budi)
    await reminds(budi, "Pesanan Anda menunggu")
    await ops.hears("tidak terkirim", budi.chat, "window-closed")
    await ops.hears_nothing()
    assert calls.count == 1


@pytest.mark.parametrize("after", [timedelta(hours=23, minutes=59, seconds=30), timedelta(hours=25)])
async def test_free_text_is_never_sent_outside_the_window(
    talk: Talk, budi: Scripted, dewi: Scripted, ops: Scripted, reminds: Reminds, after: timedelta
) -> None:
    desk = await handed_over(budi, dewi)
    while after > timedelta(hours=9):
        await talk.later(timedelta(hours=9))
        after -= timedelta(hours=9)
        await desk.says("// masih dicek")
        await talk.quiet()
    await talk.later(after)
    await talk.quiet()
    calls = Calls(talk, budi)
    await desk.says("Maaf lama")
    await desk.hears("tidak sampai", "24 jam")
    await reminds(budi, "Pesanan Anda menunggu")
    await reminds(budi, "Ada diskon", Purpose.PROMOTION)
    await talk.quiet()
    assert calls.count == 0
    await budi.says("ya?")
    await budi.hears("Maaf lama")


# --- who does not want it, and who cannot have it ---


async def test_stop_holds_back_surveys_and_promotions_but_no_notices(
    talk: Talk, customer: Scripted, reminds: Reminds
) -> None:
    await customer.says("STOP")
    await customer.hears("tidak akan menerima")
    calls = Calls(talk, customer)
    await reminds(customer, "Beri kami nilai", Purpose.SURVEY)
    await reminds(customer, "Ada diskon", Purpose.PROMOTION)
    await reminds(customer, "Pesanan Anda menunggu", Purpose.NOTICE)
    await customer.hears("Pesanan Anda menunggu")
    await customer.hears_nothing()
    assert calls.count == 1
    assert not bubbles(customer, "diskon") + bubbles(customer, "Beri kami")
    await customer.says("START")
    await customer.hears("aktif lagi")
    await reminds(customer, "Ada diskon", Purpose.PROMOTION)
    await customer.hears("Ada diskon")


async def test_stop_holds_back_what_was_queued_before_it(talk: Talk, sari: Scripted, reminds: Reminds) -> None:
    await sari.says("halo")
    await sari.hears("Selamat datang")
    goes_wrong(talk, sari, "429", retry_after=1)
    await reminds(sari, "Ada diskon", Purpose.PROMOTION)
    await talk.simulator.world.wait(lambda: not talk.simulator.faults.list(), PATIENCE)
    await sari.says("STOP")
    await sari.hears("tidak akan menerima")
    await sari.hears_nothing()
    assert not bubbles(sari, "diskon")


@pytest.mark.parametrize("told", [True, False])
async def test_who_blocked_us_is_left_alone_until_they_write(
    talk: Talk, sari: Scripted, ops: Scripted, reminds: Reminds, told: bool
) -> None:
    await sari.says("halo")
    await sari.hears("Selamat datang")
    if not told:  # then the refusal of the first message tells it
        talk.simulator.faults.add("telegram", "webhook", "drop", chat=sari.chat)
    await talk.simulator.world.block("sari")
    await talk.quiet()
    calls = Calls(talk, sari)
    for number in range(3):
        await reminds(sari, f"Pesanan {number} menunggu")
        await talk.quiet()
    assert calls.count == (0 if told else 1)
    blocked = await talk.service.storage.get(Conversation, sari.chat)
    assert blocked is not None
    assert blocked.blocked
    await ops.hears_nothing()
    await talk.simulator.world.unblock("sari")
    await sari.says("menu")
    await sari.hears("topik")
    await reminds(sari, "Pesanan 4 menunggu")
    await sari.hears("Pesanan 4")


async def test_a_permanent_failure_is_told_to_ops_once(
    talk: Talk, sari: Scripted, ops: Scripted, reminds: Reminds
) -> None:
    stranger = Scripted(talk, "stranger", "telegram:999999")
    await reminds(stranger, "Pesanan Anda menunggu")
    await ops.hears("tidak terkirim", stranger.chat, "no-chat")
    await talk.restart()
    await ops.hears_nothing()
    await sari.says("halo")
    await sari.hears("Selamat datang")


async def test_an_alert_that_fails_raises_no_other(talk: Talk, sari: Scripted, ops: Scripted, reminds: Reminds) -> None:
    calls = Calls(talk, ops)
    talk.simulator.world.chats[ops.chat].bots.clear()
    await reminds(Scripted(talk, "stranger", "telegram:999999"), "Pesanan Anda menunggu")
    await talk.simulator.world.wait(lambda: calls.count, PATIENCE)
    await talk.quiet()
    assert calls.count == 1
    await sari.says("halo")
    await sari.hears("Selamat datang")


# --- groups that move ---


@pytest.mark.parametrize("told", [True, False])
async def test_an_agents_group_that_moved_works_on_at_its_new_address(
    talk: Talk, customer: Scripted, dewi: Scripted, told: bool
) -> None:
    await handed_over(customer, dewi)
    if not told:  # then the refusal of the first message tells it
        talk.simulator.faults.add("telegram", "webhook", "drop", chat=dewi.chat)
    moved = await talk.simulator.world.migrate(dewi.chat)
    there = Scripted(talk, "dewi", moved.id)
    await customer.says("apakah masih ada orang?")
    desk = await thread_of_case(there)
    await desk.hears("apakah masih ada orang?")
    await desk.says("ada kak")
    await customer.hears("ada kak")
    await talk.restart()
    await customer.says("syukurlah")
    await desk.hears("syukurlah")
    await desk.says("ada lagi?")
    await customer.hears("ada lagi?")
    alias = await talk.service.storage.get(ChatAlias, dewi.chat)
    assert alias is not None
    assert alias.to == moved.id


@pytest.mark.parametrize("told", [True, False])
async def test_an_ops_group_that_moved_hears_on(talk: Talk, ops: Scripted, reminds: Reminds, told: bool) -> None:
    if not told:
        talk.simulator.faults.add("telegram", "webhook", "drop", chat=ops.chat)
    moved = await talk.simulator.world.migrate(ops.chat)
    there = Scripted(talk, "ops", moved.id)
    await reminds(Scripted(talk, "stranger", "telegram:999999"), "Pesanan Anda menunggu")
    await there.hears("tidak terkirim")
    await there.says("/status")
    await there.hears("Antrean masuk")
    await talk.restart()
    await there.says("/status")
    await there.hears("Antrean masuk")


# --- status reports ---


@pytest.mark.parametrize("kind", ["", "twice", "late", "reorder"])
async def test_how_far_a_message_has_come_never_goes_back(talk: Talk, budi: Scripted, kind: str) -> None:
    if kind:
        talk.simulator.faults.add("twilio", "status", kind, chat=budi.chat, seconds=0.2, times=2)
    await budi.says("lupa pin")
    heard = await budi.hears("Login")
    await talk.simulator.world.wait(lambda: heard.status == "delivered", PATIENCE)
    await talk.simulator.world.read("budi", budi.chat)
    await talk.quiet()
    message = await talk.service.storage.message_by_provider_id("whatsapp", heard.id)
    assert message is not None
    assert message.delivery is Delivery.READ
    assert len(bubbles(budi, "Login")) == 1


async def not_delivered(talk: Talk, person: Scripted, sid: str, code: str) -> None:
    """Twilio says so of a message."""
    config = talk.simulator.config
    report = {
        "MessageSid": sid,
        "MessageStatus": "undelivered",
        "ErrorCode": code,
        "To": person.chat,
        "From": config.whatsapp_from,
        "AccountSid": config.twilio_account_sid,
    }
    assert await talk.simulator.twilio._posts.post(f"{talk.settings.public_url}/webhooks/whatsapp/status", report)


async def test_a_report_on_a_message_that_nobody_knows_does_no_harm(
    talk: Talk, budi: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turn.PATIENCE", (0.01, 0.01))
    await not_delivered(talk, budi, "SM" + "0" * 32, "63016")
    await budi.says("lupa pin")
    await budi.hears("Login")
    await budi.hears_nothing()
    await ops.hears_nothing()


async def test_a_message_whose_file_could_not_be_fetched_is_sent_again_a_few_times(
    talk: Talk, budi: Scripted, ops: Scripted
) -> None:
    await budi.says("lupa pin")
    await budi.hears("Login")
    for copies in (2, 3, 4, 4):
        await not_delivered(talk, budi, bubbles(budi, "Login")[-1].id, "63019")
        await talk.quiet()
        assert len(bubbles(budi, "Login")) == copies
    await ops.hears("63019")


# --- webhooks of another order ---


@pytest.mark.parametrize("kind", ["twice", "late", "reorder"])
async def test_webhooks_twice_late_and_out_of_order_are_answered_once_each(
    talk: Talk, customer: Scripted, kind: str
) -> None:
    provider, _ = PROVIDERS[customer.chat.partition(":")[0]]
    talk.simulator.faults.add(provider, "webhook", kind, chat=customer.chat, seconds=0.2, times=2)
    for text in ("lupa pin", "saldo saya belum masuk", "bantuan"):
        await customer.says(text)
    await talk.simulator.world.wait(lambda: len(customer._theirs()) == 3, PATIENCE)
    await talk.quiet()
    assert [len(bubbles(customer, each)) for each in ("Login", "Isi Saldo", "Tulis kapan saja")] == [1, 1, 1]


async def test_the_same_webhook_days_later_is_not_answered_again(
    talk: Talk, customer: Scripted, tmp_path: Path
) -> None:
    said = await customer.says("lupa pin")
    await customer.hears("Login")
    await talk.restart()
    await talk.later(timedelta(days=3))
    await talk.simulator.world.redeliver(customer.chat, said.id)
    await customer.hears_nothing()
