"""`GET /care`: a small page for a phone's web view that lists the care topics, each opening a chat with its prefilled
text.

The company's app links here with the customer's name, signed; the name is a courtesy in the text, never an identity.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.page_templates import page_template
from bot.wording import Texts
from domain.catalog import Catalog, Topic, clean_name
from domain.localized import words
from domain.messages import Text

VALID_FOR = timedelta(hours=24)
FUTURE = timedelta(minutes=5)
"""The app's clock may be a little ahead of ours."""


def sign(name: str, ts: str, secret: str) -> str:
    """hex HMAC-SHA256 of `name.ts`, as the app makes it."""
    return hmac.new(secret.encode(), f"{name}.{ts}".encode(), hashlib.sha256).hexdigest()


def trusted_name(name: str, ts: str, sig: str, *, secret: str, now: datetime) -> str:
    """The cleaned name if the link is signed and not stale (`ts`: Unix seconds), else nothing."""
    if not secret or not name:
        return ""
    expected = sign(name, ts, secret)
    if not hmac.compare_digest(expected.encode(), sig.lower().encode(errors="replace")):
        return ""
    if not ts.isascii() or not ts.isdigit() or len(ts) > 12:
        return ""
    age = now.timestamp() - int(ts)
    return clean_name(name) if -FUTURE.total_seconds() <= age <= VALID_FOR.total_seconds() else ""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a chat with us is opened. Empty: that channel is off."""

    whatsapp: str = ""
    telegram: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    description: str
    whatsapp: str
    telegram: str


class CarePage:
    def __init__(self, catalog: Catalog, texts: Texts) -> None:
        self._catalog = catalog
        self._texts = texts
        self._template = page_template("care.html")

    def html(self, *, name: str, language: str, links: Links, query: str) -> str:
        """The page. `query` is the signed part of the address, for the link to the other language."""

        def say(key: str) -> str:
            return self._texts.words(Text(key), language)

        groups = [
            (
                words(topic.name, language),
                [self._row(leaf, name, language, links) for leaf in topic.children or (topic,)],
            )
            for topic in self._catalog.topics
        ]
        other = "en" if language == "id" else "id"
        return self._template.render(
            language=language,
            name=name,
            title=say("page-title"),
            greeting=self._texts.words(Text("page-greeting-named", {"name": name}), language)
            if name
            else say("page-greeting"),
            intro=say("page-intro"),
            groups=groups,
            whatsapp=say("page-whatsapp"),
            telegram=say("page-telegram"),
            closed=say("page-closed"),
            open=bool(links.whatsapp or links.telegram),
            other=other,
            other_name=self._texts.words(Text(f"language-{other}"), other),
            other_query=f"{query}{'&' if query else ''}lang={other}",
        )

    def _row(self, topic: Topic, name: str, language: str, links: Links) -> _Row:
        text = self._catalog.prefill_text(topic.id, name, language)
        return _Row(
            name=words(topic.name, language),
            description=words(topic.description, language),
            whatsapp=_with(links.whatsapp, "text", text),
            telegram=_with(links.telegram, "start", f"care_{topic.id}"),
        )


def _with(link: str, name: str, value: str) -> str:
    return f"{link}{'&' if '?' in link else '?'}{name}={quote(value, safe='')}" if link else ""
