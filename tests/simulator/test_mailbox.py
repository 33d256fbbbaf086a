"""The played mail server refuses what real ones refuse, and everybody sees their own mailbox."""

import asyncio
from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from simulator.server import Simulator
from tests.simulator.actors import Json


def mail(sim: Simulator, to: str = "budi@example.com", **headers: str) -> EmailMessage:
    message = EmailMessage()
    values = {
        "From": f"Sahut <{sim.config.smtp_from}>",
        "To": to,
        "Subject": "Pesanan Anda",
        "Date": "Sat, 21 Nov 2026 03:00:00 +0000",
        "Message-ID": "<1@sahut.example>",
    }
    for name, value in (values | headers).items():
        if value:
            message[name] = value
    message.set_content("Halo Budi, sesi Anda sudah dijadwalkan. Terima kasih!")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="kuitansi.pdf")
    return message


async def send(sim: Simulator, message: EmailMessage, **login: Any) -> None:
    known = {"username": sim.config.smtp_user, "password": sim.config.smtp_password}
    await aiosmtplib.send(message, hostname="127.0.0.1", port=sim.smtp.port, timeout=5, **(known | login))


async def mails(sim: Simulator, session: aiohttp.ClientSession, to: str) -> list[Json]:
    async with session.get(f"{sim.url}/sim/mails", params={"to": to}) as response:
        found: list[Json] = (await response.json())["mails"]
        return found


async def test_a_mail_lies_in_its_mailbox(sim: Simulator, session: aiohttp.ClientSession) -> None:
    await send(sim, mail(sim))
    (found,) = await mails(sim, session, "Budi@example.com")
    assert (found["subject"], found["times"]) == ("Pesanan Anda", 1)
    assert found["text"] == "Halo Budi, sesi Anda sudah dijadwalkan. Terima kasih!\n"
    assert found["from"] == "Sahut <sahut@sahut.example>"
    (file,) = found["attachments"]
    assert (file["name"], file["type"]) == ("kuitansi.pdf", "application/pdf")
    async with session.get(sim.url + file["url"]) as response:
        assert await response.read() == b"%PDF-"
    assert await mails(sim, session, "sari@example.com") == []
    assert sim.control.state()["mails"] == [found]


async def test_the_same_message_id_is_one_mail(sim: Simulator, session: aiohttp.ClientSession) -> None:
    await send(sim, mail(sim))
    await send(sim, mail(sim))
    (found,) = await mails(sim, session, "budi@example.com")
    assert found["times"] == 2


@pytest.mark.parametrize("header", ["Date", "Message-ID", "Subject"])
async def test_a_mail_without_its_headers_is_refused(sim: Simulator, header: str) -> None:
    with pytest.raises(aiosmtplib.SMTPDataError, match=header):
        await send(sim, mail(sim, **{header: ""}))
    assert sim.mailboxes.mails == []


async def test_who_has_not_logged_in_sends_nothing(sim: Simulator) -> None:
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await send(sim, mail(sim), password="wrong")
    with pytest.raises(aiosmtplib.SMTPSenderRefused):
        await send(sim, mail(sim), username=None, password=None)
    with pytest.raises(aiosmtplib.SMTPSenderRefused):
        await send(sim, mail(sim, From="ceo@bank.example"))


async def test_nobody_lives_at_an_invalid_domain(sim: Simulator) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(sim, mail(sim, to="budi@nowhere.invalid"))


async def test_faults(sim: Simulator) -> None:
    sim.faults.add("smtp", "send", "4xx", chat="budi@example.com")
    await send(sim, mail(sim, to="sari@example.com"))
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(sim, mail(sim))
    assert refused.value.code == 451
    sim.faults.add("smtp", "send", "5xx")
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(sim, mail(sim))
    assert refused.value.code == 554
    assert sim.mailboxes.of("budi@example.com") == []
    sim.faults.add("smtp", "send", "cut")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sim, mail(sim))
    assert len(sim.mailboxes.of("budi@example.com")) == 1
    sim.faults.add("smtp", "send", "silence", seconds=0.01)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sim, mail(sim, **{"Message-ID": "<2@sahut.example>"}))
    assert len(sim.mailboxes.of("budi@example.com")) == 1


async def test_the_page_hears_of_a_mail(sim: Simulator) -> None:
    heard = sim.world.feed.subscribe()
    await send(sim, mail(sim))
    event = await asyncio.wait_for(heard.get(), 30)
    assert event is not None
    assert event.startswith(b"event: mail\n")
    assert b'"to": "budi@example.com"' in event


async def test_a_stop_hangs_up(sim: Simulator) -> None:
    sim.faults.add("smtp", "send", "silence")
    sending = asyncio.create_task(send(sim, mail(sim)))
    await sim.world.wait(lambda: not sim.faults.list())
    await sim.stop()
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await sending
