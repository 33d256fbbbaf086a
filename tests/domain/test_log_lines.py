"""What one line says, in each format: lines of our own, as the programs write them."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.log_levels import Line
from domain.log_lines import READERS, Level, Reader, When, flat, grave, level_of

NEAR = datetime(2026, 11, 21, 12, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
"""What every line below says, in Jakarta's time where it names no zone: 10:00:00."""


def reader(format: str = "auto", zone: str = "Asia/Jakarta", near: datetime = NEAR) -> Reader:
    return Reader(When(ZoneInfo(zone), near), format)


def journal(**fields: object) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": str(int(AT.timestamp() * 1e6)), "_PID": "41", **fields})


E, W, INFO, C, D = Level.ERROR, Level.WARNING, Level.INFO, Level.CRITICAL, Level.DEBUG

LINES: dict[str, tuple[str, Level | None, datetime | None, str, str]] = {
    # name: (line, level, time, thread, message)
    "log4j": ("2026-11-21 10:00:00,000 [exec-3] ERROR c.a.Pay - no", E, AT, "exec-3", "c.a.Pay - no"),
    "log4j, level first": ("2026-11-21 10:00:00,000 ERROR [exec-3] c.a.Pay - no", E, AT, "", "[exec-3] c.a.Pay - no"),
    "log4j, dashes": ("2026-11-21 10:00:00,000 - WARN  [main:Pay@7] - no", W, AT, "", "[main:Pay@7] - no"),
    "log4j, slashes": ("2026/11/21 10:00:00 ERROR no", E, AT, "", "no"),
    "log4j, two digits": ("26/11/21 10:00:00 ERROR Executor: no", E, AT, "", "Executor: no"),
    "logback": ("10:00:00.123 [main] ERROR c.a.Pay -- no", E, None, "main", "c.a.Pay -- no"),
    "Spring": ("2026-11-21T10:00:00.000+07:00 ERROR 41 --- [x-1] Pay : no", E, AT, "", "41 --- [x-1] Pay : no"),
    "Tomcat": ("21-Nov-2026 10:00:00.000 SEVERE [main] Pay no", E, AT, "", "[main] Pay no"),
    "Python, basic": ("ERROR:app.orders:no", E, None, "", "no"),
    "Python": ("2026-11-21 10:00:00,000 app.orders ERROR no", E, AT, "", "no"),
    "Python, dashes": ("2026-11-21 10:00:00,000 - app.orders - ERROR - no", E, AT, "", "no"),
    "Python, level first": ("ERROR 2026-11-21 10:00:00,000 no", E, AT, "", "no"),
    "Celery": ("[2026-11-21 10:00:00,000: ERROR/MainProcess] no", E, AT, "", "no"),
    "gunicorn": ("[2026-11-21 10:00:00 +0700] [41] [ERROR] no", E, AT, "41", "no"),
    "uvicorn": ("ERROR:    no", E, None, "", "no"),
    "PostgreSQL": ("2026-11-21 03:00:00.000 UTC [41] ERROR:  no", E, AT, "41", "no"),
    "MySQL": ("2026-11-21T03:00:00.000000Z 0 [ERROR] [MY-1] no", E, AT, "", "[MY-1] no"),
    "Serilog": ("[10:00:00 ERR] no", E, None, "", "no"),
    "ASP.NET": ("fail: Acme.Web[13]", E, None, "", "Acme.Web[13]"),
    "Rails": ("E, [2026-11-21T10:00:00.000000 #41] ERROR -- : no", E, AT, "41", "no"),
    "zap, console": ("2026-11-21T10:00:00.000+0700\terror\tpay.go:7\tno", E, AT, "", "pay.go:7\tno"),
    "in colours": ("\x1b[90m2026-11-21T10:00:00+07:00\x1b[0m \x1b[31mERR\x1b[0m no", E, AT, "", "no"),
    "bracketed": ("[ERROR] no", E, None, "", "no"),
    "git": ("error: no", E, None, "", "no"),
    "syslog": ("Nov 21 10:00:00 web1 app[41]: no", None, AT, "app[41]", "no"),
    "syslog, day of one digit": (
        "Nov  1 10:00:00 web1 kernel: no",
        None,
        datetime(2026, 11, 1, 3, tzinfo=UTC),
        "kernel",
        "no",
    ),
    "syslog, priority": ("<11>Nov 21 10:00:00 web1 app[41]: no", E, AT, "app[41]", "no"),
    "syslog, a level within": ("<14>Nov 21 10:00:00 web1 app[41]: ERROR no", E, AT, "app[41]", "no"),
    "syslog, log4j within": (
        "Nov 21 10:00:00 web1 app[41]: 2026-11-21 10:00:00,000 ERROR no",
        E,
        AT,
        "app[41]",
        "no",
    ),
    "syslog, JSON within": ('Nov 21 10:00:00 web1 app[41]: {"level":50,"msg":"no"}', E, AT, "app[41]", "no"),
    "syslog 5424": ("<11>1 2026-11-21T03:00:00.000Z web1 app 41 ID7 - no", E, AT, "41", "no"),
    "syslog 5424, data": ('<12>1 2026-11-21T03:00:00Z w a 41 - [x@1 k="a]b"][y] \ufeffno', W, AT, "41", "no"),
    "syslog, ISO": ("2026-11-21T10:00:00.000+07:00 web1 app[41]: no", None, AT, "app[41]", "no"),
    "nginx": ("2026/11/21 10:00:00 [error] 41#42: *7 open() failed", E, AT, "41#42", "open() failed"),
    "nginx, access": ('10.1.2.3 - - [21/Nov/2026:10:00:00 +0700] "GET /error" 200', INFO, AT, "", '"GET /error" 200'),
    "apache": ("[Sat Nov 21 10:00:00 2026] [error] no", E, AT, "", "no"),
    "apache 2.4": ("[Sat Nov 21 10:00:00.000000 2026] [core:crit] [pid 41:tid 42] no", C, AT, "41:tid 42", "no"),
    "journald": (journal(MESSAGE="no", PRIORITY="3"), E, AT, "41", "no"),
    "journald, bytes": (journal(MESSAGE=[110, 111], PRIORITY="6"), INFO, AT, "41", "no"),
    "journald, a level within": (journal(MESSAGE="ERROR no", PRIORITY="6"), E, AT, "41", "no"),
    "pino": ('{"level":50,"time":1795230000000,"pid":41,"msg":"no"}', E, AT, "41", "no"),
    "structlog": ('{"event":"no","level":"error","timestamp":"2026-11-21T03:00:00Z"}', E, AT, "", "no"),
    "slog": ('{"time":"2026-11-21T10:00:00+07:00","level":"ERROR","msg":"no","error":"EOF"}', E, AT, "", "no\nEOF"),
    "slog, between": ('{"time":"2026-11-21T03:00:00Z","level":"WARN+2","msg":"no"}', W, AT, "", "no"),
    "zap": ('{"level":"dpanic","ts":1795230000.0,"msg":"no"}', C, AT, "", "no"),
    "ECS": ('{"@timestamp":"2026-11-21T03:00:00Z","log.level":"ERROR","message":"no"}', E, AT, "", "no"),
    "Serilog, compact": ('{"@t":"2026-11-21T03:00:00Z","@l":"Error","@m":"no","@x":"X: y"}', E, AT, "", "no\nX: y"),
    "MongoDB": ('{"t":{"$date":"2026-11-21T10:00:00.000+07:00"},"s":"E","msg":"no"}', E, AT, "", "no"),
    "Docker": ('{"log":"ERROR no\\n","stream":"stderr","time":"2026-11-21T03:00:00Z"}', E, AT, "", "no\n"),
    "Kubernetes": ("2026-11-21T03:00:00.000000000Z stderr F ERROR no", E, AT, "", "no"),
    "JSON, cut": ('{"level":"error","time":"2026-11-21T03:00:00Z","msg":"no","data":"' + "x" * 9, E, AT, "", "no"),
    "logfmt": ("time=2026-11-21T10:00:00+07:00 level=ERROR msg=no k=v", E, AT, "", "msg=no k=v"),
    "logfmt, later": (
        'ts=2026-11-21T03:00:00Z caller=a.go:7 level=error err="a b"',
        E,
        AT,
        "",
        'caller=a.go:7 err="a b"',
    ),
    "klog": ("E1121 10:00:00.000000    41 pay.go:7] no", E, AT, "41", "pay.go:7] no"),
    "Android": ("11-21 10:00:00.000   41   42 E Pay: no", E, AT, "41   42", "Pay: no"),
    "Android, time": ("11-21 10:00:00.000 E/Pay(   41): no", E, AT, "", "Pay(   41): no"),
    "Windows CBS": ("2026-11-21 10:00:00, Error                 CBS    no", E, AT, "", "CBS    no"),
    "Hadoop": ("261121 100000 41 ERROR dfs.DataNode: no", E, AT, "41", "dfs.DataNode: no"),
    "timed": ("2026-11-21 10:00:00 the disk is full", None, AT, "", "the disk is full"),
    "plain": ("the disk is full", None, None, "", "the disk is full"),
    "empty": ("", None, None, "", ""),
    "no object": ('{"level" is an error}', None, None, "", '{"level" is an error}'),
    "no level": ("2026-11-21 10:00:00 Started in 7 s", None, AT, "", "Started in 7 s"),
    "a word that is no level": ("2026-11-21 10:00:00 information is lost", INFO, AT, "", "is lost"),
}
each_line = pytest.mark.parametrize(("text", "level", "at", "thread", "message"), LINES.values(), ids=LINES)


