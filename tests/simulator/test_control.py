import asyncio
import base64
import gc
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

import simulator.server
from simulator.server import Simulator, SimulatorConfig
from simulator.world import NotPossible
from tests.simulator.actors import LIST, QUICK, BotClient, Control, Json, Service, WhatsApp
from tests.simulator.conftest import Clocks

BUDI = "whatsapp:+6281234567801"
SARI = "telegram:1001"
AGENTS = "telegram:-1002000000001"


async def state(sim: Simulator, session: aiohttp.ClientSession) -> Json:
    async with session.get(f"{sim.url}/sim/state") as response:
        body: Json = await response.json()
        return body


async def events(sim: Simulator, session: aiohttp.ClientSession) -> AsyncIterator[tuple[str, Any]]:
    """The stream's events by name and data."""
    async with session.get(f"{sim.url}/sim/events") as response:
        assert response.content_type == "text/event-stream"
        name = ""
        async for raw in response.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


async def test_the_state_shows_the_cast(sim: Simulator, session: aiohttp.ClientSession) -> None:
    shown = await state(sim, session)
    people = {person["id"]: (person["channel"], person["chat"], person["role"]) for person in shown["people"]}
    assert people == {
        "budi": ("whatsapp", BUDI, "customer"),
        "sari": ("telegram", SARI, "customer"),
        "dewi": ("telegram", "telegram:2001", "agent"),
        "rudi": ("telegram", "telegram:2002", "agent"),
        "andi": ("telegram", "telegram:3001", "mentor"),
        "ops": ("telegram", "telegram:4001", "ops"),
    }
    kinds = {chat["id"]: chat["kind"] for chat in shown["chats"]}
    assert (kinds[AGENTS], kinds["telegram:-1003000000001"], kinds[BUDI]) == ("forum", "group", "private")
    assert (shown["now"], shown["faults"], shown["paused"]) == ("2026-11-21T03:00:00+00:00", [], False)
    chat = next(chat for chat in shown["chats"] if chat["id"] == BUDI)
    fields = "id channel kind title bot bot_name blocked commands members window_until typing topics messages"
    assert set(chat) == set(fields.split())


async def test_a_message_has_the_contracts_fields(
    sim: Simulator, session: aiohttp.ClientSession, control: Control
) -> None:
    status, said = await control("say", person="budi", text="halo <b> *tebal*")
    assert status == 200
    shown = await state(sim, session)
    chat = next(chat for chat in shown["chats"] if chat["id"] == BUDI)
    assert chat["window_until"] == "2026-11-22T03:00:00+00:00"
    (message,) = chat["messages"]
    fields = "id thread from name at edited_at kind text html media location buttons list status error reply_to silent"
    fields += " reactions"
    assert set(message) == set(fields.split())
    assert (message["id"], message["from"], message["name"]) == (said["id"], "budi", "Budi")
    assert message["html"] == "halo &lt;b&gt; <b>tebal</b>"


async def test_the_stream_begins_with_the_state_and_tells_changes(
    sim: Simulator, bot: BotClient, control: Control
) -> None:
    stream = events(sim, bot.session)
    name, data = await anext(stream)
    assert (name, len(data["people"])) == ("state", 6)
    await control("say", person="sari", text="/start")
    told = [await anext(stream) for _ in range(2)]
    assert {name for name, _ in told} <= {"message", "chat"}
    assert told[0] == (
        "message",
        {"chat": SARI, "message": sim.world.messages(SARI)[0].to_json() | {"status": "sending"}},
    )
    await bot.ok("sendChatAction", chat_id=1001, action="typing")
    sent = await bot.say(1001)
    await bot.ok("deleteMessage", chat_id=1001, message_id=sent["message_id"])
    await control("clock", advance=60)
    await control("people", name="Wati", channel="telegram", language="en")
    await control("faults", provider="telegram", method="*", kind="500")
    seen: dict[str, Any] = {}
    while "faults" not in seen:
        name, data = await anext(stream)
        seen.setdefault(name, data)
    assert seen["typing"]["chat"] == SARI
    assert seen["deleted"] == {"chat": SARI, "id": str(sent["message_id"])}
    assert seen["clock"] == {"now": "2026-11-21T03:01:00+00:00"}
    assert (seen["person"]["name"], seen["person"]["language"]) == ("Wati", "en")
    await stream.aclose()  # type: ignore[attr-defined]


