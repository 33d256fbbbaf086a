"""What a mail service does for us."""

from dataclasses import dataclass
from typing import Protocol

from services.failures import Failure


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    mime: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`key` becomes the Message-ID, so that a mail sent twice is seen to be one. `text` is plain text."""

    key: str
    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    async def send(self, mail: Mail) -> Failure | None: ...

    async def check(self) -> Failure | None:
        """Whether it can be used as it is set up. Sends nothing."""
