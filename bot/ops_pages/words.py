"""The words of the pages for ops, in one language and on one clock, and a log's lines as they are shown."""

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from bot.wording import Texts, say_moment
from domain.messages import Text, Value

_COLOURS = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_PLAIN = re.compile(r"[\x20-\x7e\n\t]*")
_SIZES = ("B", "KB", "MB", "GB", "TB")


class Words:
    def __init__(self, texts: Texts, language: str, zone: str, now: datetime) -> None:
        self._texts = texts
        self._zone = ZoneInfo(zone)
        self.language = language
        self.zone = zone
        self.now = now

    def say(self, key: str, **values: Value) -> str:
        return self._texts.words(Text(key, dict(values)), self.language, self.zone)

    def moment(self, at: datetime) -> str:
        """With the day of the week, the year and the zone."""
        return say_moment(at, "moment", self.language, self.zone)

    def when(self, at: datetime) -> str:
        """Short: the time of today; else the day with it."""
        local, today = at.astimezone(self._zone), self.now.astimezone(self._zone)
        time = self.clock(at)
        if local.date() == today.date():
            return time
        day = format_date(local, "d MMM" if local.year == today.year else "d MMM y", locale=self.language)
        return f"{day}, {time}"

    def clock(self, at: datetime) -> str:
        pattern = "HH.mm" if self.language == "id" else "HH:mm"
        return format_time(at.astimezone(self._zone), pattern, locale=self.language)

    def number(self, count: int) -> str:
        return format_decimal(count, locale=self.language)

    def size(self, count: int) -> str:
        """Of bytes, by thousands."""
        value, unit = float(count), 0
        while value >= 1000 and unit < len(_SIZES) - 1:
            value, unit = value / 1000, unit + 1
        places = "#,##0" if value >= 10 else "#,##0.#"
        return f"{format_decimal(value, format=places, locale=self.language)} {_SIZES[unit]}"


def visible(text: str) -> str:
    """A log's words without colours, and with what would hide or turn text written out: `\\u202e` is six characters."""
    text = _COLOURS.sub("", text).replace("\r\n", "\n")
    if _PLAIN.fullmatch(text):
        return text
    return "".join(each if each in "\n\t" or not _hides(each) else _written(each) for each in text)


def _hides(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _written(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
