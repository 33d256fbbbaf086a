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

_OWN = "user|username|login|logname|host|hostname|rhost|ruser|client|name|session|customer|account|id|email|phone|ip|addr|address"
"""Names whose values say who or which one, never what went wrong."""

_HEX = r"[0-9a-fA-F]"
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # addresses of things
        (rf"\b{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\b", VARIES),
        (r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>\])]+", VARIES),
        (r"[\w.+-]+@[\w-]+\.[\w.-]+", VARIES),
        (rf"(?<![\w:])(?:{_HEX}{{1,4}}:){{3,7}}:?{_HEX}{{1,4}}(?:%\w+)?(?![\w:])", VARIES),
        (rf"\b{_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{5}}\b", VARIES),
        (r"(?<![\w.])/?(?:[\w.-]+/)?\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])", VARIES),
        # what is quoted, and what is assigned
        (r"\"(?:[^\"\\]|\\.)*\"", f'"{VARIES}"'),
        (r"(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)", f"'{VARIES}'"),
        (rf"(?<![\w=])((?:\w*[_-])?(?:{_OWN}))=(?!=|root\b)[^\s,;)\]}}]*", rf"\1={VARIES}"),
        (
            r"(?<![\w=])([\w.-]+)=(?!=)(?:(?=[^\s,;)\]}]*[^A-Za-z_\s,;)\]}])[^\s,;)\]}]*|(?=[\s,;)\]}]|$))",
            rf"\1={VARIES}",
        ),
        # who, in prose
        (
            r"(?i)\b(user|login|account)( (?:name )?)(?!is\b|not\b|unknown\b|has\b|was\b|does\b|for\b|from\b|in\b|on\b|and\b)[\w.-]+(?= (?:from|on|at|by|to|with|\[|\())",
            rf"\1\2{VARIES}",
        ),
        (r"\b(for) (?!user\b|invalid\b)[\w.-]+(?= from\b)", rf"\1 {VARIES}"),
        (
            r"(?<![\w.@/])(?:[a-z0-9_-]+\.){2,}(?:com|net|org|edu|gov|info|biz|local|internal|lan|[a-z]{2})(?![\w.])",
            VARIES,
        ),
        # paths
        (r"(?<![\w.])[A-Za-z]:\\[^\s\"',;)]+", VARIES),
        (r"(?<![\w<>*])(?:/[\w.@%+~-]+){2,}/?", VARIES),
        # numbers and what holds them
        (r"0[xX][0-9a-fA-F]+", VARIES),
        (r"(?<=@)[0-9a-f]{4,}\b", VARIES),
        (rf"(?<![\w])(?=\w*\d)(?=\w*[a-fA-F]){_HEX}{{6,}}(?!\w)", VARIES),
        (r"[\w$-]*\d[\w$-]*(?:[.,:/]\d[\w-]*)*%?", VARIES),
        (r"[-+]<\*>", VARIES),
    )
)
_RUNS = re.compile(r"<\*>(?:(?:\s*[,;:/|.]\s*|\s+|-)?<\*>)+")
_SPACES = re.compile(r"\s+")


def pattern_of(message: str) -> str:
    """The message with what varies masked; runs of what varies are one."""
    text = message[:LONGEST]
    for mask, replacement in _MASKS:
        text = mask.sub(replacement, text)
    return _SPACES.sub(" ", _RUNS.sub(VARIES, text)).strip()


def fingerprint(pattern: str, source: str = "") -> str:
    """A pattern's id: 16 hex digits, for ever the same."""
    return blake2b(f"{source}\n{pattern}".encode("utf-8", "replace"), digest_size=8).hexdigest()
