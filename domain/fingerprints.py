"""What a log message says apart from what varies in it: two lines of one cause have one pattern, whoever reads them, in
whatever order, and always.

A pure function of the text. What varies is masked by its form: numbers, ids, addresses, paths, quoted and assigned
values, durations. Nothing is learnt, so nothing drifts.
"""

import re
from hashlib import blake2b

VARIES = "<*>"
LONGEST = 2000
"""Characters of a message that count: what comes after is data."""
_AGAIN = 8

_HEX = r"[0-9a-fA-F]"
_VALUE_END = r"\s,;)\]}"
_OWN = (
    "user|username|login|logname|host|hostname|rhost|ruser|client|name|session|customer|account|id|email|phone"
    "|ip|addr|address"
)
"""Names whose values say who or which one, never what went wrong."""
_NO_NAME = "is|not|unknown|has|was|does|for|from|in|on|and"


def _mask(needs: str, pattern: str, replacement: str = VARIES) -> tuple[str, re.Pattern[str], str]:
    return needs, re.compile(pattern, re.VERBOSE), replacement


_MASKS = (
    # addresses of things
    _mask("-", rf"\b{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\b"),
    _mask("://", r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>\])]*[^\s\"'<>\]).,;:]"),
    _mask("@", r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    _mask(":", rf"(?<![\w:])(?:{_HEX}{{1,4}}:){{3,7}}:?{_HEX}{{1,4}}(?:%\w+)?(?!:?\w)"),
    _mask(
        "::",
        rf"""(?<![\w:])(?=[0-9a-fA-F:]*\d)
             (?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}})?::(?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}})?(?:%\w+)?(?!:?\w)""",
    ),
    _mask("", rf"\b{_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{5}}\b"),
    _mask(".", r"(?<![\w.])/?(?:[\w.-]+/)?\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])"),
    # what is quoted, and what is assigned
    _mask('"', r'"(?:[^"\\]|\\.)*"', f'"{VARIES}"'),
    _mask("'", r"(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)", f"'{VARIES}'"),
    _mask("=", rf"(?<![\w=])((?:\w*[_-])?(?:{_OWN}))=(?!=|root\b)[^{_VALUE_END}]*", rf"\1={VARIES}"),
    _mask(
        "=",
        rf"""(?<![\w=])([\w.-]+)=(?!=)
             (?: (?=[^{_VALUE_END}]*[^A-Za-z_{_VALUE_END}])[^{_VALUE_END}]* | (?=[{_VALUE_END}]|$) )""",
        rf"\1={VARIES}",
    ),
    # who, in prose
    _mask(
        " ",
        rf"""(?i)\b(user|login|account)(\ (?:name\ )?)(?!(?:{_NO_NAME})\b)[\w.-]+
             (?=\ (?:from|on|at|by|to|with|\[|\())""",
        rf"\1\2{VARIES}",
    ),
    _mask(" from", r"\b(for)\ (?!user\b|invalid\b)[\w.-]+(?=\ from\b)", rf"\1 {VARIES}"),
    _mask(
        ".",
        r"""(?<![\w.@/])(?:[a-z0-9_-]+\.){2,}
            (?:com|net|org|edu|gov|info|biz|local|internal|lan|[a-z]{2})(?![\w.])""",
    ),
    # paths
    _mask(":\\", r"(?<![\w.])[A-Za-z]:\\[^\s\"',;)]+"),
    _mask("/", r"(?<![\w<>*])(?:/[\w.@%+~-]+){2,}/?(?<!\.)"),
    # numbers and what holds them
    _mask("@", r"(?<=@)[0-9a-f]{4,}\b"),
    _mask("", rf"(?<!\w)(?=\w*\d)(?=\w*[a-fA-F]){_HEX}{{6,}}(?!\w)"),
    _mask("", r"(?<![\w$-])[\w$-]*\d[\w$-]*(?:[.,:/]\d[\w-]*)*%?"),
    _mask(VARIES, r"[-+]<\*>"),
    _mask(VARIES, r"<\*>(?:(?:\s*[,;:/|.]\s*|\s+|-)?<\*>)+"),
)
_SPACES = re.compile(r"\s+")


def pattern_of(message: str) -> str:
    """The message with what varies masked; runs of what varies are one. Of a pattern it is the pattern itself."""
    text = message[:LONGEST]
    for _ in range(_AGAIN):
        masked = _masked(text)
        if masked == text:
            break
        text = masked
    return text


def _masked(text: str) -> str:
    for needs, mask, replacement in _MASKS:
        if needs in text:
            text = mask.sub(replacement, text)
    return _SPACES.sub(" ", text).strip()[:LONGEST].rstrip()


def fingerprint(pattern: str, source: str = "") -> str:
    """A pattern's id: 16 hex digits, for ever the same."""
    return blake2b(f"{source}\n{pattern}".encode("utf-8", "replace"), digest_size=8).hexdigest()
