"""Days, times and hours as people write them, in Bahasa Indonesia and English."""

import re
from datetime import date, timedelta
from itertools import pairwise

from domain.hours import DAY, Span

LONGEST = 200
"""Characters. Nobody needs more to name a day; what is longer is not looked through."""

WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("senin", "sen", "monday", "mon"),
    ("selasa", "sel", "tuesday", "tue", "tues"),
    ("rabu", "rab", "wednesday", "wed"),
    ("kamis", "kam", "thursday", "thu", "thurs"),
    ("jumat", "jum'at", "jum", "friday", "fri"),
    ("sabtu", "sab", "saturday", "sat"),
    ("minggu", "min", "ahad", "sunday", "sun"),
)
"""0 is Monday."""
_MONTHS = (
    ("januari", "jan", "january"),
    ("februari", "pebruari", "feb", "peb", "february"),
    ("maret", "mar", "march"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "jun", "june"),
    ("juli", "jul", "july"),
    ("agustus", "agu", "agt", "ags", "aug", "august"),
    ("september", "sep", "sept"),
    ("oktober", "okt", "oct", "october"),
    ("november", "nov", "nop", "nopember"),
    ("desember", "des", "dec", "december"),
)
_AHEAD = {
    "hari ini": 0, "hr ini": 0, "today": 0,
    "besok": 1, "bsk": 1, "besuk": 1, "esok": 1, "tomorrow": 1, "tmrw": 1,
    "lusa": 2, "besok lusa": 2, "day after tomorrow": 2,
    "kemarin": -1, "kemaren": -1, "yesterday": -1,
}  # fmt: skip
_WEEKDAY = {word: number for number, words in enumerate(WEEKDAYS) for word in words}
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words}
_LEADING = re.compile(r"^(?:(?:hari|tanggal|tgl|tggl|on|untuk|utk|the|pada|jadwal|kalau|kalo|next|this)\b[\s:,]*)+")
_TRAILING = re.compile(
    r"(?:[\s,]*\b(?:depan|ini|aja|saja|dong|ya|yah|kak|min|bisa|next week|minggu depan|pls|please)\b)+[?!. ]*$"
)
_NEXT_WEEK = re.compile(r"\b(?:minggu depan|depan|next)\b")
_ISO = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\s*[-/.]\s*|\s+)(\d{1,2})(?:(?:\s*[-/.]\s*|\s+)(\d{4}|\d{2}))?")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s/.-]*([a-z]+)\.?(?:[\s/,.-]*(\d{4}))?")
_NAMED_FIRST = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:[\s,]+(\d{4}))?")
_BARE = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_TIME = re.compile(
    r"(?:jam|pukul|pkl|pk|at|kalau|kalo)?[\s.:]*(\d{1,2})(?:\s*[.:h]\s*(\d{2}))?\s*"
    r"(pagi|siang|sore|petang|malam|malem|am|pm|a\.m\.?|p\.m\.?)?[\s,]*(?:wib|wita|wit)?"
    r"[\s,]*(?:aja|saja|ya|yah|dong|kak|please)?[?!. ]*"
)
_SPAN = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*(?:-|–|—|s/?d|sampai|to)\s*(\d{1,2})(?:[.:](\d{2}))?")


def read_day(text: str, today: date) -> date | None:
    """The day that is meant, which may lie in the past; None where it names none.

    A weekday is the next one, today included; a day without its year is the one nearest to today, a bare number the
    next day of that number.
    """
    words = " ".join(text[:LONGEST].casefold().split()) if len(text) <= LONGEST else ""
    bare = _TRAILING.sub("", _LEADING.sub("", words)) or words
    for form in (words, bare):
        if form in _AHEAD:
            return today + timedelta(days=_AHEAD[form])
    weekday = _WEEKDAY.get(bare.strip(".,!? "))
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday()) % 7 or (7 if _NEXT_WEEK.search(words) else 0))
    first, _, rest = bare.partition(" ")
    if rest and first.strip(",.") in _WEEKDAY:
        bare = rest
    return _numbered(bare.strip(" ,!?"), today)