async def test_people_act_over_http(
    sim: Simulator, bot: BotClient, whatsapp: WhatsApp, service: Service, control: Control
) -> None:
    for person, text in (("budi", "halo"), ("sari", "/start")):
        assert (await control("say", person=person, text=text))[0] == 200
    keyboard = {"inline_keyboard": [[{"text": "Menu", "callback_data": "menu"}]]}
    sent = await bot.say(1001, "pilih", reply_markup=keyboard)
    assert (await control("press", person="sari", chat=SARI, message=sent["message_id"], button="menu"))[0] == 200
    assert [callback.data for callback in sim.world.callbacks.values()] == ["menu"]
    quick = await whatsapp.send(content_sid=QUICK, content_variables='{"1": "Budi"}')
    listed = await whatsapp.send(content_sid=LIST)
    assert (await control("press", person="budi", chat=BUDI, message=quick.sid, button="yes"))[0] == 200
    assert (await control("pick", person="budi", chat=BUDI, message=listed.sid, row="topup"))[0] == 200
    assert [m.text for m in sim.world.messages(BUDI) if not m.outgoing] == ["halo", "Ya", "Isi saldo"]
    await service.until(lambda: service.statuses().count("delivered") == 2)
    assert (await control("read", person="budi", chat=BUDI))[0] == 200
    assert (await control("read", person="sari", chat=SARI))[0] == 200
    assert {m.status for m in sim.world.messages(BUDI) if m.outgoing} == {"read"}
    said = (await control("say", person="sari", text="salah"))[1]
    assert (await control("edit", person="sari", chat=SARI, message=said["id"], text="benar"))[0] == 200
    assert sim.world.messages(SARI)[-1].text == "benar"
    assert (await control("redeliver", chat=SARI, message=said["id"]))[0] == 200
    await control("block", person="sari")
    assert sim.world.chat(SARI).blocked
    await control("unblock", person="sari")
    assert not sim.world.chat(SARI).blocked
    topic = (await bot.ok("createForumTopic", chat_id=-1002000000001, name="Budi"))["message_thread_id"]
    assert (await control("say", person="dewi", chat=AGENTS, thread=topic, text="saya bantu"))[0] == 200
    assert (await control("topics/close", person="rudi", chat=AGENTS, thread=topic))[0] == 200
    assert (await control("topics/reopen", person="rudi", chat=AGENTS, thread=topic))[0] == 200
    assert (await control("topics/delete", chat=AGENTS, thread=topic))[0] == 200
    assert (await control("migrate", chat=AGENTS))[1]["id"].startswith("telegram:-1004")
    assert (await control("pause"))[1] == {"paused": True}
    assert (await control("pause", paused=False))[1] == {"paused": False}


async def test_files_places_and_contacts_over_http(
    sim: Simulator, control: Control, session: aiohttp.ClientSession
) -> None:
    data = base64.b64encode(b"isi").decode()
    media = {"kind": "document", "name": "a.txt", "type": "text/plain", "data": data}
    assert (await control("say", person="budi", media=media))[0] == 200
    shown = sim.world.messages(BUDI)[-1]
    assert shown.media is not None
    assert (shown.kind, shown.media["name"]) == ("document", "a.txt")
    async with session.get(sim.url + shown.media["url"]) as response:
        assert (await response.read(), response.content_type) == (b"isi", "text/plain")
    await control("say", person="budi", location={"lat": -6.2, "lon": 106.8})
    assert sim.world.messages(BUDI)[-1].kind == "location"
    async with session.get(f"{sim.url}/sim/media/none") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("say", {"person": "nobody", "text": "x"}, "nobody is called 'nobody'"),
        ("say", {"text": "x"}, "person is missing"),
        ("say", {"person": "budi"}, "a message needs a text, a file, a contact or a place"),
        ("say", {"person": "budi", "text": "x", "chat": "telegram:5"}, "there is no chat 'telegram:5'"),
        ("say", {"person": "budi", "text": "x", "chat": SARI}, f"budi is not in {SARI}"),
        ("say", {"person": "budi", "text": "x", "reply_to": "SM1"}, f"there is no message 'SM1' in {BUDI}"),
        ("say", {"person": "budi", "media": {"kind": "hologram"}}, "a phone has no 'hologram' to send"),
        ("say", {"person": "dewi", "chat": AGENTS, "thread": 5, "text": "x"}, f"there is no topic 5 in {AGENTS}"),
        (
            "press",
            {"person": "budi", "chat": BUDI, "message": "1", "button": "x"},
            f"there is no message '1' in {BUDI}",
        ),
        ("topics/delete", {"chat": AGENTS, "thread": 5}, f"there is no topic 5 in {AGENTS}"),
        ("migrate", {"chat": BUDI}, "only a Telegram group can become a supergroup"),
        ("clock", {"advance": -1}, "the clock moves forward only, by ten years at most"),
        ("clock", {"advance": 1e300}, "the clock moves forward only, by ten years at most"),
        ("people", {"name": "X", "channel": "fax"}, "there is no channel 'fax'"),
    ],
)
async def test_what_a_phone_cannot_do(control: Control, path: str, body: Json, words: str) -> None:
    assert await control(path, **body) == (400, {"error": words})


