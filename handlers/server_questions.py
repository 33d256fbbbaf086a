"""The questions of ordering a machine, and how their answers are read (`handlers/order_server.py` has their order)."""

import re

from domain.localized import words
from domain.matching import Clear
from domain.messages import Choice, Text, Value, literal, price
from domain.server_offer import Plan, Region, ServerOffer, term_price
from handlers import currency
from handlers.care import BACK
from handlers.currency import currency_of
from handlers.flow import Again, Answer, Answers, NotAnAnswer, Prompt, Reading, Turn, choice
from handlers.hostnames import NameProblem, hostnames_of, proposed, read_hostname
from handlers.menu import MENU
from handlers.paying import options, way
from handlers.questions import last_email_choice, named, read_email
from handlers.server_making import Wanted, invoice_for, invoice_lines, specification
from handlers.server_sale import is_sold_out, machines, places_left, regions_with
from handlers.ssh_keys import KeyProblem, fingerprint, looks_like_a_key, read_key

ONE_TIME = "password"
CURRENCY = "currency"
"""The answers that are no key and no plan."""

CHANGES = {
    "plan": "label-change-plan",
    "region": "label-change-region",
    "image": "label-change-image",
    "term": "label-change-term",
    "access": "label-change-access",
    "hostname": "label-change-hostname",
    "email": "label-change-email",
    "currency": "label-currency",
}
"""What can be changed from the summary, by its question: with the order and the way out ten rows of a WhatsApp list."""

CANCEL = Choice("cancel", Text("label-cancel-order"))
FEW = 3
"""So many are said to be the last."""
MONTHS_OF_A_YEAR = 12


def offer_of(turn: Turn) -> ServerOffer:
    """Raises LookupError where machines are not offered: then no question but the first is asked."""
    offer = machines(turn)
    if offer is None:
        raise LookupError("machines are not offered")
    return offer


def plan_of(turn: Turn, answers: Answers) -> Plan:
    plan = offer_of(turn).plan(answers["plan"])
    if plan is None:
        raise LookupError(answers["plan"])
    return plan


def region_of(turn: Turn, answers: Answers) -> Region:
    region = offer_of(turn).region(answers["region"])
    if region is None:
        raise LookupError(answers["region"])
    return region


def wanted_of(turn: Turn, answers: Answers) -> Wanted:
    """All that was agreed to. Raises LookupError where the catalog no longer has it."""
    offer = offer_of(turn)
    image, term = offer.image(answers["image"]), offer.term(int(answers["term"]))
    if image is None or term is None:
        raise LookupError(f"{answers['image']}, {answers['term']}")
    return Wanted(
        plan=plan_of(turn, answers),
        region=region_of(turn, answers),
        image=image,
        term=term,
        currency=currency_of(turn),
        ssh_key="" if answers["access"] == ONE_TIME else answers["access"],
        hostname=answers["hostname"],
        email=answers["email"],
    )


# --- currency and plan ---


async def ask_currency(turn: Turn, answers: Answers) -> Prompt:
    return await currency.ask(turn, "vm", "currency", MENU)


async def ask_other_currency(turn: Turn, answers: Answers) -> Prompt:
    return await currency.ask(turn, "vm", "other-currency", BACK)


async def read_currency(turn: Turn, answers: Answers, text: str) -> Reading:
    return currency.read(turn, text)


async def ask_plan(turn: Turn, answers: Answers) -> Prompt:
    offer, code = machines(turn), currency_of(turn)
    if offer is None:
        return Prompt(text=Text("vm-not-offered"), choices=(MENU,))
    if not code:
        return Prompt(text=Text("vm-cannot-pay"), choices=(MENU,))
    lines, choices = [], []
    for plan in offer.plans:
        month = plan.price(code)
        if month is None or not regions_with(turn, plan.id):
            continue
        values: dict[str, Value] = {
            "plan": plan.name,
            "cpus": plan.cpus,
            "memory": plan.memory_gb,
            "disk": plan.disk_gb,
            "traffic": plan.traffic_tb,
            "price": price(month),
        }
        if await is_sold_out(turn, plan.id):
            lines.append(Text("vm-plan-line-gone", values))
        else:
            lines.append(Text("vm-plan-line", values))
            choices.append(choice("vm", "plan", plan.id, literal(plan.name)))
    if not choices:
        return Prompt(text=Text("vm-all-sold-out"), choices=(MENU,))
    if len(currency.currencies(turn)) > 1:
        choices.append(choice("vm", "plan", CURRENCY, Text("label-currency")))
    return Prompt(text=Text("vm-ask-plan", {"plans": tuple(lines)}), choices=(*choices, MENU))


async def read_plan(turn: Turn, answers: Answers, text: str) -> Reading:
    offer = machines(turn)
    plans = offer.plans if offer and currency_of(turn) else ()
    return named(text, {plan.id: plan.name for plan in plans if regions_with(turn, plan.id)})


# --- region, operating system, term ---


async def ask_region(turn: Turn, answers: Answers) -> Prompt:
    lines, choices = [], []
    for region in regions_with(turn, answers["plan"]):
        name, left = words(region.name, turn.language), await places_left(turn, answers["plan"], region)
        if left > FEW:
            lines.append(Text("vm-region-line", {"region": name}))
        else:
            lines.append(Text("vm-region-line-few", {"region": name, "left": left}))
        if left:
            choices.append(choice("vm", "region", region.id, literal(name)))
    values: dict[str, Value] = {"plan": plan_of(turn, answers).name, "regions": tuple(lines)}
    return Prompt(text=Text("vm-ask-region", values), choices=(*choices, BACK))


