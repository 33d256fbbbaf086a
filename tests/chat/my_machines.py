"""Machines that customers have, at a cloud that does what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.events import Arrival, Said, SaidKind
from domain.server_actions import Ability
from domain.servers import Server, ServerStatus, end_of_term, server_id
from services.servers.base import Machine, State
from tests.bot.cloud import Cloud
from tests.talk import Scripted, Talk

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ budi@laptop"
HERE = "127.0.0.1"


@dataclass
class Place:
    """The service, and the cloud of its region Jakarta. Machines that run answer as long as the door is open."""

    talk: Talk
    cloud: Cloud
    _door: asyncio.Server | None = None
    _pressed: int = field(default=0)

    @property
    def now(self) -> datetime:
        return self.talk.simulation.clock.now()

    async def opens(self) -> None:
        port = self.talk.played.servers_ssh_port
        self._door = await asyncio.start_server(lambda _, writer: writer.close(), HERE, port)

    async def closes(self) -> None:
        if self._door is not None:
            self._door.close()
            await self._door.wait_closed()
            self._door = None

    async def has(self, customer: Scripted, number: int = 17, **given: Any) -> Server:
        """A machine of theirs, entered by a key and just paid for a month, unless something else is said."""
        name = server_id(number, self.now)
        values: dict[str, Any] = {
            "id": name,
            "number": number,
            "customer": customer.chat,
            "name": "Budi",
            "email": "",
            "language": "id",
            "zone": "Asia/Jakarta",
            "order": f"order-{number}",
            "plan": "small",
            "region": "jakarta",
            "image": "ubuntu",
            "shelf": "small@jakarta",
            "slot": number,
            "hostname": f"web-{number}",
            "user": "ubuntu",
            "ssh_key": KEY,
            "status": ServerStatus.ACTIVE,
            "since": self.now,
            "state": "running",
            "provider": "proxmox",
            "machine": f"m-{number}",
            "address": HERE,
            "made_at": self.now,
            "expires_at": end_of_term(self.now, 1, "Asia/Jakarta"),
            "periods": 1,
            "warned": ("14d", "7d"),
        }
        server = Server(**(values | given))
        if server.machine:
            machine = Machine(
                id=server.machine, name=name, state=State(server.state or "running"), address=server.address
            )
            self.cloud.machines[server.machine] = machine
        await self.talk.service.storage.save(server)
        return server

    async def now_is(self, server: Server) -> Server:
        await self.talk.quiet()
        found = await self.talk.service.storage.get(Server, server.id)
        assert found is not None
        return found

    def becomes(self, server: Server, state: State) -> None:
        """By itself, or because it was asked for."""
        self.cloud.machines[server.machine] = replace(self.cloud.machines[server.machine], state=state)

    async def looked(self, after: timedelta = timedelta(minutes=1)) -> None:
        """So much later, what is due has been done."""
        await self.talk.quiet()
        await self.talk.later(after)
        await self.talk.quiet()

    async def presses(self, customer: Scripted, server: Server, action: str) -> None:
        """An old button of a machine, of a message that is long gone."""
        await self.presses_what(customer, f"server:{server.id}:{action}")

    async def presses_what(self, customer: Scripted, button: str) -> None:
        """Any at all: who writes a Telegram of their own can press what was never shown."""
        self._pressed += 1
        arrival = Arrival(
            source=customer.chat.partition(":")[0],
            external_id=f"old-{self._pressed}",
            conversation=customer.chat,
            person=customer.chat,
            event=Said(kind=SaidKind.BUTTON, button=button),
        )
        await self.talk.service.inbox.accept([arrival])
        await self.talk.quiet()


@asynccontextmanager
async def place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, abilities: frozenset[Ability] = frozenset(Ability)
) -> AsyncIterator[Place]:
    """At ten in the morning of a working day; `abilities` are the cloud's."""
    clouds = {name: Cloud(name, abilities=abilities) for name in ("proxmox", "libcloud")}
    monkeypatch.setattr("bot.build.build_servers", lambda *means: clouds)
    found = Place(await Talk.begin(folder, servers="proxmox,libcloud"), clouds["proxmox"])
    try:
        await found.opens()
        await found.talk.at_office_hours()
        yield found
    finally:
        await found.talk.end()
        await found.closes()


async def opens(customer: Scripted, server: Server, *fragments: str) -> str:
    """They choose it from their list, and read how it stands."""
    await customer.says("server saya")
    await customer.hears("Server Anda", server.hostname)
    await customer.presses(f"#{server.number} {server.hostname}")
    return (await customer.hears("Status:", server.hostname, *fragments)).text


def buttons(customer: Scripted) -> str:
    return customer.sees()[-1]
