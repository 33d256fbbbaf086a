"""Mails: worded and sent when their effect is carried out."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from bot.channels.base import Finding, Level, MediaNotNow, MediaUnavailable
from bot.documents import Documents
from bot.effects import Answer, Done, Later, Refused, Service, answer_to
from bot.settings import Settings
from bot.wording import TextMissing, Texts
from domain.effects import Effect
from domain.messages import Text, unmarked
from handlers.mails import NOT_CONFIGURED, SEND
from services.failures import Permanent
from services.mail.base import Attachment, Mail, Mailer


def build(settings: Settings, now: Callable[[], datetime]) -> Mailer | None:
    """None where no mail server is set. `now` is what mails are dated by."""
    if not settings.smtp_host:
        return None
    from services.mail.smtp import SmtpMailer

    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        sender=settings.mail_from,
        now=now,
    )


async def check(settings: Settings) -> Finding:
    """Whether mails can be sent; the server is asked, and logged in to."""
    if settings.simulate:
        return Finding(Level.FINE, "mail", "played by the simulator (SIMULATE=1)")
    mailer = build(settings, _no_date)
    if mailer is None:
        return Finding(Level.DOUBTFUL, "mail", "off, nobody gets mails: set SMTP_HOST and MAIL_FROM")
    failure = await mailer.check()
    if failure is not None:
        level = Level.WRONG if isinstance(failure, Permanent) else Level.DOUBTFUL
        return Finding(level, "mail", f"{settings.smtp_host}:{settings.smtp_port}: {failure.detail}")
    return Finding(Level.FINE, "mail", f"from {settings.mail_from} through {settings.smtp_host}:{settings.smtp_port}")


def _no_date() -> datetime:
    raise AssertionError("looking sends nothing")


def mail_services(mailer: Mailer | None, texts: Texts, documents: Documents) -> Mapping[str, Service]:
    async def send(effect: Effect) -> Answer:
        if mailer is None:
            return Refused(NOT_CONFIGURED)
        params = effect.params
        try:
            text = msgspec.convert({"key": params["text"], "values": msgspec.json.decode(params["values"])}, Text)
            subject, _, body = unmarked(texts.words(text, params["language"], params["zone"])).partition("\n")
            attachments = [await _attachment(documents, ref) for ref in params["attach"].split()]
        except TextMissing as problem:
            return Refused(f"not worded: {problem}")
        except MediaNotNow as problem:
            return Later(detail=str(problem))
        except MediaUnavailable as problem:
            return Refused(f"no attachment: {problem}")
        failure = await mailer.send(
            Mail(
                key=effect.id,
                to=params["to"],
                subject=subject.strip(),
                text=f"{body.strip()}\n",
                attachments=tuple(attachments),
            )
        )
        return answer_to(failure) if failure is not None else Done()

    return {SEND: send}


async def _attachment(documents: Documents, ref: str) -> Attachment:
    file = await documents.open(ref)
    return Attachment(file.name, file.mime, file.body)
