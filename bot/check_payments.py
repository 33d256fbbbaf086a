"""What `python -m bot check` says of payments."""

import aiohttp

from bot.channels.base import Finding, Level
from bot.clock import BusinessClock
from bot.payment_services import accounts
from bot.settings import Settings
from domain.payments_sandbox import SandboxInvoice
from services.failures import Permanent, Retry, Unknown
from services.payments.registry import PROVIDERS, Means

TEST_KEYS = ("sk_test_", "rk_test_", "xnd_development_")
NOBODYS_LINK = "a-link-that-nobody-made"
"""What is asked about to see whether the key is taken: a provider that knows it does not know this."""


def payments(settings: Settings) -> list[Finding]:
    """What is configured."""
    providers = settings.payment_providers
    if settings.simulate:
        played = f"{', '.join(providers or PROVIDERS)}: played on this machine (SIMULATE=1)"
        return [Finding(Level.FINE, "payments", played)]
    if not providers:
        return [Finding(Level.FINE, "payments", "off: nothing can be paid for until PAYMENTS names who takes it")]
    return [_configured(settings, name) for name in providers]


def _configured(settings: Settings, name: str) -> Finding:
    subject = f"payments: {name}"
    if name == "sandbox":
        return Finding(Level.DOUBTFUL, subject, "play money: whoever has the link can have anything for nothing")
    account = accounts(settings)[name]
    kind = "a key for tests" if account.key.startswith(TEST_KEYS) else "a live key"
    where = f"{kind}, through {account.base_url}"
    if not settings.public_base_url:
        told = "it cannot tell us of payments, and sends people back to nowhere: set PUBLIC_BASE_URL"
        return Finding(Level.DOUBTFUL, subject, f"{where}; {told}")
    if account.webhook_secret:
        return Finding(Level.FINE, subject, f"{where}, webhook at {settings.public_url}/webhooks/{name}")
    wanted = {"stripe": "STRIPE_WEBHOOK_SECRET", "xendit": "XENDIT_CALLBACK_TOKEN"}[name]
    return Finding(
        Level.DOUBTFUL, subject, f"{where}; its webhook is closed, payments are only asked for: set {wanted}"
    )


class _NoInvoices:
    async def get(self, invoice: str) -> SandboxInvoice | None:
        return None

    async def save(self, invoice: SandboxInvoice) -> bool:
        return False


async def ask_providers(settings: Settings, session: aiohttp.ClientSession) -> list[Finding]:
    """Whether the keys are taken; nothing is made or changed."""
    known = accounts(settings)
    means = Means(
        session=session, now=BusinessClock().now, accounts=known, invoices=_NoInvoices(), sandbox_link=lambda _: ""
    )
    return [await _asked(name, means) for name in settings.payment_providers if name in known]


async def _asked(name: str, means: Means) -> Finding:
    subject = name.capitalize()
    match await PROVIDERS[name](means).fetch(NOBODYS_LINK):
        case Permanent(detail) if detail.startswith(("401", "403")):
            return Finding(Level.WRONG, subject, f"refuses the key ({detail}): see {name.upper()}_SECRET_KEY")
        case Retry(detail) | Unknown(detail):
            return Finding(Level.WRONG, subject, f"does not answer as it should: {detail}")
    return Finding(Level.FINE, subject, "takes the key")
