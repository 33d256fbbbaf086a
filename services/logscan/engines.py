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

    def __init__(self, *expressions: str) -> None:
        try:
            import hyperscan
        except ImportError as problem:
            raise EngineMissing(self.name) from problem
        self._count = len(expressions)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[each.encode() for each in expressions],
            ids=list(range(self._count)),
            flags=[hyperscan.HS_FLAG_CASELESS] * self._count,
        )

    def ends(self, window: bytes | memoryview) -> tuple[Sequence[int], ...]:
        found: tuple[list[int], ...] = tuple([] for _ in range(self._count))
        first = found[0].append

        def matched(expression: int, start: int, end: int, flags: int, context: Any) -> None:
            if expression:
                found[expression].append(end)
            else:
                first(end)

        self._database.scan(window, match_event_handler=matched)  # type: ignore[type-var]  # any buffer
        for each in found:
            each.sort()  # they are, as a rule, but no order is promised
        return found


class Re2:
    """Linear in time for any expression."""

    name = "re2"

    def __init__(self, *expressions: str) -> None:
        try:
            import re2  # type: ignore[import-untyped]  # it has no type hints
        except ImportError as problem:
            raise EngineMissing(self.name) from problem
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = options.Encoding.LATIN1  # bytes as they are
        self._compiled = [re2.compile(each.encode(), options) for each in expressions]

    def ends(self, window: bytes | memoryview) -> tuple[Sequence[int], ...]:
        window = bytes(window)
        return tuple([match.end() for match in each.finditer(window)] for each in self._compiled)


class Python:
    """What is always there."""

    name = "python"

    def __init__(self, *expressions: str) -> None:
        self._compiled = [re.compile(each.encode(), re.IGNORECASE) for each in expressions]

    def ends(self, window: bytes | memoryview) -> tuple[Sequence[int], ...]:
        return tuple([match.end() for match in each.finditer(window)] for each in self._compiled)


ENGINES: tuple[Callable[..., Engine], ...] = (Hyperscan, Re2, Python)
"""The fastest first."""


def engine(*expressions: str) -> Engine:
    """The fastest that is installed."""
    for each in ENGINES[:-1]:
        try:
            return each(*expressions)
        except EngineMissing:
            continue
    return ENGINES[-1](*expressions)
