"""Effects of machines, from the settings by the providers' own client libraries to the played clouds and back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.effects import Answer, Done, Later, Refused, Service
from bot.records import RECORD_TYPES
from bot.server_secrets import ServerSecrets
from bot.server_services import build, server_services
from bot.settings import Settings
from domain.effects import Effect
from services.servers import proxmox_calls
from simulator.server import Simulator, SimulatorConfig
from storage.sqlite import SQLiteStorage

NAME = "server-17-1a2b3c4d"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyWZ0Nnn6nXfkdK2dRW9x1i7c0dSLUPrQVCbSt5b1Wb budi@laptop"
WORDS = {
    "libcloud": {"location": "sgp1", "size": "c-2", "image": "ubuntu-24-04-x64"},
    "proxmox": {"location": "pve1", "size": "2-15", "image": "9000"},
}
BIGGER = {"libcloud": {"size": "c-4"}, "proxmox": {}}
PLAYED = {"libcloud": "digitalocean", "proxmox": "proxmox"}
MAKING = {"libcloud": "create", "proxmox": "clone"}
PATIENCE = 30.0

each_provider = pytest.mark.parametrize("provider", ["libcloud", "proxmox"])


class Stage:
    def __init__(self, sim: Simulator, store: SQLiteStorage) -> None:
        self.sim = sim
        self.store = store
        self.services: dict[str, Service] = {}
        self.restart()

    def restart(self) -> None:
        """As after a kill: nothing is known but what was written down."""
        settings = Settings(
            servers="libcloud,proxmox,sandbox",
            digitalocean_api_base=self.sim.url,
            digitalocean_token=self.sim.config.digitalocean_token,  # type: ignore[arg-type]  # as the environment gives it
            proxmox_url=self.sim.url,
            proxmox_token=self.sim.config.proxmox_token,  # type: ignore[arg-type]  # as the environment gives it
        )
        secrets = ServerSecrets(self.store, "a secret", "https://chat.example.com", self.sim.world.now)
        providers = build(settings, self.store, self.sim.world.now)
        self.services = dict(server_services(providers, self.store, secrets, tag="sahut", now=self.sim.world.now))

    async def ask(self, what: str, provider: str, **params: str) -> Answer:
        values = {
            "provider": provider,
            "server": NAME,
            "number": "17",
            "name": NAME,
            "hostname": "toko",
            "cpus": "2",
            "memory": "4",
            "disk": "25",
            "user": "budi",
            "ssh_key": KEY,
            "secret": "",
            "machine": "",
            "port": str(self.sim.datacentre.ssh_port),
            "until": (self.sim.world.now() + timedelta(minutes=30)).isoformat(),
        }
        values |= WORDS.get(provider, {}) | params
        effect = Effect(id="e", name=what, record=NAME, conversation=f"servers:{NAME}", params=values)
        return await self.services[what](effect)

    async def done(self, what: str, provider: str, **params: str) -> dict[str, str]:
        """Asked again as long as it is put off, by a service that was killed each time."""
        async with asyncio.timeout(PATIENCE):
            while isinstance(answer := await self.ask(what, provider, **params), Later):
                await asyncio.sleep(0.02)
                self.restart()
        assert isinstance(answer, Done), answer
        return answer.result

    async def until(self, provider: str, machine: str, **wanted: str) -> dict[str, str]:
        """Looked at until it is so."""
        async with asyncio.timeout(PATIENCE):
            while not wanted.items() <= (seen := await self.done("servers.look", provider, machine=machine)).items():
                await asyncio.sleep(0.02)
        return seen


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(proxmox_calls, "POLL", 0.01)
    sim = Simulator(SimulatorConfig(build_seconds=0.05, power_seconds=0.02, address_seconds=0.02))
    await sim.start()
    store = SQLiteStorage(tmp_path / "sahut.db", RECORD_TYPES)
    await store.open()
    yield Stage(sim, store)
    await store.close()
    await sim.stop()


@each_provider
async def test_a_whole_life(stage: Stage, provider: str) -> None:
    made = await stage.done("servers.create", provider)
    machine = made["machine"]
    up = await stage.until(provider, machine, state="running", answers="yes")
    assert up["address"]
    assert (await stage.done("servers.create", provider))["machine"] == machine, "asked again it is the same"

    async def act(do: str, **params: Any) -> None:
        await stage.done("servers.act", provider, do=do, machine=machine, **params)

    await act("stop")
    await stage.until(provider, machine, state="stopped", answers="no")
    await act("start")
    await stage.until(provider, machine, state="running", answers="yes")
    await act("restart")
    await stage.until(provider, machine, state="running", answers="yes")
    await act("resize", cpus="4", memory="8", disk="50", **BIGGER[provider])
    await stage.until(provider, machine, state="running", answers="yes")
    (played,) = stage.sim.datacentre.machines.values()
    assert (played.cpus, played.memory, played.disk) == (4, 8192, 50)
    await act("reinstall")
    assert await stage.until(provider, machine, state="running", answers="yes") == up, "at the same address"
    listed = msgspec.json.decode((await stage.done("servers.list", provider))["machines"])
    assert [each[:4] for each in listed] == [
        [machine, NAME, "running", up["address"] if provider == "libcloud" else ""]
    ]
    now = stage.sim.world.now()
    since = (now - timedelta(days=1)).isoformat()
    metrics = await stage.done("servers.metrics", provider, machine=machine, since=since, until=now.isoformat())
    assert isinstance(msgspec.json.decode(metrics["samples"]), list)
    await act("destroy")
    await stage.until(provider, machine, state="missing", answers="no")
    await act("destroy")
    assert stage.sim.datacentre.of(PLAYED[provider]) == []


@each_provider
@pytest.mark.parametrize("kind", ["after", "cut", "500", "429", "wrong", "quota"])
async def test_whatever_becomes_of_the_answer_there_is_one_machine(stage: Stage, provider: str, kind: str) -> None:
    stage.sim.faults.add(PLAYED[provider], MAKING[provider], kind, retry_after=0)
    answer = await stage.ask("servers.create", provider)
    assert isinstance(answer, Later), answer
    stage.restart()
    found = await stage.ask("servers.create", provider)
    if not stage.sim.datacentre.machines:
        assert isinstance(found, Later), "it may still come to be: not asked for again at once"
        await stage.sim.world.advance(timedelta(minutes=1))
    made = await stage.done("servers.create", provider)
    await stage.until(provider, made["machine"], state="running", answers="yes")
    assert len(stage.sim.datacentre.machines) == 1


@each_provider
async def test_what_the_provider_does_not_have_is_refused(stage: Stage, provider: str) -> None:
    answer = await stage.ask("servers.create", provider, image="9999999")
    assert isinstance(answer, Refused), answer
    assert stage.sim.datacentre.of(PLAYED[provider]) == []


@each_provider
async def test_lost_at_the_provider(stage: Stage, provider: str) -> None:
    made = await stage.done("servers.create", provider)
    await stage.until(provider, made["machine"], answers="yes")
    (played,) = stage.sim.datacentre.machines.values()
    stage.sim.datacentre.lose(played.provider, played.number)
    await stage.until(provider, made["machine"], state="missing", answers="no")
    again = await stage.done("servers.create", provider)
    await stage.until(provider, again["machine"], answers="yes")
    assert len(stage.sim.datacentre.machines) == 1


@each_provider
async def test_at_once(stage: Stage, provider: str) -> None:
    """As where a lease ran out while the first was slow."""
    answers = await asyncio.gather(*(stage.ask("servers.create", provider) for _ in range(4)))
    assert all(isinstance(answer, Done | Later) for answer in answers), answers
    await stage.done("servers.create", provider)
    assert len(stage.sim.datacentre.machines) == 1


@each_provider
async def test_a_machine_without_an_address_never_answers(stage: Stage, provider: str) -> None:
    stage.sim.faults.add(PLAYED[provider], "machine", "no_address")
    made = await stage.done("servers.create", provider)
    seen = await stage.until(provider, made["machine"], state="running")
    assert (seen["address"], seen["answers"]) == ("", "no")
