"""Every engine finds a keyword in the same lines, whatever lies in a file."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.logscan import engines
from services.logscan.base import Engine, EngineMissing
from services.logscan.context import MARKS
from services.logscan.keywords import EXPRESSION

ENGINES = [each(EXPRESSION, MARKS) for each in engines.ENGINES]

BITS = st.sampled_from(
    [
        *(b"error ERRor err errs failed Fail timed out timed  out timeout couldn't fatal panicked terror".split(b" ")),
        *(b" ", b"_", b"\n", b"\r\n", b"\0", b"\t", b"\xff", b"\xc3\xa9", "ﬀ".encode(), b"timed out", b"1"),
        *(
            b"\tat com.a.B.c(D.java:1)",
            b"Caused by: ",
            b"    ",
            b"Nov",
            b"2026-11-21",
            b"jav",
            b"{",
            b"info",
            b"iostat",
        ),
    ]
)
LINES = st.lists(BITS | st.binary(max_size=3), max_size=40).map(b"".join)


def lines_of(engine: Engine, data: bytes) -> list[set[int]]:
    """Their numbers, for either expression."""
    ends = [list(each) for each in engine.ends(data)]
    assert ends == [sorted(each) for each in ends]
    return [{data.count(b"\n", 0, end) for end in each} for each in ends]


@given(LINES)
@example(b"")
@example(b"error\nerror")
def test_all_find_keywords_and_marks_in_the_same_lines(data: bytes) -> None:
    hyperscan, re2, python = (lines_of(each, data) for each in ENGINES)
    assert hyperscan == re2 == python


@given(LINES, LINES)
def test_a_part_of_a_buffer_is_searched_as_if_it_were_all(before: bytes, data: bytes) -> None:
    for engine in ENGINES:
        assert engine.ends(memoryview(before + data)[len(before) :]) == engine.ends(data)


def test_the_fastest_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engines.engine(EXPRESSION).name == "hyperscan"
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert engines.engine(EXPRESSION).name == "re2"
    monkeypatch.setitem(sys.modules, "re2", None)
    assert engines.engine(EXPRESSION).name == "python"
    with pytest.raises(EngineMissing, match="re2"):
        engines.Re2(EXPRESSION)
