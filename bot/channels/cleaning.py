"""Strings from and for the outside: without what a database, a provider or a terminal chokes on."""

import re

from domain.messages import BOLD_OFF, BOLD_ON

_BROKEN = "\x00\ud800-\udfff"  # NUL, and halves of surrogate pairs, which no encoding takes
_INCOMING = re.compile(f"[{_BROKEN}{BOLD_ON}{BOLD_OFF}]")
_OUTGOING = re.compile(f"[{_BROKEN}]")


def cleaned(words: object) -> str:
    """Somebody's words, without broken characters and our own marks; empty for what is not a string."""
    if not isinstance(words, str):
        return ""
    return words if words.isascii() and "\x00" not in words else _INCOMING.sub("", words)


def sendable(words: str) -> str:
    """Our words on their way out: broken characters dropped, marks kept."""
    return words if words.isascii() and "\x00" not in words else _OUTGOING.sub("", words)
