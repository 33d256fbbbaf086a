"""How grave a line of a log is, and what it says: the parts that every format has."""

from datetime import datetime
from enum import IntEnum

from msgspec import Struct


class Level(IntEnum):
    TRACE = 10
    DEBUG = 20
    INFO = 30
    NOTICE = 35
    WARNING = 40
    ERROR = 50
    CRITICAL = 60


class Line(Struct, frozen=True, kw_only=True):
    """`level`, `at` None: the line does not say. `at` is aware, UTC. `thread` tells lines of one writer from others'
    between them; empty: the line does not say. `message` is what is left. `span`: the characters of the line that hold
    its time, if they alone do.
    """

    message: str
    level: Level | None = None
    at: datetime | None = None
    thread: str = ""
    span: tuple[int, int] | None = None


_WORDS: dict[str, Level] = {
    word: level
    for level, words in {
        Level.TRACE: "trace trce verbose finest finer v t",
        Level.DEBUG: "debug dbug dbg fine config d",
        Level.INFO: "info information informational inf i log default",
        Level.NOTICE: "notice",
        Level.WARNING: "warning warn wrn w",
        Level.ERROR: "error err eror severe fail e",
        Level.CRITICAL: "critical crit fatal ftl alert emerg emergency panic dpanic f c a",
    }.items()
    for word in words.split()
}
_NUMBERS = {10: Level.TRACE, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARNING, 50: Level.ERROR, 60: Level.CRITICAL}
"""As pino has them."""
SEVERITIES = (
    *(Level.CRITICAL, Level.CRITICAL, Level.CRITICAL, Level.ERROR),
    *(Level.WARNING, Level.NOTICE, Level.INFO, Level.DEBUG),
)
"""By syslog's severity, RFC 5424."""


def level_of(word: str) -> Level | None:
    """By its name, in any case, or by its number as syslog's severities (0 to 7) and pino's (10 to 60) go. What Go's
    slog has between two (`ERROR+2`) is the lower one.
    """
    level = _WORDS.get(word)
    if level is not None:
        return level
    if word.isascii() and word.isdigit():
        number = int(word[:3])
        return SEVERITIES[number] if number < len(SEVERITIES) else _NUMBERS.get(number)
    return _WORDS.get(word.strip("[]<>() ").partition("+")[0].casefold())


NAMES = (
    r"(?:TRACE|VERBOSE|DEBUG|FINE(?:R|ST)?|CONFIG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?"
    r"|ERR(?:OR)?|EROR|SEVERE|CRIT(?:ICAL)?|FATAL|ALERT|EMERG(?:ENCY)?|PANIC)"
)
"""A regular expression of the names that stand in lines of text, in upper case."""