def _numbered(text: str, today: date) -> date | None:
    if match := _ISO.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(text):
        return _of_a_year(int(match[1]), int(match[2]), match[3], today)
    if (match := _NAMED.fullmatch(text)) and match[2] in _MONTH:
        return _of_a_year(int(match[1]), _MONTH[match[2]], match[3], today)
    if (match := _NAMED_FIRST.fullmatch(text)) and match[1] in _MONTH:
        return _of_a_year(int(match[2]), _MONTH[match[1]], match[3], today)
    if match := _BARE.fullmatch(text):
        days = (today + timedelta(days=ahead) for ahead in range(62))
        return next((day for day in days if day.day == int(match[1])), None)
    return None


def _of_a_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    near = [_date(today.year + offset, month, day) for offset in (-1, 0, 1)]
    return min((each for each in near if each), key=lambda each: abs(each - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> tuple[int, ...]:
    """What may be meant, as minutes since midnight, the likeliest first; empty where it is no time.

    Without a part of the day an hour up to twelve may be of the morning or of the afternoon.
    """
    match = _TIME.fullmatch(text.strip().casefold()) if len(text) <= LONGEST else None
    if match is None or int(match[1]) > 24 or int(match[2] or 0) > 59:
        return ()
    hour, minutes, part = int(match[1]) % 24, int(match[2] or 0), (match[3] or "").replace(".", "")
    early, late = hour % 12 * 60 + minutes, (hour % 12 + 12) * 60 + minutes
    if int(match[1]) > 12 or int(match[1]) == 0:
        return (hour * 60 + minutes,)
    if part in ("sore", "petang", "malam", "malem", "pm"):
        return (late,) if hour != 12 or part in ("pm",) else (late, early)
    if part == "siang":
        return (late,) if hour < 10 or hour == 12 else (early,)
    if part in ("pagi", "am"):
        return (early,)
    return (late, early) if hour == 12 else (early, late)


def read_spans(text: str) -> tuple[Span, ...] | None:
    """Hours like "09.00-12.00, 13-17"; none for "-"; None where it is neither, or where they overlap."""
    given = text.strip().casefold()
    if given in ("-", "–", "—", "libur", "off", "none", "tutup"):
        return ()
    spans: list[Span] = []
    for part in re.split(r"\s*(?:,|;|&|\bdan\b|\band\b)\s*", given[:LONGEST]):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            return None
        opens, closes = _minutes(match[1], match[2]), _minutes(match[3], match[4])
        if opens is None or closes is None or opens == DAY:
            return None
        spans.append(Span(opens, closes if closes > opens else closes + DAY))
    spans.sort(key=lambda span: span.opens)
    if any(after.opens < before.closes for before, after in pairwise(spans)):
        return None
    return tuple(spans)


def _minutes(hours: str, minutes: str | None) -> int | None:
    at = int(hours) * 60 + int(minutes or 0)
    return at if int(minutes or 0) <= 59 and at <= DAY else None


def read_weekday(word: str) -> int | None:
    """0 is Monday; None where it is no weekday."""
    return _WEEKDAY.get(word.strip(" .,:").casefold())


def read_days(text: str, today: date) -> tuple[date, date] | None:
    """A day, or the first and the last of several: "24/12", "24/12 - 26/12", "besok s/d lusa"."""
    whole = read_day(text, today)
    if whole is not None:
        return whole, whole
    for match in re.finditer(r"\s+(?:-|–|—|s/?d|sampai|hingga|to|until)\s+|–|—|-", text[:LONGEST].casefold()):
        first = read_day(text[: match.start()], today)
        if first is None:
            continue
        ends = [end for since in (today, first) if (end := read_day(text[match.end() :], since)) is not None]
        if ends:
            last = next((end for end in ends if end >= first), None)
            return (first, last) if last else None
    return None
