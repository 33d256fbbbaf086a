"""Mailboxes: what was mailed, by recipient, and the SMTP server that takes it.

For the page and tests in other processes:
  GET /sim/mails?to=ADDRESS    {"mails": [Mail, ..]}, oldest first; without `to` everybody's; also in the state, "mails"
  event `mail`                 one Mail, new or come once more
A Mail: {"id", "at" (ISO, business clock), "to", "from", "subject", "text", "times", "attachments": [{"url", "type",
"name"}]}. `times`: how often it came: one Message-ID to one recipient is one mail, as mail programs show it.
Faults (provider "smtp", method "send", `chat` a recipient): "4xx" and "5xx" refuse, "cut" takes the mail and hangs up
without an answer, "silence" takes nothing and says nothing, "slow" takes it late.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulator.faults import Fault, Faults
from simulator.model import Json
from simulator.world import World

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns at every login of what it will remove one day

LARGEST = 25 * 1024 * 1024
KEPT = 5000
DEMANDED = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
NOBODY = ".invalid"
"""Nobody has a mailbox at such a domain (RFC 2606)."""


@dataclass(slots=True)
class Mail:
    """One mail in one mailbox."""

    id: str
    at: datetime
    to: str
    sender: str
    subject: str
    text: str
    message_id: str
    attachments: list[Json]
    times: int = 1

    def to_json(self) -> Json:
        """As the page sees it."""
        shown = asdict(self) | {"at": self.at.isoformat(), "from": self.sender}
        del shown["sender"]
        return shown


class Mailboxes:
    """Everybody has one. Mails are kept oldest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.mails: list[Mail] = []

    def kept(self) -> list[Mail]:
        """What lasts over a restart."""
        return self.mails

    def take_up(self, kept: list[Mail]) -> None:
        """What was kept."""
        self.mails = kept

    def routes(self) -> list[web.RouteDef]:
        """The control API's."""
        return [web.get("/sim/mails", self._list)]

    def of(self, address: str) -> list[Mail]:
        """What lies in somebody's mailbox; upper and lower case are one."""
        return [mail for mail in self.mails if mail.to.casefold() == address.casefold()]

    def deliver(
        self,
        to: Iterable[str],
        sender: str,
        subject: str,
        text: str,
        message_id: str,
        attachments: Iterable[tuple[str, str, bytes]] = (),
    ) -> None:
        """Puts a mail into each recipient's mailbox; attachments are name, type and bytes."""
        stored = [self._world.media.put(data, type_, name, "document") for name, type_, data in attachments]
        for address in to:
            mail = next((one for one in self.of(address) if one.message_id == message_id), None)
            if mail is not None:
                mail.times += 1
            else:
                files = [one.to_json() for one in stored]
                now = self._world.now()
                mail = Mail(secrets.token_hex(8), now, address, sender, subject, text, message_id, files)
                self.mails.append(mail)
                del self.mails[:-KEPT]
            self._world.feed.publish("mail", mail.to_json)

    def to_json(self, address: str = "") -> list[Json]:
        """One mailbox, or all of them."""
        return [mail.to_json() for mail in (self.of(address) if address else self.mails)]

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"mails": self.to_json(request.query.get("to", ""))})


class MailServer:
    """SMTP on a port of its own. `hostname` and `port` are set by `start`."""

    def __init__(self, mailboxes: Mailboxes, world: World, faults: Faults, stopping: asyncio.Event) -> None:
        self._mailboxes = mailboxes
        self._config = world.config
        self._faults = faults
        self._stopping = stopping
        self._server: asyncio.Server | None = None
        self._lines: list[SMTP] = []
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listens; 0 is any free port. Raises OSError if the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(self._line, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up on everybody."""
        if self._server is None:
            return
        self._server.close()
        for line in self._lines:
            if line.transport is not None:
                _hang_up(line)
        await self._server.wait_closed()

    def _line(self) -> SMTP:
        self._lines = [line for line in self._lines if line.transport is not None and not line.transport.is_closing()]
        line = SMTP(
            self,
            data_size_limit=LARGEST,
            hostname="mail.sahut.example",
            ident="simulated",
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._lines.append(line)
        return line

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        wanted = LoginPassword(self._config.smtp_user.encode(), self._config.smtp_password.encode())
        right = isinstance(given, LoginPassword) and hmac.compare_digest(
            b"\0".join((given.login, given.password)), b"\0".join((wanted.login, wanted.password))
        )
        return AuthResult(success=right, handled=False)

    # aiosmtpd calls these by their names

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Nobody sends without having logged in, nor as somebody else."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address.casefold() != self._config.smtp_from.casefold():
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A mailbox must be possible."""
        name, at, domain = address.rpartition("@")
        if not (name and at and "." in domain) or domain.casefold().endswith(NOBODY):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Takes the mail, or does what was asked to go wrong."""
        fault = next(filter(None, (self._faults.take("smtp", "send", to) for to in envelope.rcpt_tos)), None)
        if fault is not None and (refused := await self._spoil(server, fault)):
            return refused
        answer = self._take(envelope)
        if fault is not None and fault.kind == "cut":
            _hang_up(server)
            raise asyncio.CancelledError
        return answer

    async def _spoil(self, server: SMTP, fault: Fault) -> str:
        """The refusal; empty where the mail is taken all the same."""
        match fault.kind:
            case "4xx":
                return "451 4.7.0 Try again later"
            case "5xx":
                return "554 5.7.1 Message rejected as spam"
            case "slow":
                await self._sleep(fault.pause)
            case "silence":
                await self._sleep(fault.seconds or 3600.0)
                _hang_up(server)
                raise asyncio.CancelledError
        return ""

    def _take(self, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        head = content.partition(b"\r\n\r\n")[0]
        message = message_from_bytes(content, policy=policy.default)
        missing = [name for name in DEMANDED if len(message.get_all(name, [])) != 1]
        if missing or not head.isascii() or not isinstance(message, EmailMessage):
            log.warning("smtp refused a mail: %s", missing or "bytes that are not ASCII in its head")
            return f"550 5.7.1 Messages must have {', '.join(missing) or 'an ASCII head'} (RFC 5322)"
        if parseaddr(str(message["From"]))[1].casefold() != (envelope.mail_from or "").casefold():
            return "550 5.7.1 From and the envelope's sender differ"
        body = message.get_body(("plain", "html"))
        files = [
            (part.get_filename() or "file", part.get_content_type(), part.get_payload(decode=True) or b"")
            for part in message.iter_attachments()
        ]
        self._mailboxes.deliver(
            envelope.rcpt_tos,
            str(message["From"]),
            str(message["Subject"]),
            str(body.get_content()).replace("\r\n", "\n") if body is not None else "",
            str(message["Message-ID"]),
            [(name, type_, data) for name, type_, data in files if isinstance(data, bytes)],
        )
        return "250 2.0.0 OK"

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _hang_up(line: SMTP) -> None:
    if isinstance(line.transport, asyncio.WriteTransport):
        line.transport.abort()
