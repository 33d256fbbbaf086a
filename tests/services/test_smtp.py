"""Mail as it is handed over: to the simulator's strict mail server, and to one with TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.failures import Permanent, Retry, Unknown
from services.mail import smtp
from services.mail.base import Attachment, Mail
from services.mail.smtp import SmtpMailer
from simulator.server import Simulator

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MAIL = Mail(
    key="turn-7-mail-1",
    to="budi@example.com",
    subject="Pesanan Anda ✅ — sesi “Python” dengan Andi, hari Senin, 23 November 2026 pukul 09.00 WIB",
    text="Halo Budi 👋\n\nSesi Anda: Senin.\n.\nSampai jumpa!\n",
    attachments=(
        Attachment("kuitansi.pdf", "application/pdf", b"%PDF-1.4 \x00\xff"),
        Attachment("undangan.ics", "text/calendar; charset=utf-8; method=REQUEST", b"BEGIN:VCALENDAR\r\n"),
    ),
)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    sim = Simulator()
    await sim.start()
    yield sim
    await sim.stop()


def mailer(sim: Simulator, **given: Any) -> SmtpMailer:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": sim.smtp.port,
        "user": sim.config.smtp_user,
        "password": sim.config.smtp_password,
        "sender": f"Sahut Mentoring <{sim.config.smtp_from}>",
        "now": lambda: NOW,
    }
    return SmtpMailer(**(values | given))


async def test_a_mail_arrives_as_it_was_written(sim: Simulator) -> None:
    assert await mailer(sim).send(MAIL) is None
    (mail,) = sim.mailboxes.of("budi@example.com")
    assert (mail.subject, mail.text) == (MAIL.subject, MAIL.text)
    assert mail.sender == "Sahut Mentoring <sahut@sahut.example>"
    kinds = [(file["name"], file["type"]) for file in mail.attachments]
    assert kinds == [("kuitansi.pdf", "application/pdf"), ("undangan.ics", "text/calendar")]
    stored = [sim.world.media.get(file["url"].rpartition("/")[2]) for file in mail.attachments]
    assert [file.data for file in stored if file] == [each.body for each in MAIL.attachments]


async def test_a_mail_sent_twice_is_one_mail(sim: Simulator) -> None:
    await mailer(sim).send(MAIL)
    await mailer(sim).send(MAIL)
    await mailer(sim).send(replace(MAIL, key="turn-7-mail-2"))
    assert [mail.times for mail in sim.mailboxes.of("budi@example.com")] == [2, 1]
    assert all(mail.message_id.endswith("@sahut.example>") for mail in sim.mailboxes.mails)


@pytest.mark.parametrize(
    ("kind", "answer", "arrived"),
    [
        ("4xx", Retry("SMTPDataError 451"), 0),
        ("5xx", Permanent("SMTPDataError 554"), 0),
        ("cut", Unknown("SMTPServerDisconnected"), 1),
    ],
)
async def test_what_goes_wrong_after_data(sim: Simulator, kind: str, answer: object, arrived: int) -> None:
    sim.faults.add("smtp", "send", kind)
    assert await mailer(sim).send(MAIL) == answer
    assert len(sim.mailboxes.of("budi@example.com")) == arrived
    assert await mailer(sim).send(MAIL) is None
    assert len(sim.mailboxes.of("budi@example.com")) == 1


async def test_silence_ends(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP", 0.2)
    sim.faults.add("smtp", "send", "silence")
    assert await mailer(sim).send(MAIL) == Unknown("SMTPReadTimeoutError")


async def test_a_look_sends_nothing(sim: Simulator) -> None:
    assert await mailer(sim).check() is None
    assert isinstance(await mailer(sim, password="wrong").check(), Permanent)
    assert sim.mailboxes.mails == []
    await sim.stop()
    assert await mailer(sim).check() == Retry("SMTPConnectError")


async def test_nobody_listens(sim: Simulator) -> None:
    await sim.stop()
    assert await mailer(sim).send(MAIL) == Retry("SMTPConnectError")


async def test_a_wrong_password_says_which_settings_to_mend(sim: Simulator) -> None:
    answer = await mailer(sim, password="wrong-password").send(MAIL)
    assert isinstance(answer, Permanent)
    assert "SMTP_PASSWORD" in answer.detail
    assert "wrong-password" not in answer.detail


@pytest.mark.parametrize("to", ["budi@nowhere.invalid", "budi", "böd@example.com"])
async def test_an_address_that_cannot_be(sim: Simulator, to: str) -> None:
    assert isinstance(await mailer(sim).send(replace(MAIL, to=to)), Permanent)


async def test_a_subject_cannot_bring_headers_of_its_own(sim: Simulator) -> None:
    answer = await mailer(sim).send(replace(MAIL, subject="Halo\r\nBcc: everybody@example.com"))
    assert isinstance(answer, Permanent)
    assert sim.mailboxes.mails == []


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1's name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


class Post:
    """Takes mails, by STARTTLS or by TLS from the start, and notes whether each came encrypted."""

    def __init__(self, certificate: Path | None) -> None:
        self.came: list[bool] = []
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate)

    async def start(self, *, implicit: bool = False) -> int:
        loop = asyncio.get_running_loop()

        def line() -> Server:
            return Server(
                self,
                tls_context=None if implicit else self._tls,
                auth_require_tls=not implicit and self._tls is not None,
                authenticator=lambda *_: AuthResult(success=True),
                loop=loop,
            )

        self.server = await loop.create_server(line, "127.0.0.1", 0, ssl=self._tls if implicit else None)
        return int(self.server.sockets[0].getsockname()[1])

    async def handle_DATA(self, server: Server, session: Any, envelope: Any) -> str:
        line = server.transport
        self.came.append(line is not None and line.get_extra_info("sslcontext") is not None)
        return "250 OK"


def client(port: int, trusted: Path | None, host: str = "localhost") -> SmtpMailer:
    context = ssl.create_default_context(cafile=trusted)
    return SmtpMailer(
        host=host, port=port, user="u", password="p", sender="sahut@sahut.example", now=lambda: NOW, tls=context
    )


async def test_starttls_is_used_where_it_is_offered(certificate: Path) -> None:
    post = Post(certificate)
    port = await post.start()
    assert await client(port, certificate).send(MAIL) is None
    assert post.came == [True]
    post.server.close()


async def test_tls_from_the_start(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(certificate)
    port = await post.start(implicit=True)
    monkeypatch.setattr(smtp, "IMPLICIT_TLS", port)
    assert await client(port, certificate).send(MAIL) is None
    assert post.came == [True]
    post.server.close()


async def test_a_certificate_of_a_stranger_is_not_trusted(certificate: Path) -> None:
    post = Post(certificate)
    port = await post.start()
    assert isinstance(await client(port, None).send(MAIL), Permanent)
    assert post.came == []
    post.server.close()


async def test_no_password_goes_over_a_network_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(None)
    port = await post.start()
    monkeypatch.setattr(smtp, "THIS_MACHINE", frozenset())
    assert isinstance(await client(port, None).send(MAIL), Permanent)
    assert post.came == []
    post.server.close()
