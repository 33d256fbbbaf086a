"""What finds candidates in a log: one regular expression over windows of bytes, by one of several engines."""

from collections.abc import Sequence
from typing import Protocol


class Engine(Protocol):
    """Made for one expression, used by one process."""

    name: str

    def ends(self, window: bytes) -> Sequence[int]:
        """Where matches end, ascending: at least one for every line with a match, and none in a line without."""


class EngineMissing(Exception):
    """Its package is not installed here."""
