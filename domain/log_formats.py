"""The formats of lines of text: where their level, time, thread and message stand."""

import re
from typing import Any, Protocol

from domain.log_json import Json, Logfmt
from domain.log_levels import NAMES, SEVERITIES, Level, Line, level_of
from domain.log_times import ISO, MONTH, When, moment


class Format(Protocol):
    """`match` gives what the other two read, or None where a line is not of this format."""

    def match(self, text: str) -> Any | None: ...

    def level(self, found: Any) -> Level | None: ...

    def line(self, found: Any, when: When) -> Line: ...

    def wraps(self, found: Any) -> bool:
        """Whether the message is what a program wrote, which may have a level and a time of its own."""
        ...


class ByPattern:
    """By a verbose pattern with the groups `level` (a name that `level_of` knows, or the line is of another format),
    `priority` (as syslog's), `thread`, `time` and `message` (empty: where it begins), as far as it has them. A group
    that may stand at several places has a number behind its name. `otherwise`: the level of a line that names none.
    """

    def __init__(self, pattern: str, otherwise: Level | None = None, wraps: bool = False) -> None:
        compiled = re.compile(pattern, re.VERBOSE)
        self._match, self._otherwise, self._wraps = compiled.match, otherwise, wraps

        def groups(name: str) -> tuple[int, ...]:
            return tuple(number for group, number in compiled.groupindex.items() if group.rstrip("0123456789") == name)

        self._levels, self._messages = groups("level"), groups("message")
        self._thread, self._priority, self._timed = groups("thread"), groups("priority"), groups("time")

    def match(self, text: str) -> re.Match[str] | None:
        found = self._match(text)
        if found is not None and self._levels:
            word = self._word(found)
            if word and level_of(word) is None:
                return None
        return found

    def _word(self, found: re.Match[str]) -> str:
        for group in self._levels:
            if word := found[group]:
                return word
        return ""

    def level(self, found: re.Match[str]) -> Level | None:
        if self._levels and (word := self._word(found)):
            return level_of(word)
        if self._priority and (number := found[self._priority[0]]):
            return SEVERITIES[int(number) & 7]
        return self._otherwise

    def wraps(self, found: re.Match[str]) -> bool:
        return self._wraps

    def line(self, found: re.Match[str], when: When) -> Line:
        time = self._timed and found[self._timed[0]]
        return Line(
            message=found.string[max(found.start(group) for group in self._messages) :],
            level=self.level(found),
            at=moment(time, when) if time else None,
            thread=(self._thread and found[self._thread[0]]) or "",
            span=found.span(self._timed[0]) if time else None,
        )


_ANY = rf"""(?P<time>
    {ISO}
  | \d\d?[-/ .]{MONTH}[-/ .]\d{{4}}[ :T]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?:[ ][+-]\d{{4}})?
  | \d\d/\d\d/\d\d[ ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?
  | \d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?
)"""
_TIME = rf"(?P<time>{ISO})"
_CLOCK = r"\d\d:\d\d:\d\d"
_END = r"(?:[\])|>]|/[\w-]+\])? :? (?:[ \t]+|$) (?:[-|][ \t]+)? (?P<message>)"
_LATER = _END.replace("message", "message2")
"""Of a level, up to the message."""