@each_line
def test_a_line(text: str, level: Level | None, at: datetime | None, thread: str, message: str) -> None:
    line = reader().read(text)
    assert (line.level, line.at, line.thread, line.message) == (level, at, thread, message)
    assert reader().level(text) == level
    if line.span is not None:
        assert reader().moment(text[slice(*line.span)]) == at


@each_line
def test_lines_that_differ_in_digits_alone_are_read_by_the_first(
    text: str, level: Level | None, at: datetime | None, thread: str, message: str
) -> None:
    """As the scanner does: of a known form the time is all it reads."""
    if at is None or "10:00:00" not in text:
        return
    later = text.replace("10:00:00", "11:02:03")
    assert flat(later.encode()) == flat(text.encode())
    span = reader().read(text).span
    assert span is None or reader().moment(later[slice(*span)]) == at + timedelta(hours=1, minutes=2, seconds=3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"level":50,"msg":"a"}', '{"level":30,"msg":"a"}'),
        ('{"PRIORITY":"3","MESSAGE":"a"}', '{"PRIORITY":"6","MESSAGE":"a"}'),
        ("<11>Nov 21 10:00:00 w a: b", "<14>Nov 21 10:00:00 w a: b"),
        ("Nov 21 10:00:00 w a: level=50 msg=b", "Nov 21 10:00:00 w a: level=30 msg=b"),
    ],
)
def test_a_digit_that_tells_the_level_is_kept(one: str, other: str) -> None:
    assert flat(one.encode()) != flat(other.encode())


