"""Words: the Fluent texts in `bot/texts` with their values by language and zone, and messages worded for a channel."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_currency_symbol
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number

from bot.channels.base import Channel, Content, Option, Part, Worded
from domain.catalog import Catalog
from domain.messages import Outgoing, Text, Value, marked
from domain.money import EXPONENTS, Money

TEXTS = Path(__file__).parent / "texts"
DEFAULT = "id"
ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
"""Babel would write +0700."""


class TextMissing(Exception):
    """There is no such key, or a value it needs was not given."""


@lru_cache(maxsize=16)
def _bundle(language: str, source: str) -> FluentBundle:
    """A second to read in all, and the same for everybody who asks in this process."""
    bundle = FluentBundle([language], use_isolating=False)
    # Our own *bold* becomes marks before any value is put in, so that a value's asterisk stays an asterisk.
    bundle.add_resource(FluentResource("\n".join(marked(line) for line in source.split("\n"))))
    return bundle


class Texts:
    """All languages' texts. Raises TextMissing for an unknown key or a missing value: at send time that is a
    permanent failure, told to ops.
    """

    def __init__(self, folder: Path = TEXTS, zone: str = "Asia/Jakarta") -> None:
        self._zone = zone
        self._bundles: dict[str, FluentBundle] = {}
        self._fixed: dict[tuple[str, str], str] = {}
        for path in sorted(folder.glob("*.ftl")):
            self._bundles[path.stem] = _bundle(path.stem, path.read_text(encoding="utf-8"))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._bundles)

    def vocabulary(self, key: str) -> frozenset[str]:
        """The comma-separated words of a text in every language, lower case."""
        words = ",".join(self.words(Text(key), language) for language in self._bundles)
        return frozenset(word.strip().casefold() for word in words.split(",") if word.strip())

    def label(self, text: Text, language: str) -> str:
        return self.words(text, language)

    def words(self, text: Text, language: str, zone: str = "") -> str:
        """The words of a text. `zone` is the reader's time zone; empty: the business's."""
        if text.key == "literal" and "text" in text.values:
            return str(text.values["text"])
        if text.values:
            return self._format(text, language, zone)
        fixed = self._fixed.get((text.key, language))
        if fixed is None:
            fixed = self._fixed[text.key, language] = self._format(text, language, zone)
        return fixed

    def _format(self, text: Text, language: str, zone: str) -> str:
        bundle = self._bundles.get(language) or self._bundles[DEFAULT]
        if not bundle.has_message(text.key):
            raise TextMissing(text.key)
        pattern = bundle.get_message(text.key).value
        if pattern is None:
            raise TextMissing(text.key)
        values = {name: self._given(value, language, zone) for name, value in text.values.items()}
        words, errors = bundle.format_pattern(pattern, values)
        if errors:
            raise TextMissing(f"{text.key}: {errors[0]}")
        return str(words)

    def _given(self, value: Value, language: str, zone: str) -> object:
        """As a text takes it: it may choose its words by a whole number."""
        if isinstance(value, int):
            return fluent_number(value, useGrouping=False)
        return self.value(value, language, zone)

    def value(self, value: Value, language: str, zone: str) -> str:
        """A text's value in words. Numbers of cases and the like are names, not quantities: no thousands separator."""
        if isinstance(value, tuple):
            return "\n".join(self.words(each, language, zone) for each in value)
        if not isinstance(value, Mapping):
            return str(value)
        if "moment" in value:
            return say_moment(
                datetime.fromisoformat(str(value["moment"])), str(value["style"]), language, zone or self._zone
            )
        if "amount" in value:
            return say_money(Money(int(value["amount"]), str(value["currency"])), language)
        if "text" in value:
            return self.words(Text(str(value["text"])), language, zone)
        raise TextMissing(f"a value of an unknown kind: {sorted(value)}")


def say_moment(at: datetime, style: str, language: str, zone: str) -> str:
    """A point in time on the reader's clock, with the zone's name: Sen, 23 Nov 2026, 09.00 WIB."""
    local = at.astimezone(ZoneInfo(zone))
    day = format_date(local, "EEE, d MMM y", locale=language)
    if style == "day":
        return day
    name = ZONE_NAMES.get(zone) or local.tzname() or zone
    time = f"{format_time(local, 'HH.mm' if language == 'id' else 'HH:mm', locale=language)} {name}"
    return time if style == "time" else f"{day}, {time}"


def say_money(money: Money, language: str) -> str:
    """An amount as it is written: Rp 150.000, -US$ 12.50. Rupiah has no minor unit on screen (the business)."""
    places = EXPONENTS[money.currency]
    number = format_decimal(
        Decimal(abs(money.amount)).scaleb(-places),
        format="#,##0." + "0" * places if places else "#,##0",
        locale=language,
    )
    minus = "-" if money.amount < 0 else ""
    return f"{minus}{get_currency_symbol(money.currency, locale=language)} {number}"


class Renderer:
    """From a message in the outbox to a channel's provider calls."""

    def __init__(self, texts: Texts, catalog: Catalog) -> None:
        self._texts = texts
        self._catalog = catalog

    def has_template(self, message: Outgoing) -> bool:
        """Whether the message can go outside the 24-hour window."""
        content = self._catalog.content(message.say.text.key, message.language)
        return content is not None and content.approved

    def words(self, message: Outgoing) -> str:
        """What the message says, for a transcript."""
        return self._texts.words(message.say.text, message.language, message.zone)

    def parts(self, channel: Channel, message: Outgoing) -> list[Part]:
        """Raises TextMissing, ValueError."""
        say = message.say
        content = self._catalog.content(say.text.key, message.language) if message.sender == "whatsapp" else None
        worded = Worded(
            to=message.to,
            text=self._texts.words(say.text, message.language, message.zone),
            options=tuple(
                Option(each.id, self._texts.words(each.label, message.language, message.zone), each.url)
                for each in say.choices
            ),
            list_button=self._texts.words(Text("label-list"), message.language),
            numbers_hint=self._texts.words(Text("numbers-hint"), message.language),
            media=say.media,
            location=say.location,
            edit=say.edit,
            content=Content(content.sid, content.variables, content.approved) if content else None,
            content_values=self._content_values(message, content.variables) if content else (),
            use_template=message.template_tried,
        )
        return channel.render(worded)

    def _content_values(self, message: Outgoing, variables: tuple[str, ...]) -> tuple[str, ...]:
        values = message.say.text.values
        missing = [name for name in variables if name not in values]
        if missing:
            raise TextMissing(f"{message.say.text.key}: the template wants {', '.join(missing)}")
        return tuple(self._texts.value(values[name], message.language, message.zone) for name in variables)
