"""`python -m simulator`, as the tests that kill processes start it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from simulator.__main__ import arguments, configuration
from simulator.config import SimulatorConfig
from simulator.server import Simulator
from tests.simulator.actors import BotClient

ROOT = Path(__file__).parents[2]


async def test_it_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    state = tmp_path / "world.json"
    command = [sys.executable, "-m", "simulator", "--port", "0", "--state", str(state), "--no-rates"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("simulator http://127.0.0.1:")
    url = line.split()[1]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/sim/state") as response:
            assert len((await response.json())["people"]) == 6
        token = SimulatorConfig().telegram_bots[0].token
        async with session.get(f"{url}/bot{token}/getMe") as response:
            assert (await response.json())["ok"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert state.is_file()


def test_options_and_a_file_make_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "simulator.json"
    template = {"types": {"twilio/text": {"body": "Halo"}}, "approved": True}
    bots = [{"token": "5:x", "username": "x_bot", "name": "X"}]
    file.write_text(json.dumps({"content_templates": {"HX1": template}, "telegram_bots": bots, "twilio_retries": 5}))
    options = arguments().parse_args(["--config", str(file), "--twilio-retries", "7", "--ops-chat", "-5"])
    config = configuration(options)
    assert (config.twilio_retries, config.ops_chat_id, config.telegram_bots[0].id) == (7, -5, 5)
    assert config.content_templates["HX1"].approved
    assert config.enforce_rates


def test_a_setting_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="unknown simulator settings: colour"):
        SimulatorConfig.from_json({"colour": "red"})


async def test_it_stops_while_pages_listen_and_bots_poll() -> None:
    sim = Simulator()
    await sim.start()
    async with aiohttp.ClientSession() as session:
        poll = asyncio.ensure_future(BotClient(sim, session).call("getUpdates", timeout=50))
        box = next(iter(sim.telegram.mailboxes.values()))
        async with session.get(f"{sim.url}/sim/events") as response:
            await response.content.readline()
            while not box.polled:
                await BotClient(sim, session).ok("getMe")
            await asyncio.wait_for(sim.stop(), 0.9)
        await asyncio.gather(poll, return_exceptions=True)
