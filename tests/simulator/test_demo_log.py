"""The log that the page writes errors into."""

from pathlib import Path

import aiohttp
import pytest

from simulator.server import Simulator, SimulatorConfig


@pytest.fixture
async def sim(tmp_path: Path) -> Simulator:
    return Simulator(SimulatorConfig(log_path=tmp_path / "deep" / "demo.log", log_page="http://x", log_page_token="t"))


async def test_errors_are_appended_by_kind(sim: Simulator, session: aiohttp.ClientSession) -> None:
    await sim.start()
    try:
        path = sim.config.log_path
        assert path is not None
        assert path.read_bytes() == b""
        async with session.get(f"{sim.url}/sim/state") as answer:
            shown = (await answer.json())["log"]
        assert shown == {"path": str(path), "kinds": ["some", "new", "flood"], "page": "http://x", "token": "t"}
        written = 0
        for kind in shown["kinds"]:
            async with session.post(f"{sim.url}/sim/log", json={"kind": kind}) as answer:
                written += (await answer.json())["lines"]
        lines = path.read_text().splitlines()
        assert len(lines) == written > 2_000
        assert {"ERROR", "INFO", "FATAL"} <= {line.split()[2] for line in lines if line[:1].isdigit()}
        for body, status in (({"kind": "other"}, 400), ([], 400)):
            async with session.post(f"{sim.url}/sim/log", json=body) as answer:
                assert answer.status == status
        async with session.post(f"{sim.url}/sim/log", data={"kind": "flood"}) as answer:
            assert answer.status == 415
        assert len(path.read_text().splitlines()) == written
    finally:
        await sim.stop()


async def test_without_a_file_there_is_none(session: aiohttp.ClientSession) -> None:
    sim = Simulator(SimulatorConfig())
    await sim.start()
    try:
        async with session.post(f"{sim.url}/sim/log", json={"kind": "some"}) as answer:
            assert answer.status == 404
    finally:
        await sim.stop()