async def read_region(turn: Turn, answers: Answers, text: str) -> Reading:
    return named(text, {each.id: " ".join(each.name.values()) for each in regions_with(turn, answers["plan"])})


async def ask_image(turn: Turn, answers: Answers) -> Prompt:
    there = region_of(turn, answers).images
    images = (each for each in offer_of(turn).images if each.id in there)
    choices = (choice("vm", "image", each.id, literal(each.name)) for each in images)
    return Prompt(text=Text("vm-ask-image"), choices=(*choices, BACK))


async def read_image(turn: Turn, answers: Answers, text: str) -> Reading:
    there = region_of(turn, answers).images
    return named(text, {each.id: each.name for each in offer_of(turn).images if each.id in there})


async def ask_term(turn: Turn, answers: Answers) -> Prompt:
    plan, lines, choices = plan_of(turn, answers), [], []
    for term in offer_of(turn).terms:
        values: dict[str, Value] = {
            "months": term.months,
            "price": price(term_price(plan, term, currency_of(turn))),
            "percent": term.discount,
        }
        lines.append(Text("vm-term-line", values))
        choices.append(choice("vm", "term", str(term.months), Text("vm-months", {"months": term.months})))
    return Prompt(text=Text("vm-ask-term", {"plan": plan.name, "terms": tuple(lines)}), choices=(*choices, BACK))


async def read_term(turn: Turn, answers: Answers, text: str) -> Reading:
    said = re.search(r"\d+", text)
    year = re.search(r"\b(tahun|thn|setahun|year|years)\b", text)
    if said is None and year is None:
        return NotAnAnswer()
    months = int(said[0][:4]) if said else 1
    if year:
        months *= MONTHS_OF_A_YEAR
    terms = tuple(Text("vm-months", {"months": term.months}) for term in offer_of(turn).terms)
    return Answer(str(months)) if offer_of(turn).term(months) else Again(Text("vm-term-odd", {"terms": terms}))


# --- how it is entered, its name, e-mail ---


async def ask_access(turn: Turn, answers: Answers) -> Prompt:
    by_password = choice("vm", "access", ONE_TIME, Text("label-password"))
    return Prompt(text=Text("vm-ask-access"), choices=(by_password, BACK))


async def read_access(turn: Turn, answers: Answers, text: str) -> Reading:
    if not looks_like_a_key(turn.said.text):
        by_password = {"password", "sandi", "passwordnya"} & set(text.split()[:8])
        return Answer(ONE_TIME) if by_password else _odd(turn, KeyProblem.ODD)
    key = read_key(turn.said.text)
    return Again(Text(key.value)) if isinstance(key, KeyProblem) else Answer(key)


async def ask_hostname(turn: Turn, answers: Answers) -> Prompt:
    name = proposed(await hostnames_of(turn))
    return Prompt(text=Text("vm-ask-hostname"), choices=(choice("vm", "hostname", name, literal(name)), BACK))


async def read_hostname_of(turn: Turn, answers: Answers, text: str) -> Reading:
    name = read_hostname(turn.said.text)
    if isinstance(name, NameProblem):
        return _odd(turn, name)
    return Again(Text(NameProblem.TAKEN.value)) if name in await hostnames_of(turn) else Answer(name)


def _odd(turn: Turn, problem: KeyProblem | NameProblem) -> Reading:
    """Why it is no answer; where it is clearly a question of care, that is answered instead."""
    if len(turn.said.text.split()) > 1 and isinstance(turn.matcher.match(turn.said.text), Clear):
        return NotAnAnswer()
    return Again(Text(problem.value))


async def ask_email(turn: Turn, answers: Answers) -> Prompt:
    return Prompt(text=Text("vm-ask-email"), choices=(*await last_email_choice(turn, "vm"), BACK))


async def read_email_of(turn: Turn, answers: Answers, text: str) -> Reading:
    return read_email(turn)


# --- summary, way to pay ---


async def ask_confirm(turn: Turn, answers: Answers) -> Prompt:
    wanted = wanted_of(turn, answers)
    by_key = (Text("vm-access-key", {"key": fingerprint(wanted.ssh_key)}),) if wanted.ssh_key else ()
    invoice = invoice_for(turn, wanted)
    values: dict[str, Value] = {
        **specification(turn, wanted),
        "access": by_key or (Text("vm-access-password"),),
        "invoice": invoice_lines(invoice),
    }
    several = len(currency.currencies(turn)) > 1
    changes = (
        choice("vm", "confirm", f"change-{name}", Text(label))
        for name, label in CHANGES.items()
        if name != CURRENCY or several
    )
    yes = choice("vm", "confirm", "yes", Text("label-order"))
    return Prompt(text=Text("vm-summary", values), choices=(yes, *changes, CANCEL))


async def read_confirm(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def ask_provider(turn: Turn, answers: Answers) -> Prompt:
    wanted = wanted_of(turn, answers)
    total = invoice_for(turn, wanted).total
    ways = (choice("vm", "provider", each.provider, way(each, total)) for each in options(turn, total))
    return Prompt(text=Text("vm-ask-provider", {"price": price(total)}), choices=(*ways, BACK))


async def read_provider(turn: Turn, answers: Answers, text: str) -> Reading:
    return named(text, {each.provider: each.provider for each in turn.places.payments})
