"""What `journalctl -o export` writes: an entry is one error at most, by its priority, wherever its fields stand."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.log_findings import Finding, together
from domain.log_lines import Level
from services.logscan import journal, windows, worker
from services.logscan.base import Part, Task
from services.logscan.worker import Worker
from tests.services.log_reference import READING

WORKER = Worker()
TRACE = (
    "payment 4711 failed\njava.io.IOException: refused\n\tat com.a.Pay.run(Pay.java:41)\nCaused by: java.net.Timeout: x"
)


def exported(message: str | bytes, priority: int | None = 3, second: int = 0, **more: str) -> bytes:
    """An entry. A message that is bytes, or has an end of a line, has its length before it."""
    fields = {
        "_UID": "1000",
        **({} if priority is None else {"PRIORITY": str(priority)}),
        "SYSLOG_IDENTIFIER": "billing",
        **more,
        "_PID": "42",
    }
    lines = [b"__CURSOR=s=0639;i=1", b"__REALTIME_TIMESTAMP=%d" % (1_763_700_000_000_000 + second * 10**6)]
    lines += [f"{name}={value}".encode() for name, value in fields.items()]
    raw = message if isinstance(message, bytes) else message.encode()
    if isinstance(message, bytes) or "\n" in message:
        lines.insert(4, b"MESSAGE\n" + len(raw).to_bytes(8, "little") + raw)
    else:
        lines.insert(4, b"MESSAGE=" + raw)
    return b"\n".join([*lines, b"", b""])


def found_in(data: bytes, folder: Path, *cuts: int) -> dict[str, Finding]:
    path = folder / "journal.export"
    path.write_bytes(data)
    ends = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    tasks = [
        Task(part=Part(path=str(path), final=True), reading=READING, start=start, stop=stop, whole=not start)
        for start, stop in pairwise(ends)
    ]
    pieces = [piece for task in tasks for piece in WORKER.pieces(task)]
    assert {piece.error for piece in pieces} == {""}
    return together(piece.findings for piece in pieces)


def only(found: dict[str, Finding]) -> Finding:
    (finding,) = found.values()
    return finding


def test_the_priority_decides_though_no_word_tells_it(tmp_path: Path) -> None:
    found = only(found_in(exported("disk 7 is gone", 2) + exported("0 errors, all failed jobs are done", 6), tmp_path))
    assert (found.pattern, found.level, found.count) == ("disk <*> is gone", Level.CRITICAL, 1)
    assert found.sample.text == "billing[42]: disk 7 is gone"
    assert found.first_at.isoformat() == "2025-11-21T04:40:00+00:00"
    assert found.hours == {"2025-11-21T04": 1}


def test_no_other_field_is_an_error_of_its_own(tmp_path: Path) -> None:
    entry = exported("started", 6, _CMDLINE="/usr/bin/report --on-error fail", ERROR="cannot tell")
    assert found_in(entry * 3, tmp_path) == {}


@pytest.mark.parametrize("message", [TRACE, TRACE.encode() + b"\n\n__REALTIME_TIMESTAMP=1\nPRIORITY=2\xff\n"])
def test_a_message_of_several_lines_is_one(message: str | bytes, tmp_path: Path) -> None:
    found = only(found_in(exported("fine", 6) + exported(message) + exported("fine", 6), tmp_path))
    assert (found.pattern, found.level, found.count) == ("payment <*> failed (Timeout)", Level.ERROR, 1)
    assert "Caused by: java.net.Timeout: x" in found.sample.text


def test_without_a_priority_its_words_tell(tmp_path: Path) -> None:
    found = only(found_in(exported("payment 7 failed", None) + exported("payment 7 done", None), tmp_path))
    assert (found.pattern, found.count) == ("payment <*> failed", 1)


def test_what_the_program_says_of_itself_comes_before_the_priority(tmp_path: Path) -> None:
    found = only(found_in(exported("2025-11-21 04:40:00 ERROR no answer", 6), tmp_path))
    assert (found.pattern, found.level) == ("no answer", Level.ERROR)


def test_a_line_that_only_looks_so_hides_nothing(tmp_path: Path) -> None:
    log = b"__REALTIME_TIMESTAMP=1\nnext line\n2025-11-21 04:40:00 ERROR no answer\n"
    found = only(found_in(log, tmp_path))
    assert (found.pattern, found.count) == ("no answer", 1)


ENTRIES = st.lists(
    st.builds(
        exported,
        st.sampled_from(["payment 7 failed", "payment 9 failed", "all is well", TRACE, b"\xff\0 error\n\nfail\n"]),
        st.sampled_from([2, 3, 6, None]),
        st.integers(0, 9000),
        ERROR=st.sampled_from(["", "fail", "x" * 90]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80)
@given(ENTRIES, st.integers(1, 900), st.lists(st.integers(0, 3000), max_size=3))
def test_the_same_in_any_windows_and_ranges(entries: list[bytes], window: int, cuts: list[int]) -> None:
    data = b"".join(entries)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        whole = found_in(data, Path(folder))
        assert sum(each.count for each in whole.values()) == sum(map(trouble, entries))
        for module in (windows, journal, worker):
            patched.setattr(module, "REACH", 600)
        patched.setattr(windows, "WINDOW", window)
        assert found_in(data, Path(folder), *cuts) == whole


def trouble(entry: bytes) -> bool:
    """Whether it is an error: by its priority, or else by its words."""
    if b"PRIORITY=" in entry:
        return b"PRIORITY=6" not in entry
    return b"all is well" not in entry
