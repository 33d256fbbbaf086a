"""`SIMULATE=1`: the providers played on this machine, and the settings that point at them. No real credential comes
near it.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from glob import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace
from pydantic import SecretStr

from bot.care_page import sign
from bot.clock import BusinessClock
from bot.settings import Settings, Updates
from bot.wording import Texts
from domain.cases import Case
from domain.catalog import Catalog, WhatsAppContent
from domain.localized import words
from domain.log_sources import LogWatch, Source
from domain.messages import BOLD_OFF, BOLD_ON, Text
from domain.orders import Order
from domain.payments import Payment, PaymentStatus
from domain.servers import Server, ServerDue, times
from services.payments.registry import PROVIDERS
from simulator.config import Mentor
from simulator.server import ContentTemplate, Simulator, SimulatorConfig
from storage.base import Storage

ROW_TITLE, ROW_DESCRIPTION, BUTTON = 24, 72, 20
"""WhatsApp's limits: a list row's title and description, a button's title."""

FAR = timedelta(days=3650)
OFTEN = timedelta(seconds=5)

Row = tuple[str, str, str]
"""A choice's id, label and description."""


class Simulation:
    """The simulator, and what the service must be told to talk to it. Started before the service, stopped after it.

    The clock is the service's own; `attach` tells where its offset is kept. `log_path` is a log that the page can write
    errors into.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        *,
        state_path: Path | None = None,
        log_path: Path | None = None,
        rates: bool = True,
        clock: BusinessClock | None = None,
        **habits: Any,
    ) -> None:
        self.clock = clock or BusinessClock()
        self._given = settings
        self._storage: Storage | None = None
        self._ops_token = settings.ops_page_token.get_secret_value() or secrets.token_urlsafe(12)
        self._care_secret = settings.care_link_secret.get_secret_value() or secrets.token_hex(16)
        contents = _Contents(catalog, Texts(zone=settings.time_zone))
        self.catalog = replace(
            _with_links(catalog), contents=contents.registered, logs=_with_log(catalog.logs, log_path)
        )
        self._config = SimulatorConfig(
            whatsapp_webhook_url=f"{settings.public_url}/webhooks/whatsapp",
            stripe_webhook_url=f"{settings.public_url}/webhooks/stripe",
            xendit_webhook_url=f"{settings.public_url}/webhooks/xendit",
            content_templates=contents.templates,
            care_url=lambda: self._care_url(settings.public_url),
            mentors=_mentors(self.catalog),
            state_path=state_path,
            log_path=log_path,
            log_page=f"{settings.public_url}/ops/logs",
            log_page_token=self._ops_token,
            enforce_rates=rates,
            **habits,
        )
        self.simulator = Simulator(
            self._config, clock=self.clock.now, on_advance=self._advance, next_due=self._next_due
        )

    async def start(self, host: str, port: int) -> Settings:
        """Listen; returns the service's settings: secrets of the play, addresses of the simulator. Raises OSError
        (the port is taken).
        """
        await self.simulator.start(host, port)
        config, url = self._config, self.simulator.url
        customers, ops = config.telegram_bots
        return self._given.model_copy(
            update={
                "public_base_url": self._given.public_url,
                "telegram_updates": self._given.telegram_updates or Updates.WEBHOOK,
                "telegram_api_base": url,
                "telegram_bot_token": SecretStr(customers.token),
                "telegram_webhook_secret": SecretStr(secrets.token_hex(16)),
                "agents_chat_id": config.agents_chat_id,
                "ops_bot_token": SecretStr(ops.token),
                "ops_webhook_secret": SecretStr(secrets.token_hex(16)),
                "ops_chat_id": config.ops_chat_id,
                "ops_page_token": SecretStr(self._ops_token),
                "twilio_api_base": url,
                "twilio_account_sid": config.twilio_account_sid,
                "twilio_auth_token": SecretStr(config.twilio_auth_token),
                "twilio_whatsapp_from": config.whatsapp_from,
                "payments": self._given.payments or ",".join(PROVIDERS),
                "stripe_api_base": url,
                "stripe_secret_key": SecretStr(config.stripe_secret_key),
                "stripe_webhook_secret": SecretStr(config.stripe_webhook_secret),
                "xendit_api_base": url,
                "xendit_secret_key": SecretStr(config.xendit_secret_key),
                "xendit_callback_token": SecretStr(config.xendit_callback_token),
                "servers": self._given.servers or "libcloud,proxmox",
                "servers_ssh_port": self.simulator.datacentre.ssh_port,
                "libcloud_driver": "digitalocean",
                "digitalocean_api_base": url,
                "digitalocean_token": SecretStr(config.digitalocean_token),
                "proxmox_url": url,
                "proxmox_token": SecretStr(config.proxmox_token),
                "smtp_host": host,
                "smtp_port": self.simulator.smtp.port,
                "smtp_user": config.smtp_user,
                "smtp_password": SecretStr(config.smtp_password),
                "mail_from": f"Sahut <{config.smtp_from}>",
                # Who names a calendar plays with that one; else the one that has something to show.
                "calendar": self._given.calendar if "calendar" in self._given.model_fields_set else "google",
                "google_api_base": url,
                "google_application_credentials": SecretStr(json.dumps(self.simulator.google_accounts.user_file())),
                "secret_key": SecretStr(self._given.secret_key.get_secret_value() or secrets.token_hex(32)),
                "care_link_secret": SecretStr(self._care_secret),
            }
        )

    async def stop(self) -> None:
        await self.simulator.stop()

    def attach(self, storage: Storage) -> None:
        self._storage = storage

    async def _advance(self, by: timedelta) -> None:
        if self._storage is not None:
            await self.clock.advance(by, self._storage)

    async def _next_due(self) -> datetime | None:
        """When time alone will change something that a person would notice; payments looked after do not count, nor
        machines.
        """
        if self._storage is None:
            return None
        far = self.clock.now() + FAR
        orders = await self._storage.due(Order, before=far, limit=1)
        cases = await self._storage.due(Case, before=far, limit=1)
        open_ = await self._storage.find(Payment, limit=100, status=PaymentStatus.OPEN)
        reminders = [each.remind_at for each in open_]
        due = [*reminders, *(each.due_at for each in orders), *(each.due_at for each in cases)]
        if self.catalog.servers is not None:
            machines = await self._storage.due(Server, before=far, limit=100)
            coming = [each for server in machines for each in times(server, self.catalog.servers.rules)]
            due += [at for at, what in coming if what is not ServerDue.LOOK]
        return min((at for at in due if at is not None), default=None)

    def _care_url(self, public_url: str) -> str:
        """The care page as the company's app opens it for a customer who is logged in."""
        ts = str(int(self.clock.now().timestamp()))
        query = urlencode({"name": "Budi", "ts": ts, "sig": sign("Budi", ts, self._care_secret)})
        return f"{public_url}/care?{query}"


