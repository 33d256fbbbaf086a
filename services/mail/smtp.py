"""Mail by SMTP, a connection a mail: TLS from the start at port 465, STARTTLS elsewhere.

Passwords and mails never go over a network in clear: STARTTLS is demanded but on this machine itself.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
)

from services.failures import Failure, Permanent, Retry, Unknown
from services.mail.base import Mail

IMPLICIT_TLS = 465
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
STEP = 20.0  # seconds for one command
TOTAL = 45.0
FORM = policy.SMTP.clone(cte_type="7bit")


class SmtpMailer:
    """`sender` as in From: `Sahut <sahut@example.com>`. `now` is what the mails are dated by."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        sender: str,
        now: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._from = sender
        self._address = parseaddr(sender)[1]
        self._now = now
        self._tls = tls

    async def check(self) -> Failure | None:
        client = self._client()
        try:
            async with asyncio.timeout(TOTAL):
                await client.connect()
        except (SMTPException, OSError, TimeoutError) as problem:
            return _failed(problem, handed_over=False)
        finally:
            await _goodbye(client)
        return None

    async def send(self, mail: Mail) -> Failure | None:
        if not mail.to.isascii():
            return Permanent("an address beyond ASCII, which mail servers do not take")
        try:
            message = self._message(mail)
        except (ValueError, MessageError) as problem:
            return Permanent(f"not a mail: {type(problem).__name__}")
        handed_over = False
        client = self._client()
        try:
            async with asyncio.timeout(TOTAL):
                await client.connect()
                await client.mail(self._address)
                await client.rcpt(mail.to)
                handed_over = True
                await client.data(message)
        except (SMTPException, OSError, TimeoutError, ValueError) as problem:
            return _failed(problem, handed_over=handed_over)
        finally:
            await _goodbye(client)
        return None

    def _client(self) -> SMTP:
        implicit = self._port == IMPLICIT_TLS
        return SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user or None,
            password=self._password or None,
            local_hostname=self._address.rpartition("@")[2] or "localhost",
            timeout=STEP,
            use_tls=implicit,
            # None: where the server offers it.
            start_tls=False if implicit else None if self._host in THIS_MACHINE else True,
            tls_context=self._tls,
        )

    def _message(self, mail: Mail) -> bytes:
        message = EmailMessage(policy=FORM)
        message["From"] = self._from
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._now())
        key = hashlib.sha256(mail.key.encode()).hexdigest()[:40]
        message["Message-ID"] = f"<{key}@{self._address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
        message.set_content(mail.text)
        for each in mail.attachments:
            kind, _, form = each.mime.partition(";")[0].partition("/")
            parameters = dict(part.strip().split("=", 1) for part in each.mime.split(";")[1:] if "=" in part)
            message.add_attachment(each.body, maintype=kind, subtype=form, filename=each.name, params=parameters)
        return message.as_bytes()


def _failed(problem: Exception, *, handed_over: bool) -> Failure:
    """`handed_over`: DATA was begun, and the mail may be on its way."""
    detail = type(problem).__name__
    match problem:
        case SMTPResponseException():
            return _refused(problem)
        case SMTPNotSupported():
            return Permanent(f"the mail server does not take it so: {detail}")
        case SMTPConnectError() if isinstance(problem.__cause__, ssl.SSLCertVerificationError):
            return Permanent("the mail server's certificate is not valid")
        case ssl.SSLCertVerificationError():
            return Permanent("the mail server's certificate is not valid")
        case SMTPException() if type(problem) is SMTPException and "STARTTLS" in problem.message:
            return Permanent("the mail server offers no TLS: nothing is sent to it over a network in clear")
    return Unknown(detail) if handed_over else Retry(detail)


def _refused(refused: SMTPResponseException) -> Failure:
    detail = f"{type(refused).__name__} {refused.code}"
    if 400 <= refused.code < 500:
        return Retry(detail)
    if isinstance(refused, SMTPAuthenticationError):
        return Permanent(f"{detail}: the mail server does not accept SMTP_USER and SMTP_PASSWORD")
    return Permanent(detail)


async def _goodbye(client: SMTP) -> None:
    """Politely where that is possible; the connection is closed in any case."""
    if client.is_connected:
        with suppress(SMTPException, OSError, TimeoutError):
            await client.quit(timeout=2)
    client.close()
