"""No line that counts is missed by the expression that looks for candidates."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.log_levels import Line
from domain.log_lines import Level, grave
from services.logscan.keywords import EXPRESSION, expression
from tests.domain.test_log_lines import LINES, reader

ERRORS = re.compile(expression(Level.ERROR), re.IGNORECASE)
ALL = re.compile(EXPRESSION, re.IGNORECASE)

FORMS = [
    *(text for text, *_ in LINES.values()),
    '{"level": 60, "msg": "no"}',
    '{"level":"F","msg":"no"}',
    '{"severity":3,"message":"no"}',
    "time=2026-11-21T03:00:00Z level=50 msg=no",
    "F1121 10:00:00.000000    41 pay.go:7] no",
    "W1121 10:00:00.000000    41 pay.go:7] no",
    "11-21 10:00:00.000   41   42 F Pay: no",
    "11-21 10:00:00.000   41   42 W Pay: no",
    '{"level":40,"msg":"no"}',
    "10:00:00 [WRN] no",
    *(f"<{number}>Nov 21 10:00:00 web1 app[41]: no" for number in range(192)),
    *(f"<{number}>1 2026-11-21T03:00:00Z web1 app 41 - - no" for number in range(192)),
]


def hits(expression: re.Pattern[str], text: str) -> bool:
    return expression.search(text) is not None


@pytest.mark.parametrize("text", FORMS)
def test_a_line_that_is_grave_by_its_form_is_a_candidate(text: str) -> None:
    level = grave(reader().read(text)) or Level.INFO
    assert level < Level.ERROR or hits(ERRORS, text)
    assert level < Level.WARNING or hits(ALL, text)


def test_what_tells_of_no_trouble_is_none() -> None:
    assert [
        text for text in FORMS if reader().level(text) is Level.INFO and "no" in text[-4:] and hits(ALL, text)
    ] == []
    assert not hits(ALL, "session 7 was interrupted; 12 terms, 3 < 7")
    assert not hits(ALL, '{"level":30,"msg":"no"}')
    assert not hits(ALL, "time=2026-11-21T03:00:00Z level=30 msg=no")


WORDS = (
    "error errors err exception fail failed failure fatal panic panicked severe critical cannot can't could not"
    " couldn't unable to refused denied timed out abort aborted corrupt corrupted unreachable crashed unhandled"
    " uncaught deadlock traceback abnormally out of memory oom-killer oom_kill segfault segmentation fault core dumped"
    " KeyError IOException no 7 without ready the : = / warn warning"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_a_line_that_is_grave_by_its_words_is_a_candidate(message: str) -> None:
    level = grave(Line(message=message)) or Level.INFO
    assert level < Level.ERROR or hits(ERRORS, message)
    assert level < Level.WARNING or hits(ALL, message)


def test_it_is_no_wider_than_asked() -> None:
    assert not hits(ERRORS, "2026-11-21 10:00:00 WARN no")
    assert expression(Level.CRITICAL) == expression(Level.ERROR)
    assert expression(Level.DEBUG) == EXPRESSION


def test_it_is_of_the_common_syntax() -> None:
    """Neither Hyperscan nor RE2 nor ripgrep know what looks around or back."""
    assert re.search(r"\(\?[^:]|\\[1-9]|\*\+|\+\+", EXPRESSION) is None