def _with_links(catalog: Catalog) -> Catalog:
    """Every mentor can say who they are, with a code of the play where the catalog has none."""
    offered = catalog.mentoring
    if offered is None:
        return catalog
    mentors = tuple(
        each if each.code else replace(each, code=f"simulated{i}") for i, each in enumerate(offered.mentors)
    )
    return replace(catalog, mentoring=replace(offered, mentors=mentors))


def _with_log(logs: LogWatch, path: Path | None) -> LogWatch:
    """The logs in the play's folder are read too, and often, so that one sees soon what comes of them."""
    if path is None:
        return logs
    played = Source(id="demo", globs=(f"{escape(str(path.parent))}/*.log*",))
    return replace(logs, sources=(*logs.sources, played), rules=replace(logs.rules, every=min(OFTEN, logs.rules.every)))


def _mentors(catalog: Catalog) -> tuple[Mentor, ...]:
    """Their phones, beginning with their own link: it makes them known as that mentor."""
    mentors = catalog.mentoring.mentors if catalog.mentoring is not None else ()
    return tuple(Mentor(each.id, each.name, f"mentor_{each.code}") for each in mentors)


class _Contents:
    """Content templates, as one would set them up at Twilio for our texts, with the sids under which the catalog
    knows them.
    """

    def __init__(self, catalog: Catalog, texts: Texts) -> None:
        self.templates: dict[str, ContentTemplate] = {}
        self.registered: dict[str, dict[str, WhatsAppContent]] = {}
        self._texts = texts
        for language in texts.languages:
            menu = self._menu(catalog, language)
            stars = [(f"rating:stars:{n}", f"{n}⭐", "") for n in range(1, 6)]
            for key in ("menu", "welcome"):
                self._list(key, language, menu)
            for key in ("case-closed-rate", "case-idle-rate"):
                self._list(key, language, stars, ("number",))
            self._buttons(
                "ask-language",
                language,
                [(f"language:code:{code}", self._label(f"language-{code}", language), "") for code in ("id", "en")],
            )
            leave = [
                ("leave:sure:yes", self._label("label-leave", language), ""),
                ("leave:sure:no", self._label("label-stay", language), ""),
            ]
            self._buttons("leave-agent", language, leave, ("number",))
            for key in ("case-waiting", "case-idle", "still-waiting"):
                self._add(key, language, "twilio/text", {}, ("number",), approved=True)
            self._sessions(language)
            self._lives(language)
            self._machines(language)
            told = ("count", "patterns", "others", "source", "top")
            self._add("log-phone", language, "twilio/text", {}, told, approved=True)
            for key in ("pay-received", "refund-given", "refund-delayed"):
                self._add(key, language, "twilio/text", {}, ("amount", "number"), approved=True)

    def _sessions(self, language: str) -> None:
        """What a customer of mentoring must hear though they have not written for days. Two that are not the text's own
        are for what stands beside it elsewhere: `room` for the link, `order` for the buttons.
        """
        reminder = ("number", "subject", "mentor", "customer", "at", "until", "room")
        for key in ("session-reminder-day", "session-reminder-hour", "session-reminder-soon"):
            self._add(key, language, "twilio/text", {}, reminder, approved=True, below="session-room-line")
        self._add(
            "session-room", language, "twilio/text", {}, ("number", "at", "room"), approved=True,
            below="session-room-line",
        )  # fmt: skip
        self._add("session-no-show", language, "twilio/text", {}, ("mentor", "number"), approved=True)
        stars = [(f"order:{{{{3}}}}:rate-{n}", f"{n}⭐", "") for n in range(1, 6)]
        self._buttons("session-rate", language, stars, ("number", "mentor", "order"), approved=True)
        asked = [("order:{{4}}:move", "label-move"), ("order:{{4}}:cancel", "label-cancel-session")]
        again = [("order:{{4}}:again", "label-other-time")]
        for key, labels in (("session-move-asked", asked), ("session-cancelled-by-mentor", again)):
            rows = [(each, self._label(label, language), "") for each, label in labels]
            self._buttons(key, language, rows, ("mentor", "number", "at", "order"), approved=True)

    def _machines(self, language: str) -> None:
        """What the owner of a machine must hear though they have not written for days."""
        machine = ("number", "plan", "region")
        for key in ("server-late", "server-not-made"):
            self._add(key, language, "twilio/text", {}, (*machine, "until"), approved=True)
        self._add("server-making", language, "twilio/text", {}, (*machine, "image", "minutes"), approved=True)
        self._add("server-made-again", language, "twilio/text", {}, ("number", "region", "until"), approved=True)
        self._add("server-given-up", language, "twilio/text", {}, machine, approved=True)
        active = (*machine, "image", "address", "user", "ssh", "expires")
        self._add("server-active", language, "twilio/text", {}, active, approved=True)
        self._add(
            "server-active-password", language, "twilio/text", {}, (*active, "page"), approved=True,
            below="server-password-line",
        )  # fmt: skip
        where = ("number", "hostname", "address")
        for key in ("server-back", "server-lost-expired"):
            self._add(key, language, "twilio/text", {}, where, approved=True)
        self._add("server-lost", language, "twilio/text", {}, (*where, "until"), approved=True)

    def _lives(self, language: str) -> None:
        """What the owner of a machine must hear, weeks after they last wrote. `server` is for the buttons."""
        which = ("hostname", "number", "plan", "region")
        for key, more, action in (
            ("server-warning", ("expires", "days"), "renew"),
            ("server-warning-tomorrow", ("expires",), "renew"),
            ("server-warning-today", ("expires",), "renew"),
            ("server-term-over", ("until",), "renew"),
            ("server-suspended", ("until",), "renew"),
            ("server-renew-expired", ("order",), "renew"),
            ("server-plan-expired", ("order",), "plan"),
        ):
            variables = (*which, *more, "server")
            row = (f"server:{{{{{len(variables)}}}}}:{action}", self._label(f"label-server-{action}", language), "")
            self._buttons(key, language, (row,), variables, approved=True)
        for key, variables in (
            ("server-terminated", which),
            ("server-renewed", ("hostname", "number", "expires")),
            ("server-renewed-off", ("hostname", "number", "expires")),
            ("server-resumed", ("hostname", "number", "address", "expires")),
            ("server-not-resumed", ("hostname", "number")),
            ("server-renew-too-late", ("order", "hostname", "number")),
            ("server-renew-twice", ("order", "hostname", "number", "expires")),
            ("server-renew-changed", ("order", "hostname", "number")),
            ("server-plan-begun", ("hostname", "number")),
            ("server-plan-waits", ("hostname", "number")),
            ("server-plan-refused", ("order", "hostname", "number")),
            ("server-plan-changed", ("hostname", "number", "plan", "cpus", "memory", "disk", "address")),
            ("server-plan-not-yet", ("hostname", "number")),
            ("server-plan-given-up", ("order", "hostname", "number", "plan")),
        ):
            self._add(key, language, "twilio/text", {}, variables, approved=True)

    def _menu(self, catalog: Catalog, language: str) -> list[Row]:
        topics = [
            (f"care:topic:{topic.id}", words(topic.name, language), words(topic.description, language))
            for topic in catalog.topics
        ]
        ordering = ("ordering", "orders") if catalog.mentoring or catalog.servers else ()
        return [
            *topics,
            *((name, self._label(f"label-{name}", language), "") for name in ordering),
            ("agent", self._label("label-agent", language), ""),
            ("language", self._label("label-language", language), ""),
        ]

    def _label(self, key: str, language: str) -> str:
        return self._texts.words(Text(key), language)

    def _list(self, key: str, language: str, rows: Sequence[Row], variables: tuple[str, ...] = ()) -> None:
        items = [
            {"id": each, "item": label[:ROW_TITLE], "description": description[:ROW_DESCRIPTION]}
            for each, label, description in rows
        ]
        button = self._label("label-list", language)[:BUTTON]
        self._add(key, language, "twilio/list-picker", {"button": button, "items": items}, variables)

    def _buttons(
        self,
        key: str,
        language: str,
        rows: Sequence[Row],
        variables: tuple[str, ...] = (),
        *,
        approved: bool = False,
    ) -> None:
        actions = [{"type": "QUICK_REPLY", "id": each, "title": label[:BUTTON]} for each, label, _ in rows]
        self._add(key, language, "twilio/quick-reply", {"actions": actions}, variables, approved=approved)

    def _add(
        self,
        key: str,
        language: str,
        kind: str,
        more: Mapping[str, Any],
        variables: tuple[str, ...],
        *,
        approved: bool = False,
        below: str = "",
    ) -> None:
        """`below` names a text that stands under the first one."""
        numbered = {name: f"{{{{{number}}}}}" for number, name in enumerate(variables, 1)}
        lines = [self._texts.words(Text(each, dict(numbered)), language) for each in (key, below) if each]
        body = "\n".join(lines).replace(BOLD_ON, "*").replace(BOLD_OFF, "*")
        sid = f"HX{len(self.templates) + 1:032x}"
        samples = {str(number): "1" for number in range(1, len(variables) + 1)}
        self.templates[sid] = ContentTemplate(
            types={kind: {"body": body, **more}},
            variables=samples,
            approved=approved,
            friendly_name=key,
            language=language,
        )
        content = WhatsAppContent(sid=sid, variables=variables, approved=approved)
        self.registered.setdefault(key, {})[language] = content
