"""What varies in a message, and what does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fingerprints import LONGEST, fingerprint, pattern_of
from domain.log_lines import flat

TEMPLATES = (
    "Payment {} failed",
    "could not connect to {}: connection refused",
    "read of {} timed out after {}",
    "order={} was not taken (status={})",
    'no such column "{}" in {}',
    "[{}] worker died: {}",
    "{}: disk is full",
    "KeyError: '{}'",
)
VARIABLES = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(0.1, 10**6).map(lambda number: f"{number:.3f}"),
    st.integers(0, 10**6).map(lambda number: f"{number}ms"),
    st.uuids().map(str),
    st.ip_addresses(v=4).map(str),
    st.tuples(st.ip_addresses(v=4), st.integers(1, 65535)).map(lambda pair: f"{pair[0]}:{pair[1]}"),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.sampled_from(["fe80::1", "2001:db8::8a2e:370:7334", "::1", "fe80::1%eth0"]),
    st.integers(0, 2**64).map(hex),
    st.integers(2**32, 2**64).map(lambda number: f"blk_{number}"),
    st.integers(0, 10**9).map(lambda number: f"/srv/orders/{number}.db"),
    st.integers(0, 10**9).map(lambda number: f"https://shop.example/orders/{number}?all=1"),
    st.integers(0, 10**9).map(lambda number: f"budi{number}@shop.example"),
)


@given(st.sampled_from(TEMPLATES), VARIABLES, VARIABLES)
def test_what_varies_does_not_count(template: str, one: str, other: str) -> None:
    usual = pattern_of(template.format("1", "2"))
    assert pattern_of(template.format(one, other)) == usual
    assert pattern_of(template.format(f"({one})", f"({other})")) == pattern_of(template.format("(1)", "(2)"))


def test_what_was_said_does() -> None:
    patterns = {pattern_of(template) for template in TEMPLATES}
    assert len({fingerprint(pattern) for pattern in patterns}) == len(TEMPLATES)
    assert fingerprint("a", "one") != fingerprint("a", "other") != fingerprint("a")


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("Payment 7 of user:91 failed after -3.5 s", "Payment <*> of user:<*> failed after <*> s"),
        ('open "/srv/a b" failed', 'open "<*>" failed'),
        ("can't open it, won't try", "can't open it, won't try"),
        ("retry=3 mode=fast id=budi", "retry=<*> mode=fast id=<*>"),
        ("login for budi from 10.1.2.3 port 22", "login for <*> from <*> port <*>"),
        ("hex 0xDEADBEEF, hash Order@1a2b3c", "hex <*>, hash Order@<*>"),
        (r"C:\Windows\Temp\a.log is locked", "<*> is locked"),
        ("2026-11-21 03:00:00 3 of 12 parts", "<*> of <*> parts"),
        ("db-7.shop.internal is down", "<*> is down"),
        ("a\tb\n  c", "a b c"),
        ("", ""),
    ],
)
def test_a_pattern(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern


ODD = st.one_of(
    st.text(),
    st.text(alphabet="aAfF019<*>=\"'/\\.:-+@_$%,;()[] \n", max_size=60),
    st.text(alphabet='a1 "=', min_size=LONGEST - 50, max_size=LONGEST + 50),
)


@given(ODD)
def test_a_pattern_of_a_pattern_is_itself(text: str) -> None:
    pattern = pattern_of(text)
    assert pattern_of(pattern) == pattern
    assert len(pattern) <= LONGEST
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint(pattern))


@given(st.one_of(st.text(alphabet=st.characters(max_codepoint=127)), ODD))
def test_digits_never_count(text: str) -> None:
    """So that lines of one flat form have one pattern."""
    given = text.encode("utf-8", "replace").replace(b"{", b"")
    assert pattern_of(given.decode()) == pattern_of(flat(b" " + given)[1:].split(b"\0")[0].decode()) or b"\0" in given
