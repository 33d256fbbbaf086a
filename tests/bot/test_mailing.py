"""Mails where there is nobody to send them, and what becomes of a mail that cannot be worded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.build import open_storage
from bot.catalog import load_catalog
from bot.documents import Documents
from bot.effects import Answer, Done, Later, Refused
from bot.mailing import build, mail_services
from bot.settings import Settings
from bot.wording import Texts
from domain.effects import Effect
from handlers.mails import NOT_CONFIGURED, SEND
from services.failures import Failure, Unknown
from services.mail.base import Mail, Mailer


class Box:
    """Keeps what it is given, or fails."""

    def __init__(self, failure: Failure | None = None) -> None:
        self.mails: list[Mail] = []
        self._failure = failure

    async def check(self) -> Failure | None:
        return None

    async def send(self, mail: Mail) -> Failure | None:
        self.mails.append(mail)
        return self._failure


async def sent(folder: Path, mailer: Mailer | None, **given: str) -> Answer:
    params = {"to": "budi@example.com", "language": "id", "zone": "", "text": "welcome", "values": "{}", "attach": ""}
    effect = Effect(
        id="turn-7-mail-1", name=SEND, record="order-5", conversation="mails:order-5", params=params | given
    )
    storage = open_storage(Settings(database_url=f"sqlite:///{folder / 'sahut.db'}"))
    await storage.open()
    texts = Texts()
    documents = Documents(storage, texts, load_catalog(Path("catalog.toml")), Settings())
    try:
        return await mail_services(mailer, texts, documents)[SEND](effect)
    finally:
        await storage.close()


async def test_where_no_mail_is_set_up_it_is_refused_and_says_so(tmp_path: Path) -> None:
    settings = Settings()
    assert build(settings, lambda: datetime(2026, 11, 21, tzinfo=UTC)) is None
    assert await sent(tmp_path, None) == Refused(NOT_CONFIGURED)


async def test_the_first_line_is_the_subject_and_nothing_is_marked_up(tmp_path: Path) -> None:
    box = Box()
    assert await sent(tmp_path, box) == Done()
    (mail,) = box.mails
    assert mail.key == "turn-7-mail-1"
    assert mail.subject == "Halo! 👋 Selamat datang di IKI Care. Apa yang bisa kami bantu?"
    assert mail.text == "Pilih topik di bawah, atau tulis saja kendala Anda.\n"


async def test_a_mail_that_may_have_gone_out_is_sent_again_under_the_same_key(tmp_path: Path) -> None:
    assert await sent(tmp_path, Box(Unknown("SMTPServerDisconnected"))) == Later(detail="SMTPServerDisconnected")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "no-such-text"}, "not worded: no-such-text"),
        ({"text": "mail-receipt"}, "not worded: mail-receipt"),
        ({"attach": "receipt/order-5"}, "no attachment: no such order"),
        ({"attach": "receipt"}, "no attachment"),
    ],
)
async def test_what_cannot_be_sent_says_why(tmp_path: Path, given: dict[str, str], said: str) -> None:
    box = Box()
    answer = await sent(tmp_path, box, **given)
    assert isinstance(answer, Refused)
    assert said in answer.error
    assert box.mails == []
