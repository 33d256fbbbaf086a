"""Cuts a long text into parts that a provider takes, at the best border there is, with bold text bold in every part.

Lengths are UTF-16 code units, as Telegram counts and as the strictest reading of Twilio's "characters".
"""

import re
import unicodedata

from domain.messages import BOLD_OFF, BOLD_ON

_MARKS = re.compile(f"[{BOLD_ON}{BOLD_OFF}]")
_JOINER = "\u200d"
_LONGEST_CLUSTER = 64  # code points looked back over for the start of what is seen as one character


def units(text: str, mark: int = 0) -> int:
    """The length in UTF-16 units, each mark counting as `mark`."""
    astral = sum(c > "\uffff" for c in text) if not text.isascii() else 0
    return len(text) + astral - len(_MARKS.findall(text)) * (1 - mark)


def split(text: str, limit: int, mark: int = 0) -> list[str]:
    """Parts of at most `limit` units, none blank, marks balanced in each. `mark`: how long a rendered mark is."""
    room = limit - 2 * mark  # a part may get a mark at either end
    parts: list[str] = []
    bold = False
    rest = text.strip()
    while rest:
        end = len(rest)
        if units(rest, mark) + mark * (bold + _bold_after(rest, bold)) > limit:
            end = _border(rest, _fitting(rest, room, mark))
        head, rest = rest[:end].rstrip(), rest[end:].lstrip()
        opened, bold = bold, _bold_after(head, bold)
        part = f"{BOLD_ON if opened else ''}{head}{BOLD_OFF if bold else ''}".replace(BOLD_ON + BOLD_OFF, "")
        if _MARKS.sub("", part).strip():
            parts.append(part)
    return parts


def shortened(label: str, limit: int) -> str:
    """A label on one line, at most `limit` units, cut with an ellipsis where it is longer."""
    label = " ".join(_MARKS.sub("", label).split())
    if units(label) <= limit:
        return label
    return label[: _whole(label, _fitting(label, limit - 1, 0))].rstrip() + "…"


def _fitting(text: str, room: int, mark: int) -> int:
    """How many code points of the text fit."""
    if units(text, mark) <= room:
        return len(text)
    used = 0
    for index, character in enumerate(text):
        used += mark if character in (BOLD_ON, BOLD_OFF) else 2 if character > "\uffff" else 1
        if used > room:
            return max(index, 1)
    return len(text)


def _border(text: str, end: int) -> int:
    """The last border of a paragraph, line or word before `end`, if in the second half; else between characters."""
    for border in ("\n\n", "\n", " "):
        found = text.rfind(border, end // 2, end + len(border))
        if found > 0:
            return found
    return _whole(text, end)


def _whole(text: str, end: int) -> int:
    """`end`, moved back so that no emoji sequence, flag or accented letter is cut."""
    for cut in range(end, max(end - _LONGEST_CLUSTER, 0), -1):
        if not _joined(text, cut):
            return cut
    return end


def _joined(text: str, cut: int) -> bool:
    before, after = text[cut - 1], text[cut : cut + 1]
    if not after or after.isascii():
        return False
    if before == _JOINER or after == _JOINER or "\U0001f3fb" <= after <= "\U0001f3ff" or after >= "\U000e0020":
        return True
    if _regional(after):
        run = len(text[:cut]) - len(text[:cut].rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        return run % 2 == 1
    return unicodedata.category(after).startswith("M")


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _bold_after(text: str, bold: bool) -> bool:
    marks = _MARKS.findall(text)
    return marks[-1] == BOLD_ON if marks else bold
