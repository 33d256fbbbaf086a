"""Machines as the service uses them: what carries out the effects of `domain/server_actions.py` with the providers in
use. docs/servers-providers.md lists them.
"""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import bcrypt
import msgspec
from msgspec.structs import replace

from bot.effects import Answer, Done, Later, Refused, Service, answer_to
from bot.server_secrets import ServerSecrets
from bot.settings import Settings
from domain import server_creations as creations
from domain.effects import Effect
from domain.server_actions import Action
from domain.server_creations import Creation
from domain.servers import Server
from domain.servers_sandbox import SandboxMachine
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.accounts import Cluster, DigitalOcean, Ec2, Linode, OpenStack, Vultr
from services.servers.base import Access, Machine, Provider, State, Wanted
from services.servers.registry import Means
from services.servers.registry import build as build_provider
from services.servers.sandbox import Machines, Sandbox
from storage.base import Stale, Storage, StorageUnavailable, Taken

MOST_MACHINES = 10_000
ANSWERS_WITHIN = 3.0
"""Seconds for a machine's port to take a connection."""
AWAY = "the provider of machines is not configured"
PASSED = "it is not wanted any more"
BCRYPTS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)
"""From base64's letters to those of bcrypt, which begin elsewhere."""

Knock = Callable[[str, int], Awaitable[bool]]
"""Whether an address answers on a port."""
Call = Callable[[Provider, Effect], Awaitable[Answer]]
Act = Callable[[Provider, str, Effect], Awaitable[Failure | None]]


class StoredMachines:
    """`services.servers.sandbox.Machines` on a store."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, machine: str) -> SandboxMachine | None:
        return await self._storage.get(SandboxMachine, machine)

    async def tagged(self, tag: str) -> tuple[SandboxMachine, ...]:
        return await self._storage.find(SandboxMachine, limit=MOST_MACHINES, tag=tag)

    async def save(self, machine: SandboxMachine) -> bool:
        try:
            await self._storage.save(machine)
        except (Stale, Taken):
            return False
        return True


def build(settings: Settings, storage: Storage, now: Callable[[], datetime]) -> dict[str, Provider]:
    """The providers that are named in SERVERS. Raises ValueError, in words for the operator."""
    machines = StoredMachines(storage)
    return {name: open_provider(name, settings, machines, now) for name in settings.server_providers}


def open_provider(name: str, settings: Settings, machines: Machines, now: Callable[[], datetime]) -> Provider:
    """`machines` is where the sandbox keeps its own. Raises ValueError, in words for the operator."""
    means = Means(
        driver=settings.libcloud_driver,
        digitalocean=DigitalOcean(
            token=settings.digitalocean_token.get_secret_value(), base_url=settings.digitalocean_api_base
        ),
        ec2=Ec2(
            access_key=settings.aws_access_key_id,
            secret_key=settings.aws_secret_access_key.get_secret_value(),
            region=settings.aws_default_region,
            endpoint=settings.aws_endpoint_url_ec2,
            subnet=settings.ec2_subnet_id,
            security_group=settings.ec2_security_group_id,
        ),
        openstack=OpenStack(
            auth_url=settings.os_auth_url,
            username=settings.os_username,
            password=settings.os_password.get_secret_value(),
            project=settings.os_project_name,
            domain=settings.os_user_domain_name,
            region=settings.os_region_name,
            network=settings.os_network_id,
        ),
        linode=Linode(token=settings.linode_token.get_secret_value(), base_url=settings.linode_api_base),
        vultr=Vultr(api_key=settings.vultr_api_key.get_secret_value(), base_url=settings.vultr_api_base),
        proxmox=Cluster(
            url=settings.proxmox_url,
            token=settings.proxmox_token.get_secret_value(),
            ca_file=settings.proxmox_ca_file,
            first_vmid=settings.proxmox_first_vmid,
        ),
        machines=machines,
        now=now,
    )
    return build_provider(name, means)


async def knock(address: str, port: int) -> bool:
    """By TCP: that something takes the connection is enough."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


