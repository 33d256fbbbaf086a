"""Ordering a machine: currency, plan, region, operating system, term, how it is entered, its name, e-mail, summary,
way to pay.

Nothing is held before the order is made: of two who want the last one, the second one's order meets the place in the
stock that the first one's has taken, and is told that it is sold out.
"""

from msgspec.structs import replace

from domain.localized import words
from domain.messages import Say, Text, Value, price
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus
from handlers import currency
from handlers import server_questions as ask
from handlers.currency import currencies, currency_of
from handlers.flow import Answers, Flow, Outcome, Question, Turn, go_on
from handlers.handover import ops_alert
from handlers.hostnames import NameProblem, hostnames_of
from handlers.invoices import first_term
from handlers.paying import options
from handlers.questions import LAST, last_email
from handlers.server_making import make_server
from handlers.server_questions import CURRENCY, offer_of, plan_of, region_of, wanted_of
from handlers.server_sale import free_slot, is_sold_out, machines, places_left, regions_with

BEGUN = "begun"
"""Kept among the answers as long as there is something to order."""
CHANGE_CURRENCY = f"change-{CURRENCY}"
MOST_UNPAID = 3
"""Orders of one customer that wait to be paid: what they hold nobody else can have."""
NEEDED = ("plan", "region", "image", "term", "access", "hostname", "email")

Kept = tuple[dict[str, str], Outcome]
"""The answers that still stand, and what is said of those that do not."""


async def _prepare(turn: Turn, answers: Answers) -> Kept:
    if machines(turn) is None:
        return {}, Outcome()
    if not currencies(turn):
        return {}, Outcome(say=ops_alert(turn, Text("ops-no-currency")))
    kept, outcome = await _without_detours(turn, {**answers, BEGUN: "yes"})
    turn = replace(turn, person=outcome.person or turn.person)
    for check in (_plan_there, _region_there, _image_there, _term_there, _name_free, _as_agreed):
        kept, more = await check(turn, kept)
        outcome += more
    return kept, outcome


async def _without_detours(turn: Turn, answers: dict[str, str]) -> Kept:
    """The answers without those that only led elsewhere: another currency, something to change, the last address."""
    outcome = Outcome()
    chosen = answers.pop("currency", "") or answers.pop("other-currency", "")
    if chosen in currencies(turn):
        outcome = Outcome(person=currency.put_on(turn.person, chosen))
        answers = {key: value for key, value in answers.items() if key not in ("recurrency", "confirm")}
    if answers.get("plan") == CURRENCY:
        answers = {**FLOW.forget(answers, "plan"), "recurrency": "yes"}
    if answers.get("confirm", "yes") not in ("yes", CHANGE_CURRENCY):
        answers = FLOW.forget(answers, answers["confirm"].removeprefix("change-"))
        answers.pop("confirm", None)
    if answers.get("email") == LAST:
        answers["email"] = await last_email(turn)
    return answers, outcome


def _said(key: str, **values: Value) -> Outcome:
    return Outcome(say=(Say(text=Text(key, values)),))


# --- what the catalog no longer has, or is sold out ---


async def _plan_there(turn: Turn, answers: dict[str, str]) -> Kept:
    if "plan" not in answers:
        return answers, Outcome()
    plan = offer_of(turn).plan(answers["plan"])
    if plan is None or not regions_with(turn, plan.id):
        return FLOW.forget(answers, "plan"), _said("vm-plan-gone")
    if await is_sold_out(turn, plan.id):
        return FLOW.forget(answers, "plan"), _said("vm-plan-sold-out", plan=plan.name)
    return answers, Outcome()


async def _region_there(turn: Turn, answers: dict[str, str]) -> Kept:
    if "plan" not in answers or "region" not in answers:
        return answers, Outcome()
    plan, region = plan_of(turn, answers), offer_of(turn).region(answers["region"])
    if region is None or region not in regions_with(turn, plan.id):
        name = words(region.name, turn.language) if region else answers["region"]
        return FLOW.forget(answers, "region"), _said("vm-region-gone", plan=plan.name, region=name)
    if not await places_left(turn, plan.id, region):
        sold_out = _said("vm-region-sold-out", plan=plan.name, region=words(region.name, turn.language))
        return FLOW.forget(answers, "region"), sold_out
    return answers, Outcome()


async def _image_there(turn: Turn, answers: dict[str, str]) -> Kept:
    if "region" not in answers or "image" not in answers:
        return answers, Outcome()
    region, image = offer_of(turn).region(answers["region"]), offer_of(turn).image(answers["image"])
    if region is None or image is None or image.id not in region.images:
        name = image.name if image else answers["image"]
        return FLOW.forget(answers, "image"), _said("vm-image-gone", image=name)
    return answers, Outcome()


