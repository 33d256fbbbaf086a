"""Payment providers as the service uses them: built from the settings, called by effects, heard by their webhooks."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import aiohttp

from bot.channels.base import BadRequest, Forbidden, Request
from bot.effects import Answer, Done, Later, Refused, Service
from bot.settings import Settings
from bot.web import Endpoint, Parse
from domain.effects import Effect
from domain.events import Arrival
from domain.money import Money
from domain.payments import Found
from domain.payments_sandbox import SandboxInvoice
from handlers.ports import PaymentOption
from services.failures import Failure, Permanent, Retry
from services.payments import base
from services.payments.base import Link, Provider, Returned, Wanted
from services.payments.registry import PROVIDERS, Account, Means
from storage.base import Stale, Storage, Taken

WEBHOOKS = ("stripe", "xendit")
"""Who tells us by webhook, at `/webhooks/<name>`."""

Call = Callable[[Provider, Effect], Awaitable[Link | Found | Returned | Failure]]


def accounts(settings: Settings) -> dict[str, Account]:
    """What each provider that has accounts was given; empty where nothing is set."""
    return {
        "stripe": Account(
            settings.stripe_secret_key.get_secret_value(),
            settings.stripe_webhook_secret.get_secret_value(),
            settings.stripe_api_base,
        ),
        "xendit": Account(
            settings.xendit_secret_key.get_secret_value(),
            settings.xendit_callback_token.get_secret_value(),
            settings.xendit_api_base,
        ),
    }


def build(
    settings: Settings,
    session: aiohttp.ClientSession,
    storage: Storage,
    *,
    sandbox_link: Callable[[str], str],
    now: Callable[[], datetime],
) -> dict[str, Provider]:
    """The providers that are named in PAYMENTS, in that order."""
    means = Means(
        session=session,
        now=now,
        accounts=accounts(settings),
        invoices=StoredInvoices(storage),
        sandbox_link=sandbox_link,
    )
    return {name: PROVIDERS[name](means) for name in settings.payment_providers}


def options(providers: Mapping[str, Provider]) -> tuple[PaymentOption, ...]:
    """The ways to pay, for handlers. The text of a provider's button is named after it."""
    return tuple(
        PaymentOption(provider=name, label=f"pay-by-{name}", takes=dict(provider.limits))
        for name, provider in providers.items()
    )


class StoredInvoices:
    """`services.payments.sandbox.Invoices` on a store."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, invoice: str) -> SandboxInvoice | None:
        return await self._storage.get(SandboxInvoice, invoice)

    async def save(self, invoice: SandboxInvoice) -> bool:
        try:
            await self._storage.save(invoice)
        except (Stale, Taken):
            return False
        return True


# --- webhooks ---


def payment_endpoints(
    providers: Mapping[str, Provider], settings: Settings, now: Callable[[], datetime]
) -> tuple[Endpoint, ...]:
    """Closed where the provider is not in use, or its secret is not set."""
    known = accounts(settings)

    def parse(name: str) -> Parse | None:
        return _heard(providers[name], now) if name in providers and known[name].webhook_secret else None

    return tuple(Endpoint(path=f"/webhooks/{name}", source=name, parse=parse(name)) for name in WEBHOOKS)


def _heard(provider: Provider, now: Callable[[], datetime]) -> Parse:
    def parse(request: Request) -> list[Arrival]:
        try:
            return provider.parse_webhook(request.body, request.headers, now())
        except base.Forbidden:
            raise Forbidden from None
        except base.BadRequest:
            raise BadRequest from None

    return parse


# --- effects ---


def payment_services(providers: Mapping[str, Provider], return_url: str) -> Mapping[str, Service]:
    """What carries out the effects of payments. `return_url` is where a provider's page sends people back to."""

    async def create(provider: Provider, effect: Effect) -> Link | Failure:
        params = effect.params
        wanted = Wanted(
            key=effect.id,
            reference=params["payment"],
            amount=_money(params),
            description=params["description"],
            email=params["email"],
            language=params["language"],
            expires_at=datetime.fromisoformat(params["expires_at"]),
            return_url=f"{return_url}?lang={params['language']}",
        )
        return await provider.create_link(wanted)

    async def fetch(provider: Provider, effect: Effect) -> Found | Failure:
        return await provider.fetch(effect.params["provider_id"])

    async def expire(provider: Provider, effect: Effect) -> Found | Failure:
        return await provider.expire(effect.params["provider_id"])

    async def refund(provider: Provider, effect: Effect) -> Returned | Failure:
        params = effect.params
        return await provider.refund(
            key=effect.id, charge=params["charge"], amount=_money(params), reference=params["payment"]
        )

    async def refund_status(provider: Provider, effect: Effect) -> Returned | Failure:
        return await provider.fetch_refund(effect.params["refund"])

    # What was begun with a provider waits until it is configured again; a new link can be made by another one.
    away = Later(detail="the payment provider is not configured")
    refused = Refused("the payment provider is not configured")
    return {
        "payments.create": _carried_out(providers, create, refused),
        "payments.fetch": _carried_out(providers, fetch, away),
        "payments.expire": _carried_out(providers, expire, away),
        "payments.refund": _carried_out(providers, refund, away),
        "payments.refund_status": _carried_out(providers, refund_status, away),
    }


def _carried_out(providers: Mapping[str, Provider], call: Call, missing: Answer) -> Service:
    async def service(effect: Effect) -> Answer:
        provider = providers.get(effect.params["provider"])
        return missing if provider is None else _answer(await call(provider, effect))

    return service


def _money(params: Mapping[str, str]) -> Money:
    return Money(int(params["amount"]), params["currency"])


def _answer(result: Link | Found | Returned | Failure) -> Answer:
    """What became of a call. One that may have been carried out is made again: its key makes it the same call."""
    match result:
        case Permanent(detail):
            return Refused(detail)
        case Retry(detail, after):
            return Later(after, detail)
        case Link(provider_id, url):
            return Done({"provider_id": provider_id, "link": url})
        case Returned(state, provider_id, detail):
            return Done({"state": state, "provider_id": provider_id, "detail": detail})
        case Found():
            return Done(
                {
                    "state": result.state,
                    "reference": result.reference,
                    "amount": str(result.amount.amount),
                    "currency": result.amount.currency,
                    "charge": result.charge,
                }
            )
        case unknown:
            return Later(detail=unknown.detail)
