"""A stage for the effects of machines: a store, a cloud that does what a test says, and the services."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.effects import Answer, Done, Service
from bot.records import RECORD_TYPES
from bot.server_secrets import ServerSecrets
from bot.server_services import server_services
from domain.effects import Effect
from domain.server_actions import Action, ActionKind
from domain.servers import Server
from services.servers.base import Provider
from storage.sqlite import SQLiteStorage
from tests.bot.cloud import Cloud

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NAME = "server-17-1a2b3c4d"
PUBLIC = "https://chat.example.com"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ budi@laptop"


class Stage:
    def __init__(self, store: SQLiteStorage, *providers: Provider) -> None:
        self.store = store
        self.now = START
        self.cloud = Cloud()
        self.knocked: list[tuple[str, int]] = []
        self.opens = True
        self.secrets = ServerSecrets(store, "a secret of some length", PUBLIC, self.clock)
        self.providers: dict[str, Provider] = {"cloud": self.cloud, **{each.name: each for each in providers}}
        self.services: dict[str, Service] = dict(
            server_services(self.providers, store, self.secrets, tag="sahut", now=self.clock, knock=self.knock)
        )

    def clock(self) -> datetime:
        return self.now

    async def knock(self, address: str, port: int) -> bool:
        self.knocked.append((address, port))
        return self.opens

    async def ask(self, what: str, **params: str) -> Answer:
        values = {
            "provider": "cloud",
            "server": NAME,
            "number": "17",
            "name": NAME,
            "hostname": "toko",
            "location": "sgp1",
            "size": "c-2",
            "image": "debian-13",
            "cpus": "2",
            "memory": "4",
            "disk": "25",
            "user": "root",
            "ssh_key": KEY,
            "secret": "",
            "machine": "",
            "until": (START + timedelta(minutes=30)).isoformat(),
        }
        effect = Effect(
            id=f"{NAME}-create-1", name=what, record=NAME, conversation=f"servers:{NAME}", params=values | params
        )
        return await self.services[what](effect)

    async def create(self, **params: str) -> Answer:
        return await self.ask("servers.create", **params)

    async def save_server(self, **more: Any) -> None:
        values: dict[str, Any] = {
            "number": 17,
            "customer": "telegram:1001",
            "name": "Budi",
            "email": "budi@example.com",
            "language": "en",
            "zone": "Asia/Jakarta",
            "order": "order-17",
            "plan": "small",
            "region": "sg",
            "image": "debian",
            "shelf": "small@sg",
            "slot": 0,
            "hostname": "toko",
            "user": "root",
            "since": START,
            "provider": "cloud",
            "made_at": START,
            "action": f"{NAME}-create-1",
        }
        await self.store.save(Server(id=NAME, **(values | more)))
        kind, until = ActionKind.CREATE, START + timedelta(minutes=30)
        action = Action(id=f"{NAME}-create-1", server=NAME, kind=kind, by="paid", made_at=START, until=until)
        await self.store.save(action)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    store = SQLiteStorage(tmp_path / "sahut.db", RECORD_TYPES)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def stage(store: SQLiteStorage) -> Stage:
    return Stage(store)


def done(answer: Answer) -> dict[str, str]:
    assert isinstance(answer, Done), answer
    return answer.result
