import asyncio
import json

import aiohttp
import pytest

from simulator.faults import Faults
from simulator.server import Simulator
from tests.simulator.actors import BotClient, Control, Service, WhatsApp

SARI = 1001
BUDI = "whatsapp:+6281234567801"
SEND = {"chat_id": SARI, "text": "halo"}


@pytest.fixture(autouse=True)
async def begun(sim: Simulator) -> None:
    await sim.world.say("sari", "/start")


async def test_telegram_answers_429_then_works(bot: BotClient, sim: Simulator) -> None:
    sim.faults.add("telegram", "sendMessage", "429", retry_after=7)
    body = await bot.call("sendMessage", **SEND)
    assert (body["error_code"], body["parameters"]) == (429, {"retry_after": 7})
    await bot.say(SARI)
    assert len(sim.world.sent) == 1


async def test_twilio_answers_429_and_500(whatsapp: WhatsApp, sim: Simulator) -> None:
    sim.faults.add("twilio", "create", "429")
    sim.faults.add("twilio", "*", "500")
    assert await whatsapp.refused("halo") == (429, 20429)
    assert await whatsapp.refused("halo") == (500, 20500)
    assert sim.world.sent == []


async def test_a_fault_for_one_chat_spares_the_others(bot: BotClient, sim: Simulator) -> None:
    sim.faults.add("telegram", "*", "500", chat="telegram:1001", times=0)
    await bot.ok("getMe")
    await bot.say(sim.config.agents_chat_id)
    assert (await bot.call("sendMessage", **SEND))["error_code"] == 500
    sim.faults.clear()
    await bot.say(SARI)


async def test_a_cut_answer_was_carried_out(bot: BotClient, sim: Simulator) -> None:
    sim.faults.add("telegram", "sendMessage", "cut")
    with pytest.raises(aiohttp.ClientPayloadError):
        await bot.call("sendMessage", **SEND)
    assert len(sim.world.sent) == 1


async def test_an_answer_is_dropped_after_the_work(whatsapp: WhatsApp, sim: Simulator) -> None:
    sim.faults.add("twilio", "create", "after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await whatsapp.send("halo")
    assert [one.message.text for one in sim.world.sent] == ["halo"]


async def test_silence_carries_nothing_out(bot: BotClient, sim: Simulator) -> None:
    sim.faults.add("telegram", "sendMessage", "silence")
    sim.faults.add("telegram", "sendMessage", "silence", seconds=0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await bot.call("sendMessage", **SEND)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.call("sendMessage", **SEND)
    assert sim.world.sent == []


async def test_a_wrong_answer_looks_fine_and_nothing_was_done(whatsapp: WhatsApp, sim: Simulator) -> None:
    sim.faults.add("twilio", "create", "wrong")
    with pytest.raises(json.JSONDecodeError):
        await whatsapp.send("halo")
    assert sim.world.sent == []


async def test_slow_is_slow_and_works(bot: BotClient, sim: Simulator) -> None:
    sim.faults.add("telegram", "sendMessage", "slow", seconds=0.01)
    await bot.say(SARI)


async def test_probability_is_drawn_from_the_seed() -> None:
    drawn = []
    for _ in range(2):
        faults = Faults(seed=3)
        faults.add("telegram", "*", "500", times=0, probability=0.5)
        drawn.append([faults.take("telegram", "getMe", None) is not None for _ in range(40)])
    assert drawn[0] == drawn[1]
    assert 5 < sum(drawn[0]) < 35


@pytest.mark.parametrize(
    ("provider", "method", "kind", "more"),
    [
        ("signal", "*", "500", {}),
        ("telegram", "sendMessage", "twice", {}),
        ("telegram", "webhook", "500", {}),
        ("telegram", "*", "500", {"probability": 2.0}),
        ("telegram", "*", "500", {"times": -1}),
    ],
)
def test_faults_that_do_not_exist(provider: str, method: str, kind: str, more: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Faults(seed=1).add(provider, method, kind, **more)  # type: ignore[arg-type]


async def texts(service: Service, count: int) -> list[str]:
    return [json.loads(one.body)["message"]["text"] for one in await service.got(count)]


async def test_a_webhook_comes_twice_with_the_same_id(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url, drop_pending_updates=True)
    sim.faults.add("telegram", "webhook", "twice")
    await sim.world.say("sari", "satu")
    await sim.world.say("sari", "dua")
    assert await texts(service, 3) == ["satu", "satu", "dua"]
    assert service.received[0].body == service.received[1].body


async def test_a_webhook_comes_late(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url, drop_pending_updates=True)
    sim.faults.add("telegram", "webhook", "late", seconds=0.05)
    for text in ("satu", "dua", "tiga"):
        await sim.world.say("sari", text)
    assert await texts(service, 3) == ["dua", "tiga", "satu"]


async def test_webhooks_come_out_of_order(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url, drop_pending_updates=True)
    sim.faults.add("telegram", "webhook", "reorder", seconds=5)
    sim.faults.add("telegram", "webhook", "reorder", seconds=0.01, chat="telegram:3001")
    for text in ("satu", "dua", "tiga"):
        await sim.world.say("sari", text)
    assert await texts(service, 3) == ["dua", "satu", "tiga"]
    await sim.world.say("andi", "sendiri")
    assert (await texts(service, 4))[3] == "sendiri"


async def test_a_webhook_is_dropped(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url, drop_pending_updates=True)
    sim.faults.add("telegram", "webhook", "drop")
    await sim.world.say("sari", "satu")
    await sim.world.say("sari", "dua")
    assert await texts(service, 1) == ["dua"]


async def test_status_callbacks_come_out_of_order(whatsapp: WhatsApp, sim: Simulator, service: Service) -> None:
    sim.faults.add("twilio", "status", "reorder", seconds=5)
    sim.faults.add("twilio", "webhook", "twice")
    await sim.world.say("budi", "halo")
    await whatsapp.send("hai")
    await service.until(lambda: service.statuses() == ["delivered", "sent"])
    assert len([one for one in service.received if one.path == "/wa"]) == 2
    assert sim.world.messages(BUDI)[-1].status == "delivered"


async def test_faults_over_http(sim: Simulator, bot: BotClient, control: Control) -> None:
    status, body = await control("faults", provider="telegram", method="*", kind="500", times=2)
    assert (status, body["times"]) == (200, 2)
    assert (await bot.call("getMe"))["error_code"] == 500
    async with bot.session.get(f"{sim.url}/sim/faults") as response:
        assert [fault["times"] for fault in await response.json()] == [1]
    async with bot.session.delete(f"{sim.url}/sim/faults") as response:
        assert response.status == 200
    await bot.ok("getMe")
    _, fault = await control("faults", provider="telegram", method="*", kind="500")
    for status in (200, 404):
        async with bot.session.delete(f"{sim.url}/sim/faults/{fault['id']}") as response:
            assert response.status == status
    status, body = await control("faults", provider="telegram", method="*", kind="flood")
    assert status == 400
    status, body = await control("faults", provider="telegram", kind="500")
    assert (status, body["error"]) == (400, "method is missing")
