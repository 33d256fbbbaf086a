"""The simulator as a whole: one HTTP server that plays the providers and serves the page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from simulator.checkouts import Checkouts
from simulator.clock import real_now
from simulator.config import Bot, ContentTemplate, SimulatorConfig
from simulator.control import Control, NextDue
from simulator.datacentre import DataCentre
from simulator.datacentre_control import DataCentreControl
from simulator.demo_log import DemoLog
from simulator.digitalocean import DigitalOcean
from simulator.faults import Answering, Faults, offered
from simulator.google_accounts import Accounts
from simulator.google_calendar import GoogleCalendar
from simulator.mailbox import Mailboxes, MailServer
from simulator.model import Json
from simulator.proxmox import Proxmox
from simulator.state import Keeper
from simulator.stripe import Stripe
from simulator.stripe_page import StripePage
from simulator.telegram import Telegram
from simulator.twilio import Twilio
from simulator.webhooks import Courier
from simulator.world import World
from simulator.xendit import Xendit
from simulator.xendit_page import XenditPage

__all__ = ["Bot", "ContentTemplate", "Simulator", "SimulatorConfig"]

PAGE = Path(__file__).parent / "page"
LARGEST_REQUEST = 64 * 1024 * 1024
LETTING_IN = 4
"""Rounds of the event loop for whom it is just accepting: asyncio never closes them where their listener is closed."""


class Simulator:
    """`clock` is the service's business clock (aware, UTC; default: real time plus an offset of the simulator's own);
    `on_advance` is awaited when the page or a test moves it (default: moves the own offset); `next_due` says when the
    service has something to do next, so that the page can move the clock there; `monotonic` is the real clock of the
    providers' rate limits."""

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        on_advance: Callable[[timedelta], Awaitable[None]] | None = None,
        next_due: NextDue | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config or SimulatorConfig()
        self._offset = timedelta()
        self.world = World(self.config, clock or self._own_clock, on_advance or self._own_advance)
        self.faults = Faults(self.config.seed, self._faults_changed)
        self.world.more_state = self._more_state
        self._due_known = next_due is not None
        self._courier = Courier(self.world.record_post)
        self._stopping = asyncio.Event()
        answering = Answering(self.faults, self._stopping)
        self.telegram = Telegram(self.world, self._courier, self.faults, answering, monotonic)
        self.twilio = Twilio(self.world, self._courier, self.faults, answering)
        self.mailboxes = Mailboxes(self.world)
        self.smtp = MailServer(self.mailboxes, self.world, self.faults, self._stopping)
        self.google_accounts = Accounts(self.config, answering, lambda: self.url)
        self.google = GoogleCalendar(self.world, answering, self.google_accounts, self.mailboxes)
        self.xendit = Xendit(self.world, self._courier, self.faults, answering)
        self.stripe = Stripe(self.world, self._courier, self.faults, answering)
        self.datacentre = DataCentre(self.config, self.world.now, self.world.feed)
        self.digitalocean = DigitalOcean(self.world, self.faults, answering, self.datacentre)
        self.proxmox = Proxmox(self.world, self.faults, answering, self.datacentre)
        self.checkouts = Checkouts(self.stripe, self.xendit, self.world.now)
        self.demo_log = DemoLog(self.config, self.world.now)
        self.control = Control(self.world, self.faults, self.reset, next_due)
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._keeper: Keeper | None = None
        if self.config.state_path is not None:
            path = self.config.state_path
            self._keeper = Keeper(
                self.world,
                self.telegram,
                self.twilio,
                path,
                lambda: self._offset,
                self._set_offset,
                {
                    "mails": self.mailboxes,
                    "calendar": self.google,
                    "xendit": self.xendit,
                    "stripe": self.stripe,
                    "datacentre": self.datacentre,
                    "digitalocean": self.digitalocean,
                    "proxmox": self.proxmox,
                },
            )

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; `url` is set afterwards. Raises OSError if the port is taken."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes(self.telegram.routes())
        app.add_routes(self.twilio.routes())
        app.add_routes(self.mailboxes.routes())
        app.add_routes(self.google_accounts.routes())
        app.add_routes(self.google.routes())
        app.add_routes(self.xendit.routes())
        app.add_routes(XenditPage(self.xendit).routes())
        app.add_routes(self.stripe.routes())
        app.add_routes(StripePage(self.stripe).routes())
        app.add_routes(self.checkouts.routes())
        app.add_routes(self.digitalocean.routes())
        app.add_routes(self.proxmox.routes())
        app.add_routes(DataCentreControl(self.datacentre).routes())
        app.add_routes(self.demo_log.routes())
        app.add_routes(self.control.routes())
        app.router.add_get("/", self._page)
        if PAGE.is_dir():
            app.router.add_static("/static/", PAGE)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self._courier.start()
        self.datacentre.open()
        self.demo_log.open()
        if self._keeper is not None:
            await self._keeper.start()
        await self.smtp.start(host, self.config.smtp_port)
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"http://{host}:{bound}"
        self.twilio.base_url = self.url
        self.xendit.base_url = self.url
        self.stripe.base_url = self.url
        self.digitalocean.base_url = self.url

    async def stop(self) -> None:
        """Stops listening and delivering."""
        for _ in range(LETTING_IN):
            await asyncio.sleep(0)
        self._stopping.set()
        self.world.running.set()
        self.world.feed.close()
        if self._keeper is not None:
            await self._keeper.stop()
        await self.telegram.stop()
        await self.twilio.stop()
        self.google.stop()
        self.datacentre.close()
        await self.smtp.stop()
        await self.xendit.stop()
        await self.stripe.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._courier.stop()

    @property
    def busy(self) -> bool:
        """Whether a delivery, to the service or to a phone, is still on its way."""
        boxes = self.telegram.mailboxes.values()
        lanes = [self.twilio.lanes, self.stripe.lanes, self.xendit.lanes, *(box.lanes for box in boxes)]
        return any(each.busy for each in lanes)

    def reset(self) -> None:
        """The first day again: people, chats, faults and rate limits. The bots' webhooks stay set."""
        self.world.reset()
        self.faults.clear()
        self.telegram.rates.clear()
        self.mailboxes.mails.clear()
        self.google.reset()
        self.xendit.reset()
        self.stripe.reset()
        self.datacentre.reset()
        self.digitalocean.reset()
        self.proxmox.reset()
        self.world.feed.publish("state", self.control.state)

    def _more_state(self) -> Json:
        return {
            "fault_kinds": offered(),
            "due_known": self._due_known,
            "starts": {mentor.id: mentor.start for mentor in self.config.mentors if mentor.start},
            "faults": [fault.to_json() for fault in self.faults.list()],
            "mails": self.mailboxes.to_json(),
            "calendar": self.google.to_json(),
            "datacentre": self.datacentre.to_json(),
            "log": self.demo_log.to_json(),
        }

    def _faults_changed(self) -> None:
        self.world.feed.publish("faults", lambda: [fault.to_json() for fault in self.faults.list()])

    def _own_clock(self) -> datetime:
        return real_now() + self._offset

    async def _own_advance(self, by: timedelta) -> None:
        self._offset += by

    def _set_offset(self, offset: timedelta) -> None:
        self._offset = offset

    async def _page(self, request: web.Request) -> web.StreamResponse:
        index = PAGE / "index.html"
        if not index.is_file():
            return web.Response(status=404, text="The page is not built; the API is under /sim/state.")
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})
