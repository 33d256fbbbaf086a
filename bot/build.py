"""The composition root: builds storage, channels, turns, outboxes and jobs from the settings, and starts and stops
them in order.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from enum import Flag, auto
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from bot import media
from bot.backlog import Backlog
from bot.calendar_services import build as build_calendar
from bot.calendar_services import calendar_services
from bot.care_page import CarePage, Links
from bot.catalog import load_catalog
from bot.channels.base import File
from bot.channels.registry import CUSTOMERS, DOCUMENTS, OPS, Channels
from bot.channels.registry import build as build_channels
from bot.clock import BusinessClock, real_now
from bot.documents import Documents
from bot.effect_services import services
from bot.effects import Effects
from bot.effects import Service as EffectService
from bot.inbox import Inbox
from bot.introduction import Introduction
from bot.leases import Leases
from bot.log_services import build as build_logs
from bot.mailing import build as build_mailer
from bot.mailing import mail_services
from bot.ops_pages.registry import ops_pages
from bot.outbox import Outbox, backoff
from bot.own_log import PART as OWN_LOG
from bot.own_log import OwnLog
from bot.pay_pages import PayPages, SandboxLinks
from bot.payment_services import build as build_payments
from bot.payment_services import options, payment_endpoints, payment_services
from bot.poller import Poller
from bot.records import RECORD_TYPES, StoredRecords
from bot.router import Router
from bot.scheduler import Scheduler
from bot.senders import telegram_bots, whatsapp_sender
from bot.server import Server
from bot.server_pages import ServerPages
from bot.server_secrets import ServerSecrets
from bot.server_services import build as build_servers
from bot.server_services import server_services
from bot.settings import Settings, Updates, WrongSettings
from bot.tick import Part, Tick
from bot.turn import Turns
from bot.web import Public, endpoints, make_app, make_probes
from bot.wording import Renderer, Texts
from domain.catalog import Catalog
from domain.events import Said
from domain.matching import Matcher
from domain.messages import Media
from domain.server_actions import Ability
from handlers.ports import Places
from jobs.schedule import jobs
from services.payments.sandbox import Sandbox
from storage.base import Entry, Recorded, Storage, StorageUnavailable
from storage.copying import unfinished
from storage.sqlite import SQLiteStorage

log = structlog.get_logger()

GIVE_UP_WITHIN = 1.0
"""Seconds of a stop for a store that may be away."""


class Role(Flag):
    """What a process does. `web` records and wakes; `worker` runs turns, sends and carries out effects; `clock` wakes
    the jobs.
    """

    WEB = auto()
    WORKER = auto()
    CLOCK = auto()
    ALL = WEB | WORKER | CLOCK


def data_folder(settings: Settings) -> Path:
    """The folder for files of our own, such as SQLite's; made if need be. Raises StorageUnavailable."""
    folder = settings.sqlite_path.parent if settings.sqlite_path else Path("var")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageUnavailable(f"{folder} cannot be made: {problem.strerror}") from problem
    return folder


def open_storage(settings: Settings) -> Storage:
    """Raises StorageUnavailable."""
    if settings.sqlite_path:
        data_folder(settings)
        return SQLiteStorage(settings.sqlite_path, RECORD_TYPES)
    from storage.mongo import MongoStorage  # its driver is large

    return MongoStorage(settings.database_url, RECORD_TYPES, now=real_now, concurrency=settings.database_pool)