# --- times ---


def test_a_line_without_a_year_is_of_the_last_such_day() -> None:
    january = datetime(2027, 1, 3, tzinfo=UTC)
    assert reader(near=january).read("Dec 31 23:59:59 w a: b").at == datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert reader(near=january).read("Jan  2 03:00:00 w a: b").at == datetime(2027, 1, 1, 20, tzinfo=UTC)
    new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)  # in Jakarta it is 2027
    assert reader(near=new_year).read("Jan  1 03:00:00 w a: b").at == datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert reader(near=january).read("Feb 29 03:00:00 w a: b").at == datetime(2024, 2, 28, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at"),
    [("UTC", 10), ("Asia/Jakarta", 3), ("Asia/Jayapura", 1), ("America/New_York", 15)],
)
def test_the_zone_of_the_source(zone: str, at: int) -> None:
    assert reader(zone=zone).read("2026-11-21 10:00:00 ERROR no").at == AT.replace(hour=at)
    assert reader(zone=zone).read("Nov 20 10:00:00 w a: no").at == AT.replace(day=20, hour=at)
    assert reader(zone=zone).read("2026-11-21 03:00:00+00:00 ERROR no").at == AT


@pytest.mark.parametrize("time", ["2026-02-31 10:00:00", "2026-11-21 25:00:00", "0000-01-01 00:00:00"])
def test_what_is_no_time(time: str) -> None:
    line = reader().read(f"{time} ERROR no")
    assert (line.level, line.at, line.message) == (Level.ERROR, None, "no")


