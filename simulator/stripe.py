"""Stripe's Checkout and refunds, the events they cause, and what a customer does on a page."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import hmac
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator import stripe_objects as objects
from simulator.faults import Answering, Faults
from simulator.model import Json
from simulator.phones import NotPossible
from simulator.stripe_checks import checked_refund, checked_session
from simulator.stripe_events import Events
from simulator.stripe_form import StripeError, check, json_response, read
from simulator.stripe_table import EXPIRE_SESSION, LIST_REFUNDS, RETRIEVE_REFUND, RETRIEVE_SESSION, VERSION
from simulator.webhooks import Courier, Lanes
from simulator.world import World

KEY_SECONDS = 24 * 3600
LONGEST_KEY = 255
LONGEST_WAIT = 3600.0

Work = Callable[[web.Request, Json], tuple[Json, str]]


class Stripe:
    """The provider. Its objects are kept by id, as the API shows them; times are the world's.

    What is due (a page's end, a refund's success) happens when the clock moves, when somebody asks, and by a timer.
    A refund succeeds `stripe_refund_seconds` after it was made; one that falls due while `hold_refunds` is set waits
    for `settle_refund`.
    """

    def __init__(self, world: World, courier: Courier, faults: Faults, answering: Answering) -> None:
        self._world = world
        self._answering = answering
        self.lanes = Lanes(world.running)
        self.events = Events(world, courier, faults, self.lanes)
        self.base_url = ""
        self.hold_refunds = False
        self.sessions: dict[str, Json] = {}
        self.intents: dict[str, Json] = {}
        self.charges: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self._made_with: dict[str, Json] = {}
        self._answers: dict[str, Json] = {}
        self._due: list[tuple[float, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._login = f"Bearer {world.config.stripe_secret_key}".encode()
        world.feed.listen(self.tick)

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        return [
            web.post("/v1/checkout/sessions", self._handler("create", self._create)),
            web.get("/v1/checkout/sessions/{id}", self._handler("fetch", self._fetch)),
            web.post("/v1/checkout/sessions/{id}/expire", self._handler("expire", self._expire)),
            web.post("/v1/refunds", self._handler("refund", self._refund)),
            web.get("/v1/refunds", self._handler("refunds", self._list_refunds)),
            web.get("/v1/refunds/{id}", self._handler("refund_status", self._fetch_refund)),
        ]

    async def stop(self) -> None:
        """Ends deliveries."""
        if self._timer is not None:
            self._timer.cancel()
        await self.lanes.stop()

    def reset(self) -> None:
        """Nothing was ever sold."""
        for things in (self.sessions, self.intents, self.charges, self.refunds, self._made_with, self._answers):
            things.clear()
        self._due.clear()
        self.events.reset()

    def kept(self) -> Json:
        """What goes into the file of the world."""
        return {
            "sessions": self.sessions,
            "intents": self.intents,
            "charges": self.charges,
            "refunds": self.refunds,
            "made_with": self._made_with,
            "answers": self._answers,
            "events": self.events.kept(),
        }

    def take_up(self, kept: Json) -> None:
        """What an earlier run has kept; events that were not delivered are on their way again."""
        self.sessions, self.intents, self.charges = kept["sessions"], kept["intents"], kept["charges"]
        self.refunds, self._made_with, self._answers = kept["refunds"], kept["made_with"], kept["answers"]
        self.events.take_up(kept["events"])
        for session in self.sessions.values():
            self._wait(session["expires_at"], session["id"])
        for refund in self.refunds.values():
            self._wait(refund["created"] + self._world.config.stripe_refund_seconds, refund["id"])

    # what people do

    def session(self, session_id: str) -> Json:
        """As it is now; raises NotPossible."""
        self.tick()
        if session_id not in self.sessions:
            raise NotPossible(f"there is no page {session_id!r}")
        return self.sessions[session_id]

    def session_of(self, reference: str) -> Json:
        """The newest page with this reference of the seller's; raises NotPossible."""
        found = [each["id"] for each in self.sessions.values() if each["client_reference_id"] == reference]
        return self.session(found[-1] if found else reference)

    def offered(self, session_id: str, method: str) -> Json:
        """The page, as long as it can be paid that way; raises NotPossible."""
        session = self.session(session_id)
        if session["status"] != "open":
            raise NotPossible(f"the page is {session['status']}")
        if method not in session["payment_method_types"]:
            raise NotPossible(f"{method} is not offered there")
        return session

    def named(self, session_id: str) -> str:
        """What is sold there."""
        items = self._made_with[session_id]["line_items"]
        return ", ".join(item["price_data"]["product_data"]["name"] for item in items)

    def pay(self, session_id: str, method: str = "card", *, later: bool = False) -> Json:
        """The customer pays. `later`: the money is on its way, until `settle`. Raises NotPossible."""
        session = self.offered(session_id, method)
        data = self._made_with[session_id].get("payment_intent_data", {})
        intent = objects.intent(session, data, method, "processing" if later else "succeeded", self._now())
        self.intents[intent["id"]] = intent
        objects.paid_by(session, session["customer_email"] or "pelanggan@example.com")
        session.update(status="complete", payment_intent=intent["id"], url=None)
        if not later:
            self._charge(session, intent)
        self._tell("checkout.session.completed", session)
        return session

    def settle(self, session_id: str, *, succeeded: bool = True) -> None:
        """What was paid later has come, or will not. Raises NotPossible."""
        session = self.session(session_id)
        intent = self.intents.get(session["payment_intent"] or "")
        if intent is None or intent["status"] != "processing":
            raise NotPossible("no money is on its way for it")
        if not succeeded:
            intent.update(status="requires_payment_method", payment_method=None)
            self._tell("checkout.session.async_payment_failed", session)
            return
        intent.update(status="succeeded", amount_received=intent["amount"])
        self._charge(session, intent)
        self._tell("checkout.session.async_payment_succeeded", session)

    def decline(self, session_id: str, method: str = "card") -> None:
        """The customer's bank refuses, or they do where they were sent to; the page stays open. Raises NotPossible."""
        session = self.offered(session_id, method)
        data = self._made_with[session_id].get("payment_intent_data", {})
        intent = objects.intent(session, data, method, "requires_payment_method", self._now())
        intent["last_payment_error"] = objects.refusal(method)
        self._tell("payment_intent.payment_failed", intent)

    def settle_refund(self, refund_id: str, *, succeeded: bool = True) -> None:
        """The customer's bank has taken the money, or sends it back. Raises NotPossible."""
        refund = self.refunds.get(refund_id)
        if refund is None or refund["status"] != "pending":
            raise NotPossible(f"no refund {refund_id!r} is on its way")
        refund["status"] = "succeeded" if succeeded else "failed"
        if not succeeded:
            refund["failure_reason"] = "expired_or_canceled_card"
            charge = self.charges[refund["charge"]]
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
        self._tell("refund.updated", refund)
        if not succeeded:
            self._tell("refund.failed", refund)

    def tick(self) -> None:
        """What is due by now happens."""
        now = self._world.now().timestamp()
        while self._due and self._due[0][0] <= now:
            _, thing = heapq.heappop(self._due)
            session, refund = self.sessions.get(thing), self.refunds.get(thing)
            if session is not None and session["status"] == "open":
                session.update(status="expired", url=None)
                self._tell("checkout.session.expired", session)
            elif refund is not None and refund["status"] == "pending" and not self.hold_refunds:
                self.settle_refund(thing)
        self._set_timer()

    # the service's side

    def _handler(self, method: str, work: Work) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            headers = {"Request-Id": objects.new_id("req_", 14), "Stripe-Version": VERSION}
            given = request.headers.get("Authorization", "").encode(errors="replace")
            if not hmac.compare_digest(given, self._login):
                words = "Invalid API Key provided" if given else "You did not provide an API key."
                return StripeError(401, words).response(headers)
            body = await request.read()

            async def carry_out() -> web.StreamResponse:
                try:
                    return self._once(request, body, work, headers)
                except StripeError as error:
                    return error.response(headers)

            def refuse(status: int, retry_after: int) -> web.Response:
                return self._refuse(request, body, status, retry_after, headers)

            return await self._answering.answer(
                request, "stripe", method, self._about(request, body), carry_out, refuse
            )

        return handle

    def _once(self, request: web.Request, body: bytes, work: Work, headers: dict[str, str]) -> web.Response:
        """Carries a call out, or says what it said to the same key. Refused parameters are not kept under a key."""
        self.tick()
        if request.headers.get("Stripe-Version", VERSION) != VERSION:
            raise StripeError(400, f"Invalid Stripe API version: {request.headers['Stripe-Version']}")
        post = request.method == "POST"
        if post and body and request.content_type != "application/x-www-form-urlencoded":
            raise StripeError(
                400, "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
            )
        key = request.headers.get("Idempotency-Key", "") if post else ""
        if key:
            headers["Idempotency-Key"] = key
        if len(key) > LONGEST_KEY:
            raise StripeError(400, "Keys for idempotent requests can be at most 255 characters long.")
        before = self._answered(key)
        if before is not None:
            if before["call"] != _call(request, body):
                message = "Keys for idempotent requests can only be used with the same parameters they were first used"
                raise StripeError(400, f"{message} with. Try using a key other than '{key}'.", kind="idempotency_error")
            headers.update({"Idempotent-Replayed": "true", "Original-Request": before["request"]})
            return json_response(before["body"], before["status"], headers)
        try:
            given = read(body.decode("utf-8") if post else request.query_string)
        except UnicodeDecodeError:
            raise StripeError(400, "Invalid UTF-8") from None
        answer, changed = work(request, given)
        response = json_response(answer, 200, headers)
        if key:
            self._remember(key, _call(request, body), 200, answer, headers["Request-Id"])
        if changed:
            self._changed(changed)
        return response

    def _refuse(
        self, request: web.Request, body: bytes, status: int, retry_after: int, headers: dict[str, str]
    ) -> web.Response:
        if status == 429:
            error = StripeError(429, "Request rate limit exceeded.", code="rate_limit")
            return error.response({**headers, "Retry-After": str(retry_after)})
        error = StripeError(500, "An unknown error occurred.", kind="api_error")
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        if key and self._answered(key) is None:
            self._remember(key, _call(request, body), 500, {"error": error.body}, headers["Request-Id"])
        return error.response(headers)

    def _answered(self, key: str) -> Json | None:
        """What was said to this key; forgotten after a day."""
        forgotten = self._now() - KEY_SECONDS
        while self._answers and next(iter(self._answers.values()))["at"] <= forgotten:
            del self._answers[next(iter(self._answers))]
        return self._answers.get(key)

    def _remember(self, key: str, call: str, status: int, body: Json, request: str) -> None:
        self._answers[key] = {"at": self._now(), "call": call, "status": status, "body": body, "request": request}

    def _create(self, request: web.Request, given: Json) -> tuple[Json, str]:
        now = self._now()
        params, total, methods = checked_session(given, now)
        session_id = objects.new_id("cs_test_a1", 56)
        url = f"{self.base_url}/c/pay/{session_id}"
        session = objects.session(session_id, params, total=total, methods=methods, url=url, created=now)
        self.sessions[session_id] = session
        self._made_with[session_id] = params
        self._wait(session["expires_at"], session_id)
        return self._expanded(session, params), session_id

    def _fetch(self, request: web.Request, given: Json) -> tuple[Json, str]:
        params = check(RETRIEVE_SESSION, given)
        return self._expanded(self._wanted(request), params), ""

    def _expire(self, request: web.Request, given: Json) -> tuple[Json, str]:
        params, session = check(EXPIRE_SESSION, given), self._wanted(request)
        if session["status"] != "open":
            message = 'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a'
            raise StripeError(400, f"{message} status of `{session['status']}`.")
        session.update(status="expired", url=None)
        self._tell("checkout.session.expired", session)
        return self._expanded(session, params), session["id"]

    def _refund(self, request: web.Request, given: Json) -> tuple[Json, str]:
        params, charge, amount = checked_refund(given, self.intents, self.charges)
        refund = objects.refund(charge, params, amount, "pending", self._now())
        self.refunds[refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        answer = dict(refund)
        self._wait(refund["created"] + self._world.config.stripe_refund_seconds, refund["id"])
        return answer, refund["id"]

    def _list_refunds(self, request: web.Request, given: Json) -> tuple[Json, str]:
        params = check(LIST_REFUNDS, given)
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise StripeError(400, f"Invalid integer: {limit}; must be from 1 to 100", param="limit")
        found = [
            refund
            for refund in reversed(self.refunds.values())
            if params.get("payment_intent", refund["payment_intent"]) == refund["payment_intent"]
            and params.get("charge", refund["charge"]) == refund["charge"]
        ]
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": "/v1/refunds"}, ""

    def _fetch_refund(self, request: web.Request, given: Json) -> tuple[Json, str]:
        check(RETRIEVE_REFUND, given)
        refund = self.refunds.get(request.match_info["id"])
        if refund is None:
            message = f"No such refund: '{request.match_info['id']}'"
            raise StripeError(404, message, code="resource_missing", param="id")
        return refund, ""

    # inner

    def _now(self) -> int:
        return int(self._world.now().timestamp())

    def _wanted(self, request: web.Request) -> Json:
        session = self.sessions.get(request.match_info["id"])
        if session is None:
            message = f"No such checkout.session: {request.match_info['id']}"
            raise StripeError(404, message, code="resource_missing", param="session")
        return session

    def _expanded(self, session: Json, params: Json) -> Json:
        for name in params.get("expand", []):
            if name != "payment_intent":
                raise StripeError(400, f"This property cannot be expanded ({name}).", param="expand[0]")
        if not params.get("expand") or session["payment_intent"] is None:
            return dict(session)
        return {**session, "payment_intent": self.intents[session["payment_intent"]]}

    def _charge(self, session: Json, intent: Json) -> None:
        charge = objects.charge(intent, session["customer_email"], self._now())
        self.charges[charge["id"]] = charge
        intent["latest_charge"] = charge["id"]
        session["payment_status"] = "paid"
        self._tell("payment_intent.succeeded", intent)

    def _tell(self, kind: str, about: Json) -> None:
        reference = about.get("client_reference_id") or about["metadata"].get("reference", "")
        self.events.tell(kind, about, reference, self._now())
        self._changed(about["id"])

    def _changed(self, what: str) -> None:
        self._world.feed.publish("stripe", lambda: {"changed": what})

    def _wait(self, until: float, thing: str) -> None:
        """`tick` looks at it then."""
        heapq.heappush(self._due, (until, thing))
        self._set_timer()

    def _set_timer(self) -> None:
        """For a clock that nobody moves; one that was moved is due sooner."""
        if not self._due:
            return
        loop = asyncio.get_running_loop()
        at = loop.time() + max(self._due[0][0] - self._world.now().timestamp(), 0.05)
        if self._timer is None or self._timer.when() > at + 0.05:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(min(at, loop.time() + LONGEST_WAIT), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.tick()

    def _about(self, request: web.Request, body: bytes) -> str | None:
        """The seller's reference of what a call is about, for faults that are set for one."""
        session = self.sessions.get(request.match_info.get("id", ""))
        if session is not None:
            return str(session["client_reference_id"])
        try:
            return str(read(body.decode("utf-8")).get("client_reference_id", "")) or None
        except (StripeError, UnicodeDecodeError):
            return None


def _call(request: web.Request, body: bytes) -> str:
    return hashlib.sha256(request.path.encode() + b"?" + body).hexdigest()
