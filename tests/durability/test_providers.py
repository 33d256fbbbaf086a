"""The providers fail in every way there is, under traffic; afterwards everything has been said, in order."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.durability.balancer import Balancer, balancing
from tests.durability.handing_over import made_twice
from tests.durability.ledger import Count, Ledger
from tests.durability.registry import COUNTS, MACHINES, SEQUENCES
from tests.durability.sequences import Sequence as Talk
from tests.durability.stage import AFTERWARDS, Stage, Town, staged
from tests.durability.verdict import judge
from tests.ports import free_port

SENDS = (("telegram", "sendMessage"), ("telegram", "editMessageText"), ("twilio", "create"))
ORDERS = (("stripe", "*"), ("xendit", "*"), ("google", "*"))
CLOUDS = (("digitalocean", "*"), ("proxmox", "*"))
MAKING = ("create", "clone")
CLOUD_CALLS = (
    ("digitalocean", "list"),
    ("digitalocean", "create"),
    ("digitalocean", "get"),
    ("proxmox", "clone"),
    ("proxmox", "config"),
    ("proxmox", "power"),
)
"""Those that every machine comes by."""
PAYMENTS = (("stripe", "webhook"), ("xendit", "webhook"))
"""What they tell us by themselves."""
BASES = tuple(f"{name}_API_BASE" for name in ("TELEGRAM", "TWILIO", "STRIPE", "XENDIT", "GOOGLE"))
CLOUD_BASES = ("DIGITALOCEAN_API_BASE", "PROXMOX_URL")
PEOPLE = 8

Methods = Sequence[tuple[str, str]]
Faults = Mapping[str, Mapping[str, float]]
"""By kind: what more is said of it (probability, seconds, retry_after)."""


@dataclass
class Outage:
    """People talk while the providers fail, and to the end of their talks once they work again."""

    stage: Stage
    town: Town
    providers: Balancer
    calls: Counter[str]
    orders: Counter[str]
    clouds: Counter[str]
    begun: float

    async def failing(self, faults: Faults, seconds: float, where: Methods = (*SENDS, *ORDERS)) -> None:
        for kind, more in faults.items():
            for provider, method in where:
                await self.stage.world.goes_wrong(provider, method, kind, **more)
        await asyncio.sleep(seconds)
        struck = await self.stage.world.works_again()
        assert struck.total()
        counted = {provider: self.orders for provider, _ in ORDERS}
        counted |= {provider: self.clouds for provider, _ in CLOUDS}
        for (provider, kind), times in (+struck).items():
            counted.get(provider, self.calls)[kind] += times

    async def failing_once_each(self, faults: Faults, where: Methods) -> None:
        """Each method once in each way, as calls come; returns once all have."""
        for kind, more in faults.items():
            for provider, method in where:
                if kind != "quota" or method in MAKING:
                    await self.stage.world.goes_wrong(provider, method, kind, times=1, **more)
                    self.clouds[kind] += 1
        async with asyncio.timeout(AFTERWARDS):
            while await self.stage.world.struck():
                await asyncio.sleep(0.1)

    async def gone(self, seconds: float) -> None:
        """No connection to any provider can be made; their own calls still come."""
        self.providers.stop()
        await asyncio.sleep(seconds)
        await self.providers.start()
        self.calls["broken off"] += PEOPLE

    async def judge(self, name: str, *more: Count) -> None:
        ledger = await self.stage.close(self.town)
        # Telegram cannot be asked what became of a call: each that brought no answer may have put a copy on the phone,
        # or have made a topic.
        unanswered = sum(self.calls[kind] for kind in ("cut", "after", "silence", "wrong", "broken off"))
        counts = (
            *(count for count in COUNTS if count.of is not made_twice),
            Count("topics made twice", made_twice, most=unanswered),
            Count("sent twice on WhatsApp", lambda ledger: twice(ledger, "whatsapp"), exactly=0),
            Count("sent twice on Telegram", lambda ledger: twice(ledger, "telegram"), most=unanswered),
            *more,
        )
        told = {f"answers: {kind}": calls for kind, calls in self.calls.items() if kind != "broken off"}
        told |= {f"of payments and the calendar: {kind}": calls for kind, calls in self.orders.items()}
        told |= {f"of clouds: {kind}": calls for kind, calls in self.clouds.items()}
        judge(self.stage, ledger, name, "providers", counts, self.begun, more=told)


@asynccontextmanager
async def outage(folder: Path, talks: Sequence[Talk] = SEQUENCES, patches: Sequence[str] = ()) -> AsyncIterator[Outage]:
    begun, port = monotonic(), free_port()
    there = f"http://127.0.0.1:{port}"
    async with (
        staged(folder, settings=dict.fromkeys((*BASES, *CLOUD_BASES), there), patches=patches) as stage,
        balancing(port, [urlsplit(stage.world.url).port or 0]) as providers,
    ):
        town = Town(stage, random.Random(1), talks, at_once=PEOPLE)
        await asyncio.sleep(0.5)
        yield Outage(stage, town, providers, Counter(), Counter(), Counter(), begun)


def twice(ledger: Ledger, channel: str) -> list[str]:
    return [send["message"]["text"] for _, send in ledger.unknown if send["chat"].startswith(channel)]


@pytest.mark.slow
async def test_everything_goes_wrong(tmp_path: Path) -> None:
    async with outage(tmp_path) as world:
        await world.gone(1)
        await world.failing({"429": {"retry_after": 1}}, seconds=2)
        await world.failing(
            {
                "500": {"probability": 0.1},
                "cut": {"probability": 0.1},
                "after": {"probability": 0.1},
                "wrong": {"probability": 0.1},
                "silence": {"probability": 0.1, "seconds": 0.5},
                "slow": {"probability": 1, "seconds": 0.2},
            },
            seconds=4,
        )
        await world.judge("providers fail in eight ways")


@pytest.mark.slow
async def test_clouds_fail_while_machines_are_made(tmp_path: Path) -> None:
    kinds: Faults = {
        "quota": {},
        "429": {},
        "500": {},
        "cut": {},
        "after": {},
        "wrong": {},
        "silence": {"seconds": 0.5},
    }
    async with outage(tmp_path, MACHINES, ("short_looks", "short_quotas")) as world:
        await world.failing_once_each(kinds, CLOUD_CALLS)
        await world.judge("clouds fail in seven ways")


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["429", "500", "wrong", "cut", "after", "silence", "slow", "quota"])
async def test_clouds_fail_for_a_minute_while_people_order_machines(tmp_path: Path, kind: str) -> None:
    words = {
        "wrong": "answers of DigitalOcean and Proxmox are wrong, for a minute",
        "cut": "answers of DigitalOcean and Proxmox are cut off, for a minute",
        "after": "answers of DigitalOcean and Proxmox are lost, for a minute",
        "silence": "answers of DigitalOcean and Proxmox are awaited in vain, for a minute",
        "slow": "answers of DigitalOcean and Proxmox are 3 s late, for a minute",
        "quota": "DigitalOcean and Proxmox have no more room, for a minute (asked again after 3 s)",
    }
    more = {"slow": {"seconds": 3.0}, "silence": {"seconds": 10.0}}
    async with outage(tmp_path, MACHINES, ("short_quotas",)) as world:
        await world.failing({kind: more.get(kind, {})}, seconds=60, where=CLOUDS)
        assert world.clouds[kind]
        await world.judge(words.get(kind, f"answers of DigitalOcean and Proxmox are {kind}, for a minute"))


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["500", "wrong", "cut", "silence", "slow"])
async def test_one_thing_goes_wrong_with_every_call_for_a_minute(tmp_path: Path, kind: str) -> None:
    words = {
        "500": "providers answer 500, for a minute",
        "wrong": "providers answer with somebody else's page, for a minute",
        "cut": "providers' answers are cut off, for a minute",
        "silence": "providers take calls and never answer, for a minute",
        "slow": "providers take 3 s for each call, for a minute",
    }
    async with outage(tmp_path) as world:
        await world.failing({kind: {"seconds": 3.0} if kind == "slow" else {}}, seconds=60)
        await world.judge(words[kind])


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["429", "500", "wrong", "cut", "after", "silence", "slow"])
async def test_payments_and_the_calendar_fail_for_a_minute_while_people_can_write(tmp_path: Path, kind: str) -> None:
    words = {"wrong": "wrong", "cut": "cut off", "after": "lost", "silence": "awaited in vain", "slow": "3 s late"}
    more = {"slow": {"seconds": 3.0}, "silence": {"seconds": 10.0}}
    async with outage(tmp_path) as world:
        await world.failing({kind: more.get(kind, {})}, seconds=60, where=ORDERS)
        assert world.orders[kind]
        await world.judge(f"answers of Stripe, Xendit and Google are {words.get(kind, kind)}, for a minute")


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["drop", "late", "twice", "reorder"])
async def test_what_payment_providers_tell_us_goes_astray_for_a_minute(tmp_path: Path, kind: str) -> None:
    words = {"drop": "lost", "late": "5 s late", "twice": "told twice", "reorder": "told in another order"}
    async with outage(tmp_path) as world:
        await world.failing({kind: {"seconds": 5.0} if kind == "late" else {}}, seconds=60, where=PAYMENTS)
        await world.judge(f"what payment providers tell us is {words[kind]}, for a minute")


@pytest.mark.soak
async def test_nobody_is_there_for_a_minute(tmp_path: Path) -> None:
    async with outage(tmp_path) as world:
        await world.gone(60)
        await world.judge("providers unreachable, for a minute")


@pytest.mark.soak
async def test_who_is_told_to_wait_waits_and_then_sends_all_of_it(tmp_path: Path) -> None:
    """Nobody is asked again before the time that was said."""
    retry_after, seconds = 9, 180
    async with outage(tmp_path) as world:
        await world.failing({"429": {"retry_after": retry_after}}, seconds)
        # Each person's chat, the desk's topics and the ops group; and what was in flight at the first refusal.
        most = (2 * PEOPLE + 2) * (seconds // retry_after + 1)
        name = "429 for three minutes (an hour of them, 20 times as fast: 9 s each)"
        await world.judge(name, Count("sends refused", lambda ledger: world.calls["429"], most=most))