async def _term_there(turn: Turn, answers: dict[str, str]) -> Kept:
    """Also without a term that costs more, or less, than any way to pay takes."""
    if "plan" not in answers or "term" not in answers or not currency_of(turn):
        return answers, Outcome()
    if offer_of(turn).term(int(answers["term"])) is None:
        return FLOW.forget(answers, "term"), _said("vm-term-gone")
    total = _total(turn, answers)
    if options(turn, total):
        return answers, Outcome()
    told = ops_alert(turn, Text("ops-cannot-pay", {"what": plan_of(turn, answers).name, "price": price(total)}))
    return FLOW.forget(answers, "term"), _said("vm-term-cannot-pay", price=price(total)) + Outcome(say=told)


async def _name_free(turn: Turn, answers: dict[str, str]) -> Kept:
    """Somebody who orders twice at a time may have given it to the other one."""
    if answers.get("hostname") in await hostnames_of(turn):
        return FLOW.forget(answers, "hostname"), _said(NameProblem.TAKEN.value)
    return answers, Outcome()


async def _as_agreed(turn: Turn, answers: dict[str, str]) -> Kept:
    """The summary is shown again where what one gets or pays is another by now."""
    if not all(name in answers for name in NEEDED) or not currency_of(turn):
        return answers, Outcome()
    plan, total = plan_of(turn, answers), _total(turn, answers)
    agreed = f"{total.amount} {total.currency} {plan.cpus} {plan.memory_gb} {plan.disk_gb} {plan.traffic_tb}"
    if answers.setdefault("agreed", agreed) != agreed:
        told = _said("vm-changed") if "confirm" in answers else Outcome()
        return {**FLOW.forget(answers, "confirm"), "agreed": agreed}, told
    return answers, Outcome()


def _total(turn: Turn, answers: Answers) -> Money:
    term = offer_of(turn).term(int(answers["term"]))
    if term is None:
        raise LookupError(answers["term"])
    return first_term(turn, plan_of(turn, answers), term, currency_of(turn)).total


# --- the order ---


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    wanted = wanted_of(turn, answers)
    slot = await free_slot(turn, wanted.plan.id, region_of(turn, answers))
    ways = [each.provider for each in options(turn, _total(turn, answers))]
    unpaid = await _unpaid(turn)
    if slot is None or not ways or unpaid >= MOST_UNPAID:
        told = _said("vm-too-many-unpaid", count=unpaid) if unpaid >= MOST_UNPAID else Outcome()
        return told + await go_on(turn, FLOW, {key: value for key, value in answers.items() if key != "confirm"})
    chosen = answers.get("provider", "")
    provider = chosen if chosen in ways else ways[0]
    return await make_server(turn, wanted, slot=slot, rules=offer_of(turn).rules, provider=provider)


async def _unpaid(turn: Turn) -> int:
    """Each of them holds a place in the stock."""
    found = await turn.records.find(Order, customer=turn.conversation.id, status=OrderStatus.OPEN.value)
    return sum(each.kind is OrderKind.SERVER and each.paid_at is None for each in found)


def _asks_currency(turn: Turn, answers: Answers) -> bool:
    return bool(currencies(turn)) and (not currency_of(turn) or "recurrency" in answers)


def _asks_other_currency(turn: Turn, answers: Answers) -> bool:
    return answers.get("confirm") == CHANGE_CURRENCY


def _several_ways(turn: Turn, answers: Answers) -> bool:
    return len(options(turn, _total(turn, answers))) > 1


FLOW = Flow(
    name="vm",
    title=Text("title-vm"),
    questions=(
        Question(name="currency", prompt=ask.ask_currency, read=ask.read_currency, applies=_asks_currency),
        Question(name="plan", prompt=ask.ask_plan, read=ask.read_plan),
        Question(name="region", prompt=ask.ask_region, read=ask.read_region),
        Question(name="image", prompt=ask.ask_image, read=ask.read_image),
        Question(name="term", prompt=ask.ask_term, read=ask.read_term),
        Question(name="access", prompt=ask.ask_access, read=ask.read_access),
        Question(name="hostname", prompt=ask.ask_hostname, read=ask.read_hostname_of),
        Question(name="email", prompt=ask.ask_email, read=ask.read_email_of),
        Question(name="confirm", prompt=ask.ask_confirm, read=ask.read_confirm, depends=NEEDED),
        Question(
            name="other-currency",
            prompt=ask.ask_other_currency,
            read=ask.read_currency,
            depends=("confirm",),
            applies=_asks_other_currency,
        ),
        Question(
            name="provider",
            prompt=ask.ask_provider,
            read=ask.read_provider,
            depends=("confirm",),
            applies=_several_ways,
        ),
    ),
    finish=_finish,
    passing=lambda answers: BEGUN not in answers,
    by_word=True,
    prepare=_prepare,
)
