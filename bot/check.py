"""`python -m bot check`: on one screen what is configured, what is played, what is wrong and how to mend it."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from bot import calendar_services, mailing
from bot.build import open_storage
from bot.catalog import CatalogError, load_catalog
from bot.channels.base import Finding, Level
from bot.channels.registry import build
from bot.check_logs import logs
from bot.check_payments import ask_providers, payments
from bot.check_servers import ask_clouds, servers
from bot.senders import telegram_bots, whatsapp_sender
from bot.settings import Settings, Updates, WrongSettings
from domain.catalog import Catalog
from domain.messages import Media
from storage.base import StorageUnavailable

MARKS = {Level.FINE: "ok", Level.DOUBTFUL: "??", Level.WRONG: "!!"}
HINT = "Names and meanings stand in .env.example; python -m bot check looks at everything."


@dataclass(frozen=True, slots=True)
class Report:
    text: str
    wrong: bool


def refusal(problems: list[str]) -> str:
    """What stops a start."""
    return "\n".join(["Sahut cannot start:", *(f"  !! {problem}" for problem in problems), f"  {HINT}"])


async def check(load: Callable[[], Settings]) -> Report:
    """Look at everything; asks the providers where credentials are set. Changes nothing but an empty database file."""
    try:
        settings = load()
    except WrongSettings as refused:
        return Report(refusal(refused.problems), wrong=True)
    findings = [*_overview(settings), await mailing.check(settings), await calendar_services.check(settings)]
    findings += [*_catalog(settings), await _storage(settings)]
    if not settings.simulate:
        findings += await _providers(settings)
    width = max(len(finding.subject) for finding in findings)
    lines = [f"  {MARKS[each.level]}  {each.subject:<{width}}  {each.detail}" for each in findings]
    wrong = any(finding.level is Level.WRONG for finding in findings)
    doubtful = sum(finding.level is Level.DOUBTFUL for finding in findings)
    last = (
        "Something is wrong: see !! above."
        if wrong
        else f"Ready to run{f', with {doubtful} doubts' if doubtful else ''}."
    )
    return Report("\n".join(["Sahut", *lines, last]), wrong)


def _overview(settings: Settings) -> list[Finding]:
    played = "played by the simulator (SIMULATE=1)"
    updates = "webhook" if settings.updates is Updates.WEBHOOK else "polling"

    def channel(name: str, configured: bool, detail: str, needs: str) -> Finding:
        if settings.simulate:
            return Finding(Level.FINE, name, played)
        return Finding(Level.FINE, name, detail) if configured else Finding(Level.DOUBTFUL, name, f"off: set {needs}")

    return [
        Finding(Level.FINE, "address", f"{settings.host}:{settings.port}, from outside {settings.public_url}"),
        channel(
            "WhatsApp",
            settings.whatsapp_configured,
            f"{settings.twilio_whatsapp_from} through {settings.twilio_api_base}",
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_FROM",
        ),
        channel("Telegram", settings.telegram_configured, f"by {updates}", "TELEGRAM_BOT_TOKEN"),
        channel("agents", bool(settings.agents_chat_id), f"group {settings.agents_chat_id}", "AGENTS_CHAT_ID"),
        channel(
            "ops", settings.ops_configured and bool(settings.ops_chat_id), "alerts on", "OPS_BOT_TOKEN, OPS_CHAT_ID"
        ),
        _secret(
            settings,
            "care links",
            settings.care_link_secret.get_secret_value(),
            "CARE_LINK_SECRET",
            "no names on /care",
        ),
        _secret(settings, "media links", settings.secret_key.get_secret_value(), "SECRET_KEY", "/media is closed"),
        *payments(settings),
        *servers(settings),
        _metrics(settings),
        _tasks(settings),
        _ops_page(settings),
    ]


def _secret(settings: Settings, subject: str, value: str, name: str, otherwise: str) -> Finding:
    if settings.simulate:
        return Finding(Level.FINE, subject, "a secret made for this run")
    return (
        Finding(Level.FINE, subject, "signed")
        if value
        else Finding(Level.DOUBTFUL, subject, f"{otherwise}: set {name}")
    )


def _metrics(settings: Settings) -> Finding:
    if settings.metrics_token.get_secret_value():
        return Finding(Level.FINE, "/metrics", "with METRICS_TOKEN only")
    if settings.public_base_url:
        return Finding(Level.DOUBTFUL, "/metrics", "open to everybody who reaches this address: set METRICS_TOKEN")
    return Finding(Level.FINE, "/metrics", "open (loopback)")


def _tasks(settings: Settings) -> Finding:
    if settings.tasks_token.get_secret_value():
        return Finding(Level.FINE, "/tasks/tick", "with TASKS_TOKEN only")
    return Finding(Level.FINE, "/tasks/tick", "closed; a service that sleeps needs TASKS_TOKEN to be woken")


def _ops_page(settings: Settings) -> Finding:
    open_to = "with OPS_PAGE_TOKEN only" if settings.ops_page_token.get_secret_value() else "closed: no OPS_PAGE_TOKEN"
    return Finding(Level.FINE, "/ops/logs", open_to)


def _catalog(settings: Settings) -> list[Finding]:
    try:
        catalog = load_catalog(settings.catalog_file)
    except (CatalogError, OSError) as problem:
        return [Finding(Level.WRONG, "catalog", line) for line in str(problem).splitlines()]
    found = [
        Finding(Level.FINE, "catalog", f"{len(catalog.topics)} topics, {len(catalog.teams)} teams"),
        *logs(catalog.logs),
    ]
    if settings.whatsapp_configured and not settings.simulate:
        found.append(_templates(catalog))
        alert = catalog.content("log-phone", "id")
        if settings.ops_whatsapp and not (alert and alert.approved):
            detail = "none approved for log-phone (catalog.toml): nothing can be written to the numbers in OPS_WHATSAPP"
            found.append(Finding(Level.DOUBTFUL, "templates", detail))
    return found


def _templates(catalog: Catalog) -> Finding:
    if catalog.content("case-waiting", "id"):
        return Finding(Level.FINE, "templates", f"{len(catalog.contents)} texts have a Content template")
    detail = "none for case-waiting (catalog.toml): after 24 hours an agent's answer waits until the customer writes"
    return Finding(Level.DOUBTFUL, "templates", detail)


async def _storage(settings: Settings) -> Finding:
    try:
        storage = open_storage(settings)
        try:
            await storage.open()
            await storage.ping()
            waiting = await storage.waiting()
        finally:
            await storage.close()
    except StorageUnavailable as problem:
        return Finding(Level.WRONG, "storage", f"{settings.database_shown} cannot be used: {problem}")
    return Finding(Level.FINE, "storage", f"{settings.database_shown}, {waiting} entries wait")


async def _providers(settings: Settings) -> list[Finding]:
    """Ask Telegram about the bots, their webhooks and their rights in the groups; Twilio about the account; payment
    providers and those of machines whether they know the key.
    """
    found: list[Finding] = []
    by_webhook = settings.updates is Updates.WEBHOOK
    async with aiohttp.ClientSession() as session:
        customers, ops = telegram_bots(settings)
        channels = build(
            session=session,
            media_url=_no_media,
            media_limit=0,
            whatsapp=whatsapp_sender(settings),
            telegram=customers,
            ops=ops,
        )
        if channels.telegram is not None:
            webhook = f"{settings.public_url}/webhooks/telegram" if by_webhook else ""
            forum = str(settings.agents_chat_id or "")
            found += await channels.telegram.check(webhook=webhook, forum=forum)
        if channels.ops is not None:
            webhook = f"{settings.public_url}/webhooks/telegram/ops" if by_webhook else ""
            found += await channels.ops.check(webhook=webhook, group=str(settings.ops_chat_id or ""))
        if channels.whatsapp is not None:
            found += await channels.whatsapp.check()
        found += await ask_providers(settings, session)
    found += await ask_clouds(settings)
    return found


def _no_media(media: Media) -> str:
    return ""
