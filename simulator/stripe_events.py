"""Stripe's events, on their way to the service's webhook: signed, retried, in no order."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import json

from simulator.faults import Faults
from simulator.model import Json
from simulator.stripe_objects import event
from simulator.webhooks import Courier, Lanes
from simulator.world import World

TRIES = 16
FIRST_PAUSE = 0.2
TIMEOUT = 20.0
KEPT = 500


def signature(secret: str, body: bytes, stamp: int) -> str:
    """The header Stripe-Signature, as Stripe's "Verify webhook signatures manually" describes it."""
    right = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    # Test mode sends a second scheme, which nobody may believe.
    return f"t={stamp},v1={right},v0={hashlib.sha256(body).hexdigest()}"


class Events:
    """`all` holds the latest, oldest first."""

    def __init__(self, world: World, courier: Courier, faults: Faults, lanes: Lanes) -> None:
        self._world = world
        self._courier = courier
        self._faults = faults
        self._lanes = lanes
        self._waiting: dict[str, str] = {}
        self.all: dict[str, Json] = {}

    def reset(self) -> None:
        """Nothing has happened."""
        self.all.clear()
        self._waiting.clear()

    def kept(self) -> Json:
        """What goes into the file of the world: the events, and the lanes of those that were not delivered."""
        return {"all": self.all, "waiting": self._waiting}

    def take_up(self, kept: Json) -> None:
        """What was not delivered is delivered."""
        self.all = kept["all"]
        for event_id, reference in kept["waiting"].items():
            if event_id in self.all:
                self._push(self.all[event_id], reference)

    def tell(self, kind: str, about: Json, reference: str, now: int) -> Json:
        """Something has happened to an object, which the event shows as it is now."""
        made = event(kind, copy.deepcopy(about), now)
        self.all[made["id"]] = made
        if len(self.all) > KEPT:
            del self.all[next(iter(self.all))]
        self._push(made, reference)
        return made

    def redeliver(self, event_id: str) -> None:
        """The same event again, as from Stripe's dashboard."""
        self._push(self.all[event_id], "")

    def _push(self, made: Json, reference: str) -> None:
        if self._world.config.stripe_webhook_url is None:
            return
        fault = self._faults.take("stripe", "webhook", reference)
        if fault is None or fault.kind != "drop":
            self._waiting[made["id"]] = reference
        self._lanes.push(reference or made["id"], lambda: self._deliver(made, 1), fault)

    async def _deliver(self, made: Json, number: int) -> None:
        """One try. What failed is tried again beside the others: Stripe keeps no order."""
        config = self._world.config
        if config.stripe_webhook_url is None:
            return
        body = json.dumps(made, indent=2, ensure_ascii=False).encode()
        stamp = int(self._world.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(config.stripe_webhook_secret, body, stamp),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        answer = await self._courier.post(config.stripe_webhook_url, body, headers, TIMEOUT)
        if answer.good or number >= max(TRIES, config.payment_retries):
            self._waiting.pop(made["id"], None)
            if not answer.good:
                self._world.alerts.append(f"stripe {made['type']} was answered {answer.status}")
                self._world.feed.wake()
            return
        self._lanes.spawn(self._again(made, number + 1))

    async def _again(self, made: Json, number: int) -> None:
        await asyncio.sleep(min(FIRST_PAUSE * 2 ** min(number - 2, TRIES), self._world.config.longest_pause))
        await self._world.running.wait()
        await self._deliver(made, number)
