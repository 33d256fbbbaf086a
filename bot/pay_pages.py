"""The pages around paying: where a provider sends people back to, and the sandbox's own page, on which people play
what a customer and a bank do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web
from itsdangerous import BadData, URLSafeSerializer

from bot.care_page import Links
from bot.page_templates import page_template
from bot.web import SECURITY_HEADERS
from bot.wording import Texts
from domain import payments_sandbox as sandbox
from domain.events import Arrival
from domain.messages import Text, Value, moment, price
from domain.money import Money
from domain.payments_sandbox import LATE_BY, SandboxInvoice
from services.payments.sandbox import MOST, Sandbox, notice

BODY_WITHIN = 10.0
"""Seconds for a form to arrive."""
HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    ),
}


class SandboxLinks:
    """The addresses of the sandbox's invoices: whoever has one may pay it, and nobody can make one up."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="sandbox")
        self._public_url = public_url

    def url(self, invoice: str) -> str:
        return f"{self._public_url}/pay/sandbox/{self._signer.dumps(invoice)}"

    def read(self, token: str) -> str:
        """The invoice's id; empty for what we did not sign."""
        try:
            return str(self._signer.loads(token))
        except BadData:
            return ""


class PayPages:
    """`sandbox` None: its page is closed. `accept` records what the page tells, as a webhook does."""

    def __init__(
        self,
        texts: Texts,
        *,
        links: Callable[[], Links],
        sandbox: Sandbox | None,
        sandbox_links: SandboxLinks,
        now: Callable[[], datetime],
        accept: Callable[[Sequence[Arrival]], Awaitable[object]],
    ) -> None:
        self._texts = texts
        self._links = links
        self._sandbox = sandbox
        self._sandbox_links = sandbox_links
        self._now = now
        self._accept = accept
        self._done_page = page_template("pay_done.html")
        self._sandbox_page = page_template("pay_sandbox.html")

    def routes(self) -> list[web.RouteDef]:
        page = "/pay/sandbox/{token}"
        sandboxed = [web.get(page, self._show), web.post(page, self._press)] if self._sandbox else []
        return [web.get("/pay/done", self._done), *sandboxed]

    async def _done(self, request: web.Request) -> web.Response:
        """Says nothing of the payment: who comes here proves nothing by it."""
        language = "en" if request.query.get("lang") == "en" else "id"

        def say(text: Text) -> str:
            return self._texts.words(text, language)

        html = self._done_page.render(
            language=language,
            title=say(Text("pay-done-title")),
            body=say(Text("pay-done")),
            links=self._links(),
            whatsapp=say(Text("page-whatsapp")),
            telegram=say(Text("page-telegram")),
        )
        return web.Response(text=html, content_type="text/html", headers=SECURITY_HEADERS)

    # --- the sandbox's page ---

    async def _show(self, request: web.Request) -> web.Response:
        invoice = await self._wanted(request)
        language, now = invoice.language, self._now()
        came = [charge for charge in invoice.charges if charge.at <= now]
        coming = [charge for charge in invoice.charges if charge.at > now]
        found = sandbox.found(invoice, 1, now)

        def say(key: str, **values: Value) -> str:
            return self._texts.words(Text(key, dict(values)), language)

        html = self._sandbox_page.render(
            language=language,
            title=say("sandbox-title"),
            note=say("sandbox-note"),
            amount=self._texts.value(price(invoice.amount), language, ""),
            description=invoice.description,
            state=say("sandbox-closed")
            if found.state == "closed"
            else say("sandbox-open", until=moment(invoice.expires_at))
            if not came
            else "",
            came=[say("sandbox-came", amount=price(charge.amount), at=moment(charge.at)) for charge in came],
            coming=[say("sandbox-coming", amount=price(charge.amount), at=moment(charge.at)) for charge in coming],
            failed=say("sandbox-failed") if invoice.failures and not came else "",
            pay=say("sandbox-pay-again") if came else say("sandbox-pay"),
            twice=say("sandbox-twice"),
            fail=say("sandbox-fail"),
            late=say("sandbox-late"),
            other=say("sandbox-other"),
            other_label=say("sandbox-other-amount", currency=invoice.amount.currency),
            back=say("sandbox-back"),
            return_url=invoice.return_url,
            most=MOST,
            open=found.state == "open",
        )
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    async def _press(self, request: web.Request) -> web.Response:
        # The address is the permission; another site that learnt it still must not press for the person.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        invoice = await self._wanted(request)
        form = await form_of(request)
        arrivals = await self._play(invoice, form.get("do", ""), form.get("amount", ""))
        await self._accept(arrivals)
        raise web.HTTPSeeOther(request.rel_url.raw_path)

    async def _play(self, invoice: SandboxInvoice, action: str, amount: str) -> list[Arrival]:
        now = self._now()
        match action:
            case "pay":
                return await self._pay(invoice, invoice.amount, now)
            case "twice":
                return [*await self._pay(invoice, invoice.amount, now), *await self._pay(invoice, invoice.amount, now)]
            case "late":
                return await self._pay(invoice, invoice.amount, max(now, invoice.expires_at + LATE_BY))
            case "other":
                if not (amount.isascii() and amount.isdigit() and 0 < int(amount[:20]) <= MOST):
                    raise web.HTTPBadRequest
                return await self._pay(invoice, Money(int(amount), invoice.amount.currency), now)
            case "fail":
                changed = await self._change(invoice.id, sandbox.fail)
                return [notice(changed, 1, "failed", f"{changed.id}-failed-{changed.failures}")]
        raise web.HTTPBadRequest

    async def _pay(self, invoice: SandboxInvoice, amount: Money, at: datetime) -> list[Arrival]:
        """Money that comes later is told by nobody: asking finds it, as where a webhook was lost."""
        changed = await self._change(invoice.id, lambda each: sandbox.pay(each, amount, at))
        if at > self._now():
            return []
        came = [charge for charge in changed.charges if charge.at <= at]
        return [notice(changed, len(came), "paid", came[-1].id)]

    async def _change(self, reference: str, how: Callable[[SandboxInvoice], SandboxInvoice]) -> SandboxInvoice:
        changed = await self._sandbox.change(reference, how) if self._sandbox else None
        if changed is None:
            raise web.HTTPNotFound
        return changed

    async def _wanted(self, request: web.Request) -> SandboxInvoice:
        reference = self._sandbox_links.read(request.match_info["token"])
        invoice = await self._sandbox.invoice(reference) if self._sandbox and reference else None
        if invoice is None:
            raise web.HTTPNotFound
        return invoice


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a form that was sent; what is none is refused."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPBadRequest
    try:
        async with asyncio.timeout(BODY_WITHIN):
            form = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, LookupError, ConnectionError, web.RequestPayloadError):
        raise web.HTTPBadRequest from None
    return {name: value for name, value in form.items() if isinstance(value, str)}
