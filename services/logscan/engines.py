"""The engines that find candidates: Hyperscan where its wheel is installed, else RE2, else Python's own.

The three give the same lines for an expression of their common syntax; they differ in speed alone.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from services.logscan.base import Engine, EngineMissing


class Hyperscan:
    """All matches in one pass with SIMD instructions; lets other threads run meanwhile."""

    name = "hyperscan"

    def __init__(self, expression: str) -> None:
        try:
            import hyperscan
        except ImportError as problem:
            raise EngineMissing(self.name) from problem
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(expressions=[expression.encode()], ids=[0], flags=[hyperscan.HS_FLAG_CASELESS])

    def ends(self, window: bytes | memoryview) -> Sequence[int]:
        found: list[int] = []
        add = found.append

        def matched(expression: int, start: int, end: int, flags: int, context: Any) -> None:
            add(end)

        self._database.scan(window, match_event_handler=matched)  # type: ignore[type-var]  # any buffer
        found.sort()  # as good as sorted; no order is promised
        return found


class Re2:
    """Linear in time for any expression."""

    name = "re2"

    def __init__(self, expression: str) -> None:
        try:
            import re2  # type: ignore[import-untyped]  # it has no type hints
        except ImportError as problem:
            raise EngineMissing(self.name) from problem
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = options.Encoding.LATIN1  # bytes as they are
        self._compiled = re2.compile(expression.encode(), options)

    def ends(self, window: bytes | memoryview) -> Sequence[int]:
        return [match.end() for match in self._compiled.finditer(bytes(window))]


class Python:
    """What is always there."""

    name = "python"

    def __init__(self, expression: str) -> None:
        self._compiled = re.compile(expression.encode(), re.IGNORECASE)

    def ends(self, window: bytes | memoryview) -> Sequence[int]:
        return [match.end() for match in self._compiled.finditer(window)]


ENGINES: tuple[Callable[[str], Engine], ...] = (Hyperscan, Re2, Python)
"""The fastest first."""


def engine(expression: str) -> Engine:
    """The fastest that is installed."""
    for each in ENGINES[:-1]:
        try:
            return each(expression)
        except EngineMissing:
            continue
    return ENGINES[-1](expression)