SYSLOG_5424 = ByPattern(
    r"""<(?P<priority>\d{1,3})>1\ (?P<time>\S+)\ \S+\ \S+\ (?P<thread>\S+)\ \S+
        \ (?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)\ ?\ufeff?(?P<message>)""",
    wraps=True,
)
SYSLOG_3164 = ByPattern(
    rf"""(?:<(?P<priority>\d{{1,3}})>)?(?P<time>{MONTH}\ +\d\d?\ {_CLOCK}(?:\.\d+)?)\ (?:\S+\ )?
         (?P<thread>[^\s:]+?(?:\[\d+\])?):\ ?(?P<message>)""",
    wraps=True,
)
SYSLOG_ISO = ByPattern(
    rf"""(?:<(?P<priority>\d{{1,3}})>)?(?P<time>{ISO})\ (?!{NAMES}\b)[\w.-]+
         \ (?P<thread>[\w./()-]+\[\d+\]):\ ?(?P<message>)""",
    wraps=True,
)
"""As rsyslog and journalctl -o short-iso write it."""
APACHE = ByPattern(
    rf"""\[\w{{3}}\ (?P<time>{MONTH}\ +\d\d?\ {_CLOCK}(?:\.\d+)?\ \d{{4}})\]\ \[(?:[\w-]*:)?(?P<level>\w+)\]
         \ (?:\[pid\ (?P<thread>\d+(?::tid\ \d+)?)\]\ )?(?P<message>)""",
)
NGINX = ByPattern(rf"{_TIME}\ \[(?P<level>\w+)\]\ (?P<thread>\d+\#\d+):\ (?:\*\d+\ )?(?P<message>)")
ANDROID = ByPattern(
    rf"""(?P<time>\d\d-\d\d\ {_CLOCK}\.\d+)\ +
         (?: (?P<thread>\d+\ +\d+)\ (?P<level>[VDIWEFA])\  | (?P<level2>[VDIWEFA])/ ) (?P<message>)"""
)
CBS = ByPattern(rf"{_TIME},\ (?P<level>\w+)\ +(?P<message>)")
HDFS = ByPattern(
    rf"(?P<time>\d{{6}}\ \d{{6}})\ (?P<thread>\d+)\ (?P<level>{NAMES})\ (?P<message>)",
)
KLOG = ByPattern(rf"(?P<level>[IWEF])(?P<time>\d{{4}}\ {_CLOCK}\.\d+)\ +(?P<thread>\d+)\ (?P<message>)")
RAILS = ByPattern(
    rf"[DIWEFA],\ \[(?P<time>{ISO})\ \#(?P<thread>\d+)\]\ +(?P<level>\w+)\ --\ [^:]*:\ ?(?P<message>)",
)
CRI = ByPattern(rf"{_TIME}\ (?:stdout|stderr)\ [FP]\ (?P<message>)", wraps=True)
"""Kubernetes' own, around what the program wrote."""
LEADING = ByPattern(
    rf"""\[?{_ANY}\]?
         (?:[ \t]*[-|:,][ \t]*|[ \t]+)
         (?:\[(?!{NAMES}\])(?P<thread>[^\]]{{1,80}})\][ \t]+)?
         (?: [\[(|<]? (?P<level>(?i:{NAMES}|DBG|INF|WRN|FTL|LOG)) {_END}
           | (?:\S+[ \t]+(?:[-|][ \t]+)?){{1,3}}?
             (?: (?P<level2>{NAMES}) | [\[(|<](?P<level3>(?i:{NAMES}))(?=[\])|>]) ) {_LATER}
         )""",
)
"""log4j, logback, Python, PostgreSQL, Serilog and most others: a time, and the level at once or after some words."""
ACCESS = ByPattern(
    rf"\S+\ \S+\ \S+\ \[(?P<time>\d\d/{MONTH}/\d{{4}}:{_CLOCK}\ [+-]\d{{4}})\]\ (?P<message>\")", otherwise=Level.INFO
)
TIMED = ByPattern(rf"\[?{_TIME}\]?[ \t]+(?P<message>)")
PYTHON = ByPattern(rf"(?P<level>{NAMES}):[\w.]+:(?P<message>)")
BARE = ByPattern(
    rf"""(?: [\[(]? (?P<level>{NAMES}) (?:[\])]:?|:)? (?:[ \t]+-[ \t]+|[ \t]+|$)
             (?:\[?(?P<time>{ISO})\]?[ \t]+)?
           | (?P<level2>error|err|fatal|warning|warn|info|debug|fail|crit|critical|alert|emerg|dbug|trce|severe):[ \t]+
         ) (?P<message>)"""
)

JSON, LOGFMT = Json(), Logfmt()
_LEADING = (LEADING, TIMED)

READERS: tuple[tuple[str, tuple[Format, ...]], ...] = (
    ("json", (JSON,)),
    ("journald", (JSON,)),
    ("logfmt", (LOGFMT,)),
    ("log4j", _LEADING),
    ("logback", _LEADING),
    ("python", (LEADING, PYTHON, BARE, TIMED)),
    ("syslog", (SYSLOG_5424, SYSLOG_3164, SYSLOG_ISO)),
    ("syslog-3164", (SYSLOG_3164,)),
    ("syslog-5424", (SYSLOG_5424,)),
    ("nginx", (NGINX, ACCESS)),
    ("apache", (APACHE, ACCESS)),
    ("android", (ANDROID,)),
    ("klog", (KLOG,)),
    ("windows-cbs", (CBS,)),
    ("hdfs", (HDFS,)),
    ("rails", (RAILS,)),
)
"""By the name that a source's format has in the catalog."""

_DIGIT = (SYSLOG_ISO, NGINX, CBS, CRI, ANDROID, HDFS, LEADING, ACCESS, TIMED, LOGFMT)
_LETTER = (SYSLOG_3164, KLOG, RAILS, ACCESS, LOGFMT, PYTHON, BARE)
BY_FIRST: dict[str, tuple[Format, ...]] = {
    "{": (JSON,),
    "\ufeff": (JSON,),
    "@": (JSON, LOGFMT),
    "<": (SYSLOG_5424, SYSLOG_3164, SYSLOG_ISO),
    "[": (APACHE, LEADING, BARE, TIMED),
    "(": (BARE,),
    **dict.fromkeys("0123456789", _DIGIT),
    **dict.fromkeys("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTER),
}
"""By a line's first character, the most telling first: nothing else decides, so a line is read the same whatever was
read before it.
"""