# --- formats by name ---


def test_a_named_format_reads_no_other() -> None:
    text = LINES["nginx"][0]
    assert reader("nginx").read(text).level is Level.ERROR
    assert reader("klog").read(text) == Line(message=text)
    with pytest.raises(ValueError, match="there is no format 'nginz', only auto, json"):
        reader("nginz")


@pytest.mark.parametrize("name", [name for name, _ in READERS])
def test_each_name_reads_some_line(name: str) -> None:
    assert any(reader(name).read(line[0]).at is not None for line in LINES.values())


@pytest.mark.parametrize(
    ("word", "level"),
    [("Error", E), ("[WARN]", W), ("3", E), ("7", D), ("50", E), ("60", C), ("11", None), ("fine", D), ("no", None)],
)
def test_a_level_by_its_name_or_number(word: str, level: Level | None) -> None:
    assert level_of(word) == level


# --- how grave a line is that names no level ---


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("java.io.IOException: no space left on device", E),
        ("Payment failed for user 7", E),
        ("connect: connection refused", E),
        ("cannot open /srv/app/orders.db", E),
        ("read timed out", E),
        ("ORA-01555: snapshot too old", E),
        ("app[41]: segfault at 0 ip 00007f", C),
        ("panic: runtime error: index out of range", C),
        ("Out of memory: Killed process 41 (java)", C),
        ("Warning: the disk is nearly full", W),
        ("ready", None),
        ("Payment 12 failed for user 7", E),
        ("connection 7 aborted by the other side", E),
        ("HTTP 500 error from /orders", E),
        ("login failed: 3 attempts", E),
        ("0 errors, 12 passed", None),
        ("12 passed, 0 failed", None),
        ("passed=12 failed=0", None),
        ("finished with errors: 0", None),
        ("done, no errors", None),
        ("sent error=none", None),
        ("GET /error/page.html", None),
        ("the error handler is installed", None),
        ("session 7 with negotiated timeout 4000", None),
        ("no errors in one, but the other failed", E),
    ],
)
def test_a_line_without_a_level_is_judged_by_its_words(message: str, level: Level | None) -> None:
    assert grave(Line(message=message)) == level


def test_the_level_has_the_last_word() -> None:
    assert grave(reader().read("2026-11-21 10:00:00 INFO the payment failed")) is Level.INFO
    assert grave(reader().read("2026-11-21 10:00:00 ERROR ready")) is Level.ERROR


# --- any text ---

ODD = st.one_of(
    st.text(),
    st.sampled_from([line[0] for line in LINES.values()]).flatmap(
        lambda text: st.tuples(st.just(text), st.integers(0, 200), st.text(max_size=5)).map(
            lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
        )
    ),
)


@given(ODD, st.sampled_from(["auto", *(name for name, _ in READERS)]))
def test_any_text_is_read(text: str, format: str) -> None:
    each = reader(format)
    line = each.read(text)
    assert each.level(text) == line.level
    assert line.at is None or line.at.utcoffset() == timedelta()
    assert line.span is None or each.moment(text[slice(*line.span)]) == line.at
    grave(line)
    flat(text.encode("utf-8", "replace"))


@given(st.lists(ODD, max_size=5), ODD)
def test_a_line_is_read_the_same_whatever_was_read_before(before: list[str], text: str) -> None:
    used = reader()
    for each in before:
        used.read(each)
    assert used.read(text) == reader().read(text)
