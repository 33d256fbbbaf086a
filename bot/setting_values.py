"""What single settings may be: each gives the value as it is kept, or raises ValueError in words for the operator."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.records import RECORD_TYPES

LEAST_KEPT = {"inbox": 7, "outbox": 7, "effects": 7, "orders": 30, "servers": 30}
"""Days. Providers repeat what was not answered for up to three, and tell of a message's fate later than that; what is
given back of an order may take two weeks.
"""
ENDING = {kind.TABLE.name for kind in RECORD_TYPES if kind.TABLE.ended}
LEAST_LETTERS = 16
MONGODB = frozenset({"mongodb", "mongodb+srv"})


def url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if value and not (parts.scheme in {"http", "https"} and parts.hostname):
        raise ValueError("must be an address that begins with http:// or https://")
    if parts.query or parts.fragment:
        raise ValueError("must be an address with no query and no fragment")
    return value.rstrip("/")


def zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ValueError("is not a time zone; for example Asia/Jakarta") from problem
    return value


def whatsapp(value: str) -> str:
    """A number's address."""
    number = re.sub(r"[\s()-]", "", value).removeprefix("whatsapp:")
    if number and not re.fullmatch(r"\+[0-9]{6,15}", number):
        raise ValueError("must be a number with its country's code, as in +6281100000000")
    return f"whatsapp:{number}" if number else ""


def guessable(name: str, value: str) -> list[str]:
    """What is wrong with a token that is too short."""
    if 0 < len(value) < LEAST_LETTERS:
        return [f"{name} must have {LEAST_LETTERS} characters at least: whoever guesses it is let in."]
    return []


def store(value: str) -> str:
    if value.startswith("sqlite:///") and value != "sqlite:///":
        return value
    scheme, _, rest = value.partition("://")
    servers, _, name = rest.partition("?")[0].partition("/")
    if scheme not in MONGODB or not servers.rpartition("@")[2]:
        raise ValueError("must be sqlite:///PATH, mongodb://HOST/NAME or mongodb+srv://HOST/NAME")
    if "@" in name or servers.count("@") > 1:
        raise ValueError("a name or password in it must be percent-encoded: / is %2F, @ is %40, : is %3A")
    return value


def retention(value: str) -> str:
    for table, days in days_of(value).items():
        if table not in LEAST_KEPT and table not in ENDING:
            known = ", ".join(dict.fromkeys((*LEAST_KEPT, *sorted(ENDING))))
            raise ValueError(f"{table!r} is not among what it can be said for: {known}")
        if days < LEAST_KEPT.get(table, 1):
            raise ValueError(f"{table} must be at least {LEAST_KEPT.get(table, 1)}d")
    return value


def days_of(retention: str) -> dict[str, int]:
    """Raises ValueError."""
    if retention == "none":
        return {}
    found = {}
    for part in retention.split(","):
        if not (match := re.fullmatch(r"\s*([a-z_]+)=([0-9]{1,5})d\s*", part)):
            raise ValueError("must be like inbox=180d,cases=730d, or none")
        found[match[1]] = int(match[2])
    return found


def named(value: str, known: Iterable[str], what: str) -> str:
    """Names with commas between them, each once."""
    names = [name.strip().lower() for name in value.split(",") if name.strip()]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{unknown[0]!r} is not {what}: {', '.join(known)}")
    return ",".join(dict.fromkeys(names))


def is_proxmox_token(value: str) -> bool:
    return bool(re.fullmatch(r"[^@!=\s]+@[^@!=\s]+![^@!=\s]+=[0-9A-Za-z-]+", value))