def server_services(
    providers: Mapping[str, Provider],
    storage: Storage,
    secrets: ServerSecrets,
    *,
    tag: str,
    now: Callable[[], datetime],
    knock: Knock = knock,
) -> Mapping[str, Service]:
    """What carries out the effects of machines. `tag` marks ours at the providers; `now` is business time."""
    making = Making(storage, secrets, tag, now)
    doing = Doing(making, now)

    async def look(provider: Provider, effect: Effect) -> Answer:
        machine = await provider.get(effect.params["machine"])
        if not isinstance(machine, Machine):
            return answer_to(machine)
        answers = machine.state is State.RUNNING and bool(machine.address)
        if answers and not isinstance(provider, Sandbox):  # whose machines are nowhere
            answers = await knock(machine.address, int(effect.params["port"]))
        return Done({"state": machine.state, "address": machine.address, "answers": "yes" if answers else "no"})

    async def console(provider: Provider, effect: Effect) -> Answer:
        url = await provider.console(effect.params["machine"])
        return Done({"url": url}) if isinstance(url, str) else answer_to(url)

    async def metrics(provider: Provider, effect: Effect) -> Answer:
        since, until = (datetime.fromisoformat(effect.params[each]) for each in ("since", "until"))
        samples = await provider.metrics(effect.params["machine"], since, until)
        if not isinstance(samples, tuple):
            return answer_to(samples)
        rows = [(each.at.isoformat(), each.cpu, each.memory, each.received, each.sent) for each in samples]
        return Done({"samples": msgspec.json.encode(rows).decode()})

    async def list_all(provider: Provider, effect: Effect) -> Answer:
        machines = await provider.list(tag)
        if not isinstance(machines, tuple):
            return answer_to(machines)
        rows = [
            (each.id, each.name, each.state, each.address, each.made_at.isoformat() if each.made_at else "")
            for each in machines
        ]
        return Done({"machines": msgspec.json.encode(rows).decode()})

    def as_long_as_wanted(call: Call) -> Call:
        """A call that was put off may be overtaken: by ops who decided otherwise, or by a renewal."""

        async def checked(provider: Provider, effect: Effect) -> Answer:
            return await call(provider, effect) if await _is_wanted(storage, effect) else Refused(PASSED)

        return checked

    # What was begun with a provider waits until it is configured again; whoever waits for an answer gets one.
    away, refused = Later(detail=AWAY), Refused(AWAY)
    return {
        "servers.create": _carried_out(providers, as_long_as_wanted(making.create), refused),
        "servers.act": _carried_out(providers, as_long_as_wanted(doing.act), away),
        "servers.look": _carried_out(providers, look, away),
        "servers.console": _carried_out(providers, console, refused),
        "servers.metrics": _carried_out(providers, metrics, refused),
        "servers.list": _carried_out(providers, list_all, away),
    }


async def _is_wanted(storage: Storage, effect: Effect) -> bool:
    """Whether the machine has that very try of an action in hand."""
    server = await storage.get(Server, effect.params["server"])
    if server is None:
        return True
    action = await storage.get(Action, server.action) if server.action else None
    return action is not None and action.key == effect.id


def _carried_out(providers: Mapping[str, Provider], call: Call, missing: Answer) -> Service:
    async def service(effect: Effect) -> Answer:
        provider = providers.get(effect.params["provider"])
        return missing if provider is None else await call(provider, effect)

    return service


def _answer(failure: Failure, effect: Effect, now: datetime, *, unclear: bool) -> Answer:
    """What would be tried again is refused once its time is over. `unclear`: it may have been carried out."""
    answer = answer_to(failure)
    if isinstance(answer, Later) and now >= datetime.fromisoformat(effect.params["until"]):
        answer = Refused(answer.detail)
    if unclear and isinstance(answer, Refused):
        return Refused(f"unclear: {answer.error}")
    return answer


