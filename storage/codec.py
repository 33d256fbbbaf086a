"""Records, messages and events as JSON text.

A body written by an older or a newer version of the service is read all the same: unknown fields are left out, missing
ones get their default. Half of a surrogate pair, which no database takes, becomes U+FFFD.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec.structs import force_setattr

from domain.events import EVENTS, Event, NotUnderstood

T = TypeVar("T")


class Versioned(Protocol):
    """A record or a message."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)

_KINDS: dict[type[Event], str] = {type_: kind for kind, type_ in EVENTS.items()}
_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = msgspec.json.Encoder().encode

DecodeError = msgspec.MsgspecError
"""A body that no version of this code could have written."""


def encode(value: object) -> str:
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        return _encode(_clean(msgspec.to_builtins(value))).decode()


class _Decoders(dict[type, msgspec.json.Decoder[Any]]):
    def __missing__(self, kind: type) -> msgspec.json.Decoder[Any]:
        return self.setdefault(kind, msgspec.json.Decoder(kind))


_DECODERS = _Decoders()


def decode(kind: type[T], body: str) -> T:
    """Raises DecodeError."""
    value: T = _DECODERS[kind].decode(body)
    return value


def decode_record(kind: type[V], version: int, body: str) -> V:
    """A record or message as it was stored, with the version that the store counts. Raises DecodeError."""
    return at_version(decode(kind, body), version)


def at_version(fresh: V, version: int) -> V:
    """Set the version of something frozen that was made just now and that nobody else has seen yet."""
    force_setattr(fresh, "version", version)  # type: ignore[arg-type]  # no protocol can say that it is a Struct
    return fresh


def kind_of(event: Event) -> str:
    return _KINDS[type(event)]


def decode_event(kind: str, body: str) -> Event:
    """An event of a kind that is gone, or whose body cannot be read, is NotUnderstood: it must not block the inbox."""
    try:
        return decode(EVENTS[kind], body)
    except (KeyError, DecodeError) as error:
        return NotUnderstood(what=f"{kind}: {error}")


@lru_cache(maxsize=256)
def moment_text(at: datetime) -> str:
    """A business time as text that sorts by time. Raises ValueError for one without a zone."""
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError(f"a time without a zone: {at}")
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")


def due_text(at: datetime) -> str:
    """A business time in the form it has inside a body, rounded down to the whole second."""
    return str(msgspec.to_builtins(at.astimezone(UTC).replace(microsecond=0)))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {_clean(key): _clean(each) for key, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return value
