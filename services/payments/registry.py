"""The payment providers there are: a new one is a line more here. Each is imported where it is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from services.payments.base import Provider
from services.payments.sandbox import Invoices


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider gave us. `webhook_secret` empty: its webhook is closed."""

    key: str
    webhook_secret: str
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What providers work with. `now` is business time; `accounts` are those of the providers that have one."""

    session: aiohttp.ClientSession
    now: Callable[[], datetime]
    accounts: Mapping[str, Account]
    invoices: Invoices
    sandbox_link: Callable[[str], str]


def _stripe(means: Means) -> Provider:
    from services.payments.stripe import Stripe

    account = means.accounts["stripe"]
    return Stripe(
        secret_key=account.key,
        session=means.session,
        webhook_secret=account.webhook_secret,
        base_url=account.base_url,
    )


def _xendit(means: Means) -> Provider:
    from services.payments.xendit import Xendit

    account = means.accounts["xendit"]
    return Xendit(
        means.session, key=account.key, token=account.webhook_secret, base_url=account.base_url, now=means.now
    )


def _sandbox(means: Means) -> Provider:
    from services.payments.sandbox import Sandbox

    return Sandbox(means.invoices, link=means.sandbox_link, now=means.now)


PROVIDERS: Mapping[str, Callable[[Means], Provider]] = {"stripe": _stripe, "xendit": _xendit, "sandbox": _sandbox}