class Service:
    """One process of Sahut. `start` returns once it serves; `stop` finishes what is in hand and leaves the rest in
    storage.
    """

    def __init__(
        self,
        settings: Settings,
        roles: Role = Role.ALL,
        *,
        catalog: Catalog | None = None,
        clock: BusinessClock | None = None,
    ) -> None:
        self.settings = settings
        self.roles = roles
        self.catalog = catalog or load_catalog(settings.catalog_file)
        self.clock = clock or BusinessClock()
        self.storage = open_storage(settings)
        self._logs = build_logs(self.catalog.logs, self.storage)
        self.port = settings.port
        self._texts = Texts(zone=settings.time_zone)
        self._leases = Leases()
        self._tasks: list[asyncio.Task[None]] = []
        self._courtesies: set[asyncio.Task[None]] = set()
        self._outboxes: list[Outbox] = []
        self._pollers: list[Poller] = []
        self._server: Server | None = None
        self._session: aiohttp.ClientSession | None = None
        self._abilities: dict[str, frozenset[Ability]] = {}
        self._started = self._stopping = False

    # --- starting ---

    async def start(self) -> None:
        """Raises StorageUnavailable, OSError (the port is taken), WrongSettings."""
        settings = self.settings
        await self.storage.open()
        if await unfinished(self.storage):
            raise WrongSettings(["DATABASE_URL: it holds an unfinished copy. Run `python -m bot copy` to its end."])
        await self.storage.enlist(self._leases.token)
        if settings.simulate:
            await self.clock.restore(self.storage)
        connector = aiohttp.TCPConnector(limit=256, limit_per_host=128, ttl_dns_cache=300)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        secret_key, public_url = settings.secret_key.get_secret_value(), settings.public_url
        self._media = media.MediaLinks(secret_key, public_url)
        self._documents = Documents(self.storage, self._texts, self.catalog, settings)
        self.channels = self._channels(self._session)
        self._sandbox_links = SandboxLinks(secret_key, public_url)
        self._server_secrets = ServerSecrets(self.storage, secret_key, public_url, self.clock.now)
        self.payments = build_payments(
            settings, self._session, self.storage, sandbox_link=self._sandbox_links.url, now=self.clock.now
        )
        self._introduction = Introduction(settings, self.channels, self._texts)
        renderer = Renderer(self._texts, self.catalog)
        records = StoredRecords(self.storage, renderer)
        self._outboxes = self._make_outboxes(renderer) if Role.WORKER in self.roles else []
        self._effects = Effects(
            self.storage, self.clock, self._leases, self._services(), on_recorded=self._take, backoff=backoff
        )
        self._turns = Turns(
            self.storage,
            self.clock,
            self._leases,
            Router(self._texts),
            records=records,
            catalog=self.catalog,
            matcher=Matcher(self.catalog),
            places=self._places(),
            on_begin=self._be_courteous,
            on_outgoing=self._wake_outboxes,
            on_effects=self._effects.wake,
            on_deferred=lambda when: self.inbox.wake_at(when),
        )
        handle = self._turns.run if Role.WORKER in self.roles else None
        self.inbox = Inbox(self.storage, self.clock, self._leases, handle=handle)
        self._backlog = Backlog(self.storage, settings.inbox_limit)
        part = (self.roles.name or "").lower()
        self._own_log = OwnLog(
            settings, process=self._leases.token, part=part, now=self.clock.now, accept=self.inbox.accept
        )
        due = jobs(settings.kept_for, settings.time_zone, self.catalog.logs)
        self._scheduler = Scheduler(self.storage, self.clock, self._leases, self.inbox.accept, due)
        self._pollers = self._make_pollers()
        for wake in (self.inbox.wake, self._wake_outboxes, self._effects.wake, self._scheduler.wake):
            if Role.CLOCK in self.roles or wake != self._scheduler.wake:
                self.clock.on_move(wake)
        await self._begin()

    async def _begin(self) -> None:
        settings = self.settings
        if Role.WEB in self.roles:
            await self._listen()
            self._run(self._introduction.run, "introduction")
        elif settings.probe_port is not None:
            await self._serve(make_probes(self.storage, self.clock, self._public()), settings.probe_port)
        if Role.WORKER in self.roles:
            self._run(self.inbox.run, "inbox")
            self._run(self._effects.run, "effects")
            for outbox in self._outboxes:
                self._run(outbox.run, f"outbox {outbox.sender}")
        for poller in self._pollers:
            self._run(poller.run, "poller")
        if Role.CLOCK in self.roles:
            self._scheduler.start()
        self._own_log.begin()
        self._run(self._own_log.run, OWN_LOG)
        self._started = True

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._tasks.append(asyncio.create_task(_again_and_again(work, name), name=name))

    async def _listen(self) -> None:
        settings = self.settings
        by_webhook = settings.updates is Updates.WEBHOOK
        telegram = (
            self.channels.telegram if by_webhook and settings.telegram_webhook_secret.get_secret_value() else None
        )
        ops = self.channels.ops if by_webhook and settings.ops_webhook_secret.get_secret_value() else None
        whatsapp = self.channels.whatsapp
        chats = endpoints(
            whatsapp=whatsapp,
            whatsapp_status=whatsapp.parse_status if whatsapp else None,
            telegram=telegram,
            ops=ops,
        )
        app = make_app(
            (*chats, *payment_endpoints(self.payments, settings, self.clock.now)),
            self.inbox,
            self._backlog,
            self.storage,
            self.clock,
            self._public(),
            (
                *self._pay_pages().routes(),
                *ServerPages(self._texts, self._server_secrets, settings).routes(),
                *ops_pages(settings, self._texts, self.clock.now, self.storage, self.catalog, self.inbox.accept),
            ),
        )
        await self._serve(app, settings.port)

    async def _serve(self, app: web.Application, port: int) -> None:
        self._server = Server(app)
        self.port = await self._server.start(self.settings.host, port)

    def _public(self) -> Public:
        settings = self.settings
        return Public(
            care_page=CarePage(self.catalog, self._texts),
            care_secret=settings.care_link_secret.get_secret_value(),
            links=self._links,
            media=self._media if settings.secret_key.get_secret_value() else None,
            open_media=self._open_media,
            metrics_token=settings.metrics_token.get_secret_value(),
            tasks_token=settings.tasks_token.get_secret_value(),
            tick=Tick(self._scheduler.run_now, self._parts(), self._is_stopping).run,
            stopping=self._is_stopping,
        )

    def _pay_pages(self) -> PayPages:
        sandbox = self.payments.get("sandbox")
        return PayPages(
            self._texts,
            links=self._links,
            sandbox=sandbox if isinstance(sandbox, Sandbox) else None,
            sandbox_links=self._sandbox_links,
            now=self.clock.now,
            accept=self.inbox.accept,
        )

    def _parts(self) -> list[Part]:
        """What does the work in this process; none where others do it."""
        if Role.WORKER not in self.roles:
            return []
        inbox, effects = self.inbox, self._effects
        return [
            Part(poll=inbox.poll, wake=inbox.wake, due=lambda: inbox.busy),
            Part(poll=effects.poll, wake=effects.wake, due=lambda: effects.busy),
            *(Part(poll=each.poll, wake=each.wake, due=each.due) for each in self._outboxes),
        ]

    def _is_stopping(self) -> bool:
        return self._stopping

    def _channels(self, session: aiohttp.ClientSession) -> Channels:
        telegram, ops = telegram_bots(self.settings)
        return build_channels(
            session=session,
            media_url=self._media.url,
            media_limit=media.LARGEST,
            whatsapp=whatsapp_sender(self.settings),
            telegram=telegram,
            ops=ops,
            documents=self._documents.open,
        )

    def _services(self) -> Mapping[str, EffectService]:
        """Only a worker carries out effects: nobody else needs what they are carried out with."""
        settings = self.settings
        if Role.WORKER not in self.roles:
            return {}
        payments = payment_services(self.payments, f"{settings.public_url}/pay/done")
        try:
            calendar = calendar_services(build_calendar(settings))
            providers = build_servers(settings, self.storage, self.clock.now)
        except ValueError as problem:
            raise WrongSettings([str(problem)]) from None
        self._abilities = {name: provider.abilities for name, provider in providers.items()}
        mails = mail_services(build_mailer(settings, self.clock.now), self._texts, self._documents)
        machines = server_services(
            providers, self.storage, self._server_secrets, tag=settings.servers_tag, now=self.clock.now
        )
        return services(self.channels, self.storage, payments, calendar, mails, machines, self._logs.services())

    def _make_outboxes(self, renderer: Renderer) -> list[Outbox]:
        return [
            Outbox(
                channel,
                self.storage,
                self.clock,
                self._leases,
                renderer,
                on_recorded=self._take,
                on_moved=self._forget_places,
            )
            for channel in self.channels
        ]

    def _make_pollers(self) -> list[Poller]:
        if Role.WORKER not in self.roles or self.settings.updates is not Updates.POLLING:
            return []
        bots = [bot for bot in (self.channels.telegram, self.channels.ops) if bot is not None]
        return [Poller(bot, self.storage, self._leases, self.inbox.accept, self._backlog) for bot in bots]

    def _places(self) -> Places:
        settings = self.settings
        return Places(
            agents=f"{CUSTOMERS}:{settings.agents_chat_id}" if settings.agents_chat_id else "",
            ops=f"{OPS}:{settings.ops_chat_id}" if settings.ops_chat_id else "",
            whatsapp_link=self._links().whatsapp,
            zone=settings.time_zone,
            payments=options(self.payments),
            servers=settings.server_providers,
            abilities=self._abilities,
            ssh_port=settings.servers_ssh_port,
            tax=settings.tax,
            ops_phones=tuple(filter(None, settings.ops_whatsapp.split(","))),
        )

    def _links(self) -> Links:
        """Where a person opens a chat with us: the real apps, or the simulator's phones."""
        settings = self.settings
        if settings.simulate:
            page = settings.twilio_api_base
            return Links(whatsapp=f"{page}/?open=whatsapp", telegram=f"{page}/?open=telegram")
        digits = "".join(filter(str.isdigit, settings.twilio_whatsapp_from))
        return Links(
            whatsapp=f"https://wa.me/{digits}" if settings.whatsapp_configured else "",
            telegram=f"https://t.me/{name}" if (name := self._introduction.username) else "",
        )

    # --- what the parts tell each other ---

    def _take(self, recorded: Recorded) -> None:
        self.inbox.take(recorded)

    def _wake_outboxes(self) -> None:
        for outbox in self._outboxes:
            outbox.wake()

    def _forget_places(self) -> None:
        self._turns.forget_places()

    def _be_courteous(self, entry: Entry) -> None:
        """Answer a button press at once; it costs the turn nothing and may fail."""
        if not isinstance(entry.event, Said) or not entry.event.callback:
            return
        channel = self.channels.named(entry.source)
        if channel is not None:
            task = asyncio.create_task(channel.courtesy(entry.event, entry.conversation))
            self._courtesies.add(task)
            task.add_done_callback(self._courtesies.discard)

    async def _open_media(self, wanted: Media) -> File:
        if wanted.channel == DOCUMENTS:
            return await self._documents.open(wanted.ref)
        return await media.open_media({channel.name: channel for channel in self.channels}, wanted)

    @property
    def busy(self) -> bool:
        """Whether anything is in hand; what waits for a time, or for another process, does not count."""
        busy = self.inbox.busy or self._effects.busy or self._scheduler.busy
        return busy or any(outbox.busy for outbox in self._outboxes)

    # --- stopping ---

    async def stop(self) -> None:
        """Take nothing more in, finish what is in hand, leave the rest in storage: within ten seconds, and those of
        DRAIN_SECONDS. Also undoes a start that failed half-way.
        """
        self._stopping = True
        if self._server is not None and self._started:
            self._server.drain()
            await asyncio.sleep(self.settings.drain_seconds)
        ending: list[Coroutine[Any, Any, None]] = [self._server.stop()] if self._server is not None else []
        if self._started:
            ending += [self._scheduler.stop()] if Role.CLOCK in self.roles else []
            ending += [
                self.inbox.stop(),
                self._logs.close(),
                self._effects.stop(),
                *(outbox.stop() for outbox in self._outboxes),
            ]
        for result in await asyncio.gather(*ending, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("a part did not end well", exc_info=result)
        if self._started:
            await self._own_log.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._courtesies, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._started:
            # What was claimed too late, or takes too long, must not wait for its lease to run out.
            with suppress(StorageUnavailable, TimeoutError):
                async with asyncio.timeout(GIVE_UP_WITHIN):
                    await self.storage.give_up(self._leases.token)
        await self.storage.close()


async def _again_and_again(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
    """Run a part until it ends by itself; what breaks it off is logged, and it begins again: no part dies silently."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("a part broke off and begins again", part=name)
            await asyncio.sleep(1)
