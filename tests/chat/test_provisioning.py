"""From a paid order to a machine that runs, or the truth and the money back: the whole service, clouds that answer
late, wrongly, twice or never, and ops who decide.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.orders import OrderStatus
from domain.server_actions import ActionStatus
from domain.server_secrets import ServerSecret
from domain.servers import ServerStatus
from handlers.server_actions import CREATE, LOOK
from services.failures import Failure, Permanent, Retry
from services.servers.base import Machine, State, Wanted
from tests.bot.cloud import Cloud, made_but_lost
from tests.chat.machines import HERE, Yard, links, mails, met, opened, sneaks
from tests.talk import Scripted

HOUR = timedelta(hours=1)
PRICE, TAX = 266_400, 26_400


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    async with opened(tmp_path, monkeypatch) as yard:
        yield yard


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, yard: Yard) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return await met(yard.talk.person(request.param))


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    return await met(yard.talk.person("sari"))


@pytest.fixture
async def budi(yard: Yard) -> Scripted:
    return await met(yard.talk.person("budi"))


@pytest.fixture
def ops(yard: Yard) -> Scripted:
    return Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")


# --- made ---


async def test_a_paid_order_is_a_machine_that_answers(yard: Yard, customer: Scripted) -> None:
    await yard.pays(await yard.orders(customer))
    await customer.hears("Server #1", "sedang dibuat", "10 menit")
    assert (await yard.order()).status is OrderStatus.OPEN
    await yard.runs()
    await customer.hears("Server #1 sudah jalan", f"debian@{HERE}", "kunci SSH")
    server, order = await yard.server(), await yard.order()
    assert server.status is ServerStatus.ACTIVE
    assert order.status is OrderStatus.DONE
    assert [wanted.name for wanted in yard.singapore.made] == [server.id]
    assert await yard.balance("tax:ppn") == -TAX
    assert await yard.balance("revenue:servers") == TAX - PRICE
    assert await yard.balance("order:order-1") == 0
    (mail,) = [each for each in mails(yard) if "sudah jalan" in each.subject]
    assert f"debian@{HERE}" in mail.text


async def test_a_password_is_never_told_only_where_it_is_read(yard: Yard, customer: Scripted) -> None:
    server = await yard.active(customer, key="")
    secret = await yard.talk.service.storage.get(ServerSecret, server.secret)
    assert secret
    assert secret.expires_at
    assert secret.expires_at - yard.clock.now() > timedelta(hours=23)
    password = await yard.talk.service._server_secrets.take(server.secret)
    assert password
    said = "".join(customer.sees()) + "".join(each.subject + each.text for each in mails(yard))
    assert password not in said
    assert server.page in "".join(each.text for each in mails(yard))
    assert server.page in links(customer)


async def test_days_later_it_still_reaches_whatsapp(yard: Yard, budi: Scripted) -> None:
    await yard.orders(budi, key="")
    await yard.later(2 * HOUR)
    await yard.later(timedelta(days=3))
    await yard.pays(1)
    await budi.hears("Server #1", "sedang dibuat")
    await yard.runs()
    await budi.hears("Server #1 sudah jalan", "Halaman kata sandi: http")


async def test_it_is_told_of_only_once_it_answers(yard: Yard, sari: Scripted) -> None:
    await yard.paid(sari)
    sari.ignores()
    await yard.later()
    yard.becomes(State.RUNNING)
    await yard.later()
    await sari.hears_nothing()
    yard.door.close()
    yard.becomes(State.RUNNING, address=HERE)
    await yard.later()
    await sari.hears_nothing()
    assert (await yard.server()).status is ServerStatus.CREATING
    assert (await yard.server()).address == HERE


async def test_who_waits_longer_hears_the_truth_once(yard: Yard, customer: Scripted) -> None:
    await yard.paid(customer)
    await yard.later(timedelta(minutes=11))
    await customer.hears("Server #1", "lebih lama", "10.30 WIB")
    await yard.later(timedelta(minutes=2))
    await customer.hears_nothing()


async def test_a_restart_changes_nothing(yard: Yard, sari: Scripted) -> None:
    await yard.paid(sari)
    await yard.talk.restart()
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    assert len(yard.singapore.made) == 1


async def test_an_answer_that_was_lost_does_not_make_two(yard: Yard, sari: Scripted) -> None:
    yard.singapore.trouble.append(made_but_lost)
    await yard.paid(sari)
    await yard.taken_on()
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    assert len(yard.singapore.made) == 1


async def test_late_and_repeated_answers_change_nothing(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    server = await yard.active(sari)
    sari.ignores()
    ops.ignores()
    for effect, name in ((f"{server.id}-create-1", CREATE), (f"{server.id}-look-1", LOOK)):
        await yard.answers(server, effect, name, machine="other", state="error", address="10.0.0.1", answers="no")
        await yard.answers(server, effect, name, error="refused")
    await sari.hears_nothing()
    await ops.hears_nothing()
    assert await yard.server() == server


async def test_taken_on_late_it_has_its_time(yard: Yard, sari: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """We were away from the payment on, for longer than making one may take."""
    really = Cloud.create

    async def slowly(cloud: Cloud, wanted: Wanted) -> Machine | Failure:
        await yard.talk.later(2 * HOUR)
        return await really(cloud, wanted)

    monkeypatch.setattr(Cloud, "create", slowly)
    await yard.orders(sari)
    await yard.pays(1)
    await yard.later(timedelta(seconds=30))
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    assert [each.status for each in await yard.actions()] == [ActionStatus.DONE]


# --- not paid in time ---


async def test_what_is_not_paid_is_free_again(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    await yard.orders(customer, "large", "jakarta")
    await yard.later(2 * HOUR)
    await customer.hears("server #1", "habis", "Pesan lagi")
    assert (await yard.server()).status is ServerStatus.CANCELLED
    assert (await yard.order()).status is OrderStatus.EXPIRED
    await yard.paid(customer, "large", "jakarta")
    await customer.hears_nothing()


async def test_paid_late_it_is_made_if_there_is_one(yard: Yard, sari: Scripted) -> None:
    await yard.orders(sari, "large", "jakarta")
    await yard.later(2 * HOUR)
    await yard.pays(1)
    await sari.hears("Server #1", "sedang dibuat")
    await yard.runs("jakarta")
    await sari.hears("Server #1 sudah jalan")
    assert (await yard.order()).status is OrderStatus.DONE


async def test_paid_late_and_sold_out_the_money_goes_back(yard: Yard, sari: Scripted, budi: Scripted) -> None:
    await yard.orders(sari, "large", "jakarta")
    await yard.later(2 * HOUR)
    await yard.paid(budi, "large", "jakarta")
    await yard.pays(1)
    await sari.hears("#1", "dikembalikan")
    assert (await yard.order()).status is OrderStatus.EXPIRED
    assert [each.given_back for each in yard.shop.xendit.charges.values()] == [0, (await yard.order()).price.amount]


# --- not made: ops decide ---


async def refused(yard: Yard, customer: Scripted, ops: Scripted, why: str = "422 size is unavailable") -> None:
    """Paid, and refused by the provider; everybody knows."""
    yard.singapore.trouble.append(Permanent(why))
    await yard.pays(await yard.orders(customer))
    await customer.hears("server #1", "tidak berhasil dibuat", "14.00 WIB")
    await ops.hears("Server #1", why, "Coba lagi", "Di Jakarta", "Kembalikan uangnya")


async def test_what_was_refused_is_tried_again(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    await refused(yard, customer, ops)
    assert (await yard.server()).status is ServerStatus.FAILED
    buttons = ops.world.messages(ops.chat, None)[-1]
    await ops.presses("Coba lagi")
    await customer.hears("Server #1", "sekali lagi", "10.30 WIB")
    await ops.hears("sedang dicoba lagi")
    await yard.runs()
    await customer.hears("Server #1 sudah jalan")
    assert buttons.text.startswith("🔁")
    assert [each.status for each in await yard.actions()] == [ActionStatus.DONE]


async def test_a_second_press_has_nothing_to_do(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await refused(yard, sari, ops)
    server = await yard.server()
    await ops.presses("Kembalikan uangnya")
    await ops.hears("dilepas")
    for action in ("again-create-1", "refund", "region-jakarta", "region-", "again-", "nonsense", ""):
        await sneaks(yard, ops.chat.replace("telegram:", "telegram-ops:"), f"ops-server:{server.id}:{action}")
    await sneaks(yard, ops.chat.replace("telegram:", "telegram-ops:"), "ops-server:server-9:refund")
    await yard.talk.quiet()
    assert len(yard.singapore.made) + len(yard.jakarta.made) == 0
    assert [each.given_back for each in yard.shop.xendit.charges.values()] == [PRICE]
    assert [text for text in ops.sees() if "tidak ada" in text.casefold()] != []


async def test_only_ops_decide(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await refused(yard, sari, ops)
    server = await yard.server()
    for chat in (sari.chat, "telegram-ops:-999", f"telegram:{yard.talk.played.agents_chat_id}"):
        await sneaks(yard, chat, f"ops-server:{server.id}:refund")
    assert (await yard.server()).status is ServerStatus.FAILED
    assert await yard.server() == server


async def test_it_is_made_in_another_region(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await refused(yard, sari, ops)
    await ops.presses("Di Jakarta")
    await sari.hears("Server #1", "Jakarta")
    await yard.runs("jakarta")
    await sari.hears("Server #1 sudah jalan", "Jakarta")
    server = await yard.server()
    assert server.shelf == "medium@jakarta"
    assert server.provider == "proxmox"
    assert [wanted.size for wanted in yard.jakarta.made] == ["2-15"]


async def test_what_is_sold_out_by_then_is_not_made_there(
    yard: Yard, sari: Scripted, budi: Scripted, ops: Scripted
) -> None:
    await refused(yard, sari, ops)
    before = await yard.server()
    for _ in range(4):  # all that there are
        await yard.orders(budi, "medium", "jakarta")
    await ops.presses("Di Jakarta")
    still = await ops.hears("tidak berhasil dibuat", "Coba lagi", "Kembalikan uangnya")
    assert "Di Jakarta" not in [button.text for row in still.buttons for button in row]
    assert await yard.server() == before
    assert yard.jakarta.made == []


async def test_a_case_can_be_looked_up_with_what_can_be_decided(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await refused(yard, sari, ops)
    await ops.says("/server 1")
    await ops.hears("422 size is unavailable", "Coba lagi", "Di Jakarta", "Kembalikan uangnya")


async def test_the_money_goes_back(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    await refused(yard, customer, ops)
    await ops.presses("Kembalikan uangnya")
    await customer.hears("server #1", "tutup")
    await customer.hears("Rp 266.400", "dikembalikan")
    assert (await yard.order()).status is OrderStatus.CANCELLED
    assert (await yard.server()).status is ServerStatus.CANCELLED
    assert [each.status for each in await yard.actions()] == [ActionStatus.DROPPED]
    assert await yard.balance("order:order-1") == 0
    assert await yard.balance("provider:xendit") == 0


async def test_one_that_never_gets_an_address_is_for_ops(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await yard.paid(sari)
    for _ in range(4):
        await yard.later(timedelta(minutes=8))
    await sari.hears("lebih lama")
    await sari.hears("tidak berhasil dibuat")
    await ops.hears("Server #1", "building", "m-1")
    # It came up after all: trying again is looking again.
    yard.becomes(State.RUNNING, address=HERE)
    await ops.presses("Coba lagi")
    await yard.later()
    await sari.hears("Server #1 sudah jalan")
    assert len(yard.singapore.made) == 1


async def test_one_that_is_stuck_is_not_taken_for_that_in_another_region(
    yard: Yard, sari: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yard.jakarta, "machines", yard.singapore.machines)  # one provider with two regions
    await yard.paid(sari)
    for _ in range(4):
        await yard.later(timedelta(minutes=8))
    await ops.hears("Server #1", "m-1")
    await ops.presses("Di Jakarta")
    await yard.talk.quiet()
    server = await yard.server()
    assert [wanted.name for wanted in yard.jakarta.made] == [f"{server.id}-2"]


async def test_one_that_breaks_while_it_is_made_is_left_behind(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await yard.paid(sari)
    yard.becomes(State.ERROR)
    await yard.later()
    await ops.hears("Server #1", "error")
    await ops.presses("Coba lagi")
    await sari.hears("sekali lagi")
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    server = await yard.server()
    assert [wanted.name for wanted in yard.singapore.made] == [server.id, f"{server.id}-2"]
    assert server.machine == "m-2"


async def test_a_machine_that_turned_up_is_taken_for_the_second_try(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """Created, then time-out, and not in its lists until long after."""
    yard.singapore.trouble.append(lambda cloud, wanted: made_but_lost(cloud, wanted))
    yard.singapore.hides = 1000
    await yard.orders(sari)
    await yard.pays(1)
    await yard.later(timedelta(minutes=31))
    await yard.later(timedelta(minutes=6))
    await ops.hears("Server #1", "Coba lagi")
    await sari.hears("tidak berhasil dibuat")
    yard.singapore.hides = 0
    await ops.presses("Coba lagi")
    await sari.hears("sekali lagi")
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    assert len(yard.singapore.made) == 1


async def test_a_provider_that_is_silent_is_for_ops_in_the_end(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await yard.paid(sari)
    yard.singapore.looking = Retry("503")
    for _ in range(8):
        await yard.later(timedelta(minutes=6))
    await ops.hears("Server #1", "does not answer")
    await sari.hears("tidak berhasil dibuat")
    assert (await yard.server()).status is ServerStatus.FAILED


async def test_after_we_were_away_it_is_looked_at_before_anybody_gives_up(yard: Yard, sari: Scripted) -> None:
    await yard.paid(sari)
    yard.becomes(State.RUNNING, address=HERE)
    await yard.later(timedelta(hours=9))
    await sari.hears("Server #1 sudah jalan")