async def test_buttons_and_rows_that_are_not_there(sim: Simulator, control: Control) -> None:
    said = await sim.world.say("budi", "halo")
    for path, name in (("press", "button"), ("pick", "row")):
        status, body = await control(path, person="budi", chat=BUDI, message=said.id, **{name: "x"})
        assert status == 400
        assert "'x'" in body["error"]
    with pytest.raises(NotPossible):
        await sim.world.redeliver(SARI, "1")


async def test_the_page_is_served(sim: Simulator, session: aiohttp.ClientSession) -> None:
    page = Path(simulator.server.__file__).parent / "page" / "index.html"
    async with session.get(sim.url) as response:
        assert response.status == (200 if page.is_file() else 404)


async def test_only_json_is_taken(sim: Simulator, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{sim.url}/sim/reset", data={"x": "1"}) as response:
        assert response.status == 415
    async with session.post(f"{sim.url}/sim/say", json=[1]) as response:
        assert response.status == 400


async def test_the_clock_is_the_services(sim: Simulator, control: Control, clocks: Clocks) -> None:
    assert await control("clock", advance=86400) == (200, {"now": "2026-11-22T03:00:00+00:00"})
    assert clocks.now == datetime(2026, 11, 22, 3, tzinfo=UTC)


async def test_without_a_clock_it_moves_its_own() -> None:
    sim = Simulator(SimulatorConfig())
    before = sim.world.now()
    await sim.world.advance(timedelta(days=1))
    assert timedelta(days=1) <= sim.world.now() - before < timedelta(days=1, minutes=1)


async def test_a_reset_is_the_first_day_again(sim: Simulator, bot: BotClient, control: Control) -> None:
    said = await sim.world.say("sari", "/start")
    await sim.world.add_person("Wati")
    sim.faults.add("telegram", "*", "500")
    assert (await control("reset"))[0] == 200
    assert (len(sim.world.people), sim.world.messages(SARI), sim.faults.list()) == (6, [], [])
    again = await sim.world.say("sari", "/start")
    assert again.number > said.number


async def test_waiting_wakes_at_a_change_or_gives_up(sim: Simulator) -> None:
    with pytest.raises(TimeoutError):
        await sim.world.wait(lambda: False, timeout=0.01)
    await sim.world.say("budi", "halo")
    assert await sim.world.wait(lambda: sim.world.messages(BUDI)) == sim.world.messages(BUDI)


async def test_what_was_sent_is_counted_over_http(sim: Simulator, bot: BotClient) -> None:
    await sim.world.say("sari", "/start")
    await bot.say(1001, "satu")
    await bot.say(1001, "dua")
    async with bot.session.get(f"{sim.url}/sim/sent?since=1") as response:
        body = await response.json()
    assert body["count"] == 2
    assert [one["message"]["text"] for one in body["sent"]] == ["dua"]


async def test_a_page_that_does_not_read_gets_the_state_again(sim: Simulator) -> None:
    queue = sim.world.feed.subscribe()
    for _ in range(queue.maxsize + 1):
        sim.world.feed.publish("clock", dict)
    assert queue in sim.world.feed.overflowed
    sim.world.feed.unsubscribe(queue)
    assert not sim.world.feed.overflowed


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("door", ["http", "smtp"])
async def test_at_its_end_whoever_is_just_let_in_is_hung_up_on(door: str, turns: int) -> None:
    """At whatever point of it: a socket that nobody closes would fail this test."""
    sim = Simulator(SimulatorConfig())
    await sim.start()
    with socket.create_connection(("127.0.0.1", URL(sim.url).port if door == "http" else sim.smtp.port)):
        for _ in range(turns):
            await asyncio.sleep(0)
    await sim.stop()
    gc.collect()  # what is left open says so here, and fails the test
