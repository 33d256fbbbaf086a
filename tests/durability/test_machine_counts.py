"""That the counts of machines see what must not be: each on books in which that one thing is wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import bcrypt
import pytest
from msgspec.structs import replace

from bot.server_secrets import ServerSecrets
from domain.invoices import Invoice, Line
from domain.messages import Text
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Purchase
from domain.payments import Payment, Refund, RefundStatus
from domain.people import Counter
from domain.records import Record
from domain.server_actions import Action, ActionKind, ActionStatus
from domain.server_creations import Creation
from domain.server_orphans import Orphan
from domain.server_secrets import ServerSecret
from domain.servers import Server, ServerStatus, end_of_term
from storage.base import Storage
from tests.durability import machine_counts
from tests.durability.books import Books
from tests.durability.ledger import Ledger
from tests.durability.processes import SECRET_KEY
from tests.durability.world import Someone, World

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
PRICE = Money(120_000, "IDR")
PASSWORD = "Rahasia123"
NAME = "server-1-1a2b3c4d"
ADDRESS = "127.77.0.1"


def order(number: int, kind: OrderKind, period: int) -> Order:
    invoice = Invoice(lines=(Line(Text("x"), PRICE),), tax_rate=0, number=f"INV/2026/{number:06}", issued_at=NOW)
    return Order(
        id=f"order-{number}", number=number, kind=kind, customer="telegram:1", name="Budi", email="budi@example.com",
        language="id", zone="Asia/Jakarta", price=PRICE, status=OrderStatus.DONE, made_at=NOW, pay_by=NOW, paid_at=NOW,
        payment=f"pay-{number}-1", server=NAME,
        purchase=Purchase(plan="small", months=1, period=period, invoice=invoice),
    )  # fmt: skip


def payment(number: int) -> Payment:
    return Payment(
        id=f"pay-{number}-1", order=f"order-{number}", customer="telegram:1", provider="stripe", amount=PRICE,
        description="", made_at=NOW, deadline_at=NOW,
    )  # fmt: skip


FIRST, RENEWAL = order(1, OrderKind.SERVER, 1), order(2, OrderKind.RENEWAL, 2)
ONE_TERM = end_of_term(NOW, 1, "Asia/Jakarta")
SERVER = Server(
    id=NAME, number=1, customer="telegram:1", name="Budi", email="budi@example.com", language="id", zone="Asia/Jakarta",
    order="order-1", plan="small", region="singapore", image="debian", shelf="small@singapore", slot=0,
    hostname="toko-1", user="debian", secret=NAME, status=ServerStatus.ACTIVE, since=NOW, state="running",
    provider="libcloud", machine="7", address=ADDRESS, made_at=NOW, active_at=NOW,
    expires_at=end_of_term(ONE_TERM, 1, "Asia/Jakarta"), periods=2,
)  # fmt: skip
MADE = Action(
    id=f"{NAME}-create-1", server=NAME, kind=ActionKind.CREATE, by="paid", status=ActionStatus.DONE, made_at=NOW,
    until=NOW,
)  # fmt: skip


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def droplet(number: int, password: str = PASSWORD) -> dict[str, Any]:
    users = {"chpasswd": {"users": [{"name": "debian", "password": hashed(password)}]}} if password else {}
    return {
        "provider": "digitalocean", "number": number, "name": NAME, "tags": ["sahut"], "state": "running",
        "address": ADDRESS, "written": {"user_data": f"#cloud-config\n{json.dumps(users)}\n"},
    }  # fmt: skip


def at_proxmox(number: int) -> dict[str, Any]:
    cipassword = hashed(PASSWORD).replace("$2b$", "$2y$")
    return {
        "provider": "proxmox", "number": number, "name": "toko-1", "tags": ["sahut", f"name.{NAME}"],
        "state": "running", "address": ADDRESS, "written": {"config": {"cipassword": cipassword}},
    }  # fmt: skip


def secret() -> ServerSecret:
    seal = ServerSecrets(cast(Storage, None), SECRET_KEY, "", lambda: NOW)._seal
    assert seal is not None
    sealed = seal.encrypt(PASSWORD.encode()).decode()
    return ServerSecret(id=NAME, server=NAME, customer="telegram:1", sealed=sealed, made_at=NOW, due_at=NOW)


def said(number: int, key: str, **values: Any) -> dict[str, Any]:
    return {"id": f"in-{number}-0", "say": {"text": {"key": key, "values": values}}}


def one_machine() -> Ledger:
    """Paid, made, told of and renewed once."""
    messages = [said(1, "server-active-password", server=NAME), said(2, "server-renewed", order=2)]
    records: dict[type[Record], tuple[Any, ...]] = {
        Order: (FIRST, RENEWAL), Payment: (payment(1), payment(2)), Refund: (), Server: (SERVER,), Action: (MADE,),
        Creation: (Creation(id=f"{NAME}@libcloud", called_at=NOW, machine="7"),), Orphan: (), ServerSecret: (secret(),),
        Counter: (Counter(id="orders", value=2), Counter(id="invoices-2026", value=2)),
    }  # fmt: skip
    ledger = Ledger(cast(World, None), Books([], messages, [], records), [])
    links = [
        {"provider": "stripe", "reference": f"pay-{number}-1", "charge": f"pi_{number}", "amount": 120_000}
        for number in (1, 2)
    ]
    ledger.outside = {"money": {"links": links, "refunds": []}, "datacentre": {"machines": [droplet(7)]}}
    return ledger


def only(ledger: Ledger, *records: Any) -> None:
    ledger.books.records[type(records[0])] = records


def there(ledger: Ledger) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], ledger.outside["datacentre"]["machines"])


def moved_to_proxmox(ledger: Ledger) -> None:
    only(ledger, replace(SERVER, provider="proxmox", machine=f"10001/{NAME}"))
    there(ledger)[:] = [at_proxmox(10001)]


def twice_at_proxmox(ledger: Ledger) -> None:
    moved_to_proxmox(ledger)
    there(ledger).append(at_proxmox(1010001))


def half_made(ledger: Ledger) -> None:
    moved_to_proxmox(ledger)
    there(ledger)[0]["tags"].append("unfinished")


def unread(ledger: Ledger) -> None:
    ledger.books.records[ServerSecret] = ()


def read_as(ledger: Ledger, password: str) -> None:
    unread(ledger)
    someone = Someone(cast(World, None), "budi", "telegram:1", learnt={"password of #1": password})
    ledger.people.append(someone)


def again(ledger: Ledger, number: int, key: str, **values: Any) -> None:
    ledger.books.messages.append(said(number, key, **values))


WRONG: tuple[tuple[str, Callable[[Ledger], Any]], ...] = (
    ("machines paid for nothing", lambda it: there(it).clear()),
    ("machines paid for nothing", lambda it: only(it, FIRST, replace(RENEWAL, status=OrderStatus.CANCELLED))),
    ("machines paid for nothing", lambda it: only(it, replace(SERVER, status=ServerStatus.CREATING))),
    ("active without a machine", lambda it: only(it, replace(SERVER, machine="8"))),
    ("active without a machine", half_made),
    ("machines that nobody paid for", lambda it: only(it, replace(SERVER, status=ServerStatus.ORDERED))),
    ("machines that nobody paid for", lambda it: there(it).append({**droplet(8), "name": "server-9-00000000"})),
    ("machines made twice at Proxmox", twice_at_proxmox),
    ("machines made twice at DigitalOcean", lambda it: there(it).append(droplet(8))),
    ("machines made twice and not flagged", lambda it: there(it).append(droplet(8))),
    ("machines flagged and somebody's", lambda it: only(it, orphan("7"))),
    ("machines that stand otherwise", lambda it: there(it)[0].update(state="stopped")),
    ("machines that stand otherwise", lambda it: there(it)[0].update(address="127.77.0.2")),
    ("places sold twice", lambda it: only(it, SERVER, replace(SERVER, id="server-3-00000000"))),
    ("actions left", lambda it: only(it, replace(MADE, status=ActionStatus.BEGUN))),
    ("actions left", lambda it: only(it, replace(SERVER, action=MADE.id))),
    ("machines' terms not as paid", lambda it: only(it, replace(SERVER, periods=3))),
    ("machines' terms not as paid", lambda it: only(it, replace(SERVER, expires_at=ONE_TERM))),
    ("machines' terms not as paid", lambda it: only(it, FIRST)),
    ("invoice numbers missing or given twice", lambda it: only(it, Counter(id="invoices-2026", value=3))),
    ("invoice numbers missing or given twice", lambda it: only(it, FIRST, replace(RENEWAL, purchase=FIRST.purchase))),
    ("told active twice", lambda it: again(it, 3, "server-active-password", server=NAME)),
    ("active and not told", lambda it: it.books.messages.pop(0)),
    ("told renewed twice", lambda it: again(it, 3, "server-renewed-off", order=2)),
    ("passwords that do not fit", lambda it: there(it).__setitem__(0, droplet(7, "Lain12345"))),
    ("passwords that do not fit", lambda it: there(it).__setitem__(0, droplet(7, ""))),
    ("passwords that do not fit", lambda it: read_as(it, "Lain12345")),
    ("passwords lost as they were shown", unread),
)


def orphan(machine: str) -> Orphan:
    return Orphan(id=f"libcloud/{machine}", provider="libcloud", machine=machine, name=NAME, address="", flagged_at=NOW)


def is_good(ledger: Ledger, what: str) -> bool:
    return ledger.count(next(each for each in machine_counts.COUNTS if each.what == what)).good


@pytest.mark.parametrize(("what", "breaks"), WRONG)
def test_a_count_sees_what_is_wrong(what: str, breaks: Callable[[Ledger], Any]) -> None:
    ledger = one_machine()
    assert is_good(ledger, what)
    breaks(ledger)
    assert not is_good(ledger, what)


def test_every_count_that_may_be_wrong_is_seen_to_be() -> None:
    checked = {each.what for each in machine_counts.COUNTS if each.exactly is not None or each.most is not None}
    assert checked == {what for what, _ in WRONG}


def test_all_is_well_with_a_machine_at_proxmox() -> None:
    ledger = one_machine()
    moved_to_proxmox(ledger)
    assert all(ledger.count(each).good for each in machine_counts.COUNTS)


def test_who_is_refunded_or_is_with_ops_has_not_paid_for_nothing() -> None:
    for settle in (
        lambda it: it.outside["money"]["refunds"].extend({"provider": "stripe", "charge": f"pi_{n}"} for n in (1, 2)),
        lambda it: only(it, replace(MADE, status=ActionStatus.FAILED)),
        lambda it: it.books.records.update({Refund: (failed_refund(1), failed_refund(2))}),
    ):
        ledger = one_machine()
        there(ledger).clear()
        settle(ledger)
        assert is_good(ledger, "machines paid for nothing")


def failed_refund(number: int) -> Any:
    return cast(Refund, SimpleNamespace(payment=f"pay-{number}-1", status=RefundStatus.FAILED))


def test_a_second_machine_that_ops_know_of_is_one_that_a_kill_may_have_made() -> None:
    ledger = one_machine()
    there(ledger).append(droplet(8))
    only(ledger, orphan("8"))
    ledger.kills.append(1)
    for what in ("machines made twice at DigitalOcean", "machines made twice and not flagged"):
        assert is_good(ledger, what)


def test_a_password_that_was_read_fits() -> None:
    ledger = one_machine()
    read_as(ledger, PASSWORD)
    assert is_good(ledger, "passwords that do not fit")
    assert is_good(ledger, "passwords lost as they were shown")