class Making:
    """Makes a machine of a name once, however often it is asked for it and whatever becomes of the answers."""

    def __init__(self, storage: Storage, secrets: ServerSecrets, tag: str, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._secrets = secrets
        self._tag = tag
        self._now = now

    async def create(self, provider: Provider, effect: Effect) -> Answer:
        name, now = effect.params["name"], self._now()
        calls = f"{name}@{provider.name}"
        creation = await self._storage.get(Creation, calls) or Creation(id=calls, called_at=now)
        found = await self.existing(provider, name, creation.machine)
        if isinstance(found, Machine):
            return await self._done(effect, found)
        if found is not None:
            return _answer(found, effect, now, unclear=creation.unclear > 0)
        if creation.unclear and not provider.knows_again:
            failure = Unknown(creation.detail)
            if now < creation.next_at or now >= datetime.fromisoformat(effect.params["until"]):
                return _answer(failure, effect, now, unclear=True)
        wanted = await self.wanted(effect)
        if isinstance(wanted, Permanent):
            return Refused(wanted.detail)
        return await self._call(provider, effect, wanted, creation)

    async def existing(self, provider: Provider, name: str, machine: str = "") -> Machine | Failure | None:
        """The oldest one of that name. `machine`, where it is known, is asked for by its id first: lists lag behind."""
        if machine:
            known = await provider.get(machine)
            if not isinstance(known, Machine) or known.state is not State.MISSING:
                return known
        found = await provider.find(name)
        if not isinstance(found, tuple):
            return found
        return found[0] if found else None

    async def wanted(self, effect: Effect, *, with_password: bool = True) -> Wanted | Permanent:
        params = effect.params
        password_hash = ""
        if with_password and params["secret"]:
            server = await self._storage.get(Server, params["server"])
            password = await self._secrets.password(params["secret"], server) if server is not None else ""
            if not password:
                return Permanent("there can be no password: SECRET_KEY is not set")
            password_hash = await asyncio.to_thread(_hashed, password, params["secret"])
        return Wanted(
            name=params["name"],
            number=int(params["number"]),
            tag=self._tag,
            hostname=params["hostname"],
            location=params["location"],
            size=params["size"],
            image=params["image"],
            cpus=int(params["cpus"]),
            memory_gb=int(params["memory"]),
            disk_gb=int(params["disk"]),
            access=Access(user=params["user"], ssh_key=params["ssh_key"], password_hash=password_hash),
        )

    async def page(self, effect: Effect) -> str:
        """Where its password can be read; empty where it is entered by a key."""
        server = await self._storage.get(Server, effect.params["server"])
        secret = effect.params["secret"]
        return self._secrets.url(secret, server.language) if secret and server is not None else ""

    async def _call(self, provider: Provider, effect: Effect, wanted: Wanted, creation: Creation) -> Answer:
        now = self._now()
        creation = creations.called(creation, now)
        try:
            await self._storage.save(creation)
        except (Stale, Taken):
            return Later(detail="somebody else is making it")
        creation = replace(creation, version=creation.version + 1)
        machine = await provider.create(wanted)
        match machine:
            case Machine():
                # Two may have been made all the same; the other one is told to ops by the sweep for orphans.
                oldest = await self.existing(provider, wanted.name)
                machine = oldest if isinstance(oldest, Machine) else machine
                await self._keep(creations.made(creation, machine.id))
                return await self._done(effect, machine)
            case Unknown(detail):
                creation = creations.lost(creation, detail)
            case Permanent() | Retry():
                creation = creations.not_made(creation)
        await self._keep(creation)
        return _answer(machine, effect, now, unclear=creation.unclear > 0)

    async def _keep(self, creation: Creation) -> None:
        """Without it the call counts as one whose answer is not known, and that is looked into."""
        try:
            await self._storage.save(creation)
        except (Stale, Taken, StorageUnavailable):
            return

    async def _done(self, effect: Effect, machine: Machine) -> Answer:
        page = await self.page(effect)
        return Done({"machine": machine.id, "state": machine.state, "address": machine.address, "page": page})


class Doing:
    """What is done to a machine that is there."""

    def __init__(self, making: Making, now: Callable[[], datetime]) -> None:
        self._making = making
        self._now = now
        self._acts: Mapping[str, Act] = {
            "start": lambda provider, machine, _: provider.start(machine),
            "stop": lambda provider, machine, _: provider.stop(machine),
            "restart": lambda provider, machine, _: provider.restart(machine),
            "destroy": lambda provider, machine, _: provider.destroy(machine),
            "resize": self._resize,
            "reinstall": self._reinstall,
        }

    async def act(self, provider: Provider, effect: Effect) -> Answer:
        """Where its id is not known, the creation having been unclear, it is the one of that name."""
        do, machine = effect.params["do"], effect.params["machine"]
        act = self._acts.get(do)
        if act is None:
            return Refused(f"there is no {do!r}")
        if not machine:
            found = await self._making.existing(provider, effect.params["name"])
            if found is None:
                return Done() if do == "destroy" else Refused("there is no such machine")
            if not isinstance(found, Machine):
                return _answer(found, effect, self._now(), unclear=False)
            machine = found.id
        failure = await act(provider, machine, effect)
        if failure is not None:
            return _answer(failure, effect, self._now(), unclear=isinstance(failure, Unknown))
        return Done({"page": await self._making.page(effect)} if do == "reinstall" else {})

    async def _resize(self, provider: Provider, machine: str, effect: Effect) -> Failure | None:
        wanted = await self._making.wanted(effect, with_password=False)
        return wanted if isinstance(wanted, Permanent) else await provider.resize(machine, wanted)

    async def _reinstall(self, provider: Provider, machine: str, effect: Effect) -> Failure | None:
        wanted = await self._making.wanted(effect)
        return wanted if isinstance(wanted, Permanent) else await provider.reinstall(machine, wanted)


def _hashed(password: str, secret: str) -> str:
    """Always the same of the same secret: a provider that knows a call again knows it by every word of it."""
    salt = b64encode(hashlib.sha256(secret.encode()).digest()[:16], altchars=b"./").rstrip(b"=")
    return bcrypt.hashpw(password.encode(), b"$2b$12$" + salt.translate(BCRYPTS)).decode()
