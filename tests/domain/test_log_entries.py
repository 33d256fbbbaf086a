"""Which lines are one entry: stack traces of five languages, with and without prefixes, between others' lines."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.log_entries import Place, belonging, head_for, is_continuation, message_of, place_of
from domain.log_lines import Line, Reader, When

WHEN = When(ZoneInfo("UTC"), datetime(2026, 11, 21, tzinfo=UTC))

PYTHON = """\
Traceback (most recent call last):
  File "/srv/app/orders.py", line 41, in paid
    total = Decimal(given)
            ^^^^^^^^^^^^^^
decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]"""

CHAINED = f"""\
{PYTHON}

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/inbox.py", line 7, in take
    raise Refused("the error of an order") from None
app.errors.Refused: the error of an order"""

JAVA = """\
java.lang.IllegalStateException: order is in error
\tat com.acme.order.OrderService.pay(OrderService.java:88)
\tat com.acme.web.ErrorFilter.doFilter(ErrorFilter.java:20)
\tSuppressed: java.io.IOException: close failed
\t\tat com.acme.db.Pool.close(Pool.java:9)
Caused by: java.sql.SQLTimeoutException: timed out
\tat com.acme.db.Pool.get(Pool.java:31)
\t... 12 more"""

GO = """\
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.(*ErrorPool).fail(0xc000012345, 0x5)
\t/srv/app/pool.go:12 +0x1d
main.main()
\t/srv/app/main.go:5 +0x25
exit status 2"""

NODE = """\
Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1606:16)
    at async errorHandler (/srv/app/errors.js:3:7) {
  errno: -111,
  code: 'ECONNREFUSED',
  [cause]: TypeError: failed
      at /srv/app/db.js:1:1"""

DOTNET = """\
System.InvalidOperationException: the order failed
 ---> System.TimeoutException: timed out
   at Acme.Db.Pool.Get() in /srv/app/Pool.cs:line 31
   --- End of inner exception stack trace ---
   at Acme.Orders.ErrorHandler.Pay(Order order) in /srv/app/Orders.cs:line 8"""

TRACES = {"python": PYTHON, "chained": CHAINED, "java": JAVA, "go": GO, "node": NODE, "dotnet": DOTNET}
each_trace = pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)

HEADS = (
    "2026-11-21 03:00:00,123 [exec-3] ERROR c.a.order.OrderController - order 7 was not taken",
    "2026-11-21 03:00:00,123 ERROR orders: order 7 was not taken",
    "[2026-11-21T03:00:00Z] [critical] order 7 was not taken",
    "ERROR:app.orders:order 7 was not taken",
)


def reader() -> Reader:
    return Reader(WHEN)


def heads(lines: list[str]) -> list[int | None]:
    """Of each line, as the scanner asks; empty lines are left out."""
    read = reader().read
    return [head_for(read(line), lines[:number], read) for number, line in enumerate(lines) if line]


def entry(lines: list[str], head: int = 0) -> list[str]:
    read = reader().read
    after = lines[head + 1 :]
    return [after[index] for index in belonging(read(lines[head]), after, read)]


@each_trace
def test_a_trace_that_stands_alone(trace: str) -> None:
    lines = trace.splitlines()
    first, *rest = heads(lines)
    assert first is None
    assert rest == [0] * len(rest)
    assert entry(lines) == [line for line in lines[1:] if line]


@each_trace
@pytest.mark.parametrize("head", HEADS)
def test_a_trace_under_its_line(trace: str, head: str) -> None:
    before = "2026-11-21 02:59:59,000 [exec-3] INFO c.a.order.OrderController - an order came"
    after = "2026-11-21 03:00:00,500 [exec-3] ERROR c.a.order.OrderController - order 8 was not taken"
    lines = [before, head, *trace.splitlines(), after]
    assert heads(lines) == [None, None, *[1 for line in trace.splitlines() if line], None]
    assert entry(lines, 1) == [line for line in trace.splitlines() if line]


@each_trace
def test_a_trace_through_syslog_between_anothers_lines(trace: str) -> None:
    ours = trace.splitlines()
    lines = [
        text
        for number, line in enumerate(ours)
        for text in (
            f"Nov 21 03:00:00 web1 app[41]: {line}",
            f"Nov 21 03:00:00 web1 app[42]: ERROR order {number} failed",
        )
    ]
    found = heads(lines)
    assert [head for head, line in zip(found[::2], ours, strict=True) if line] == [
        None,
        *[0 for line in ours[1:] if line],
    ]
    assert set(found[1::2]) == {None}
    assert entry(lines) == [text for text, line in zip(lines[2::2], ours[1:], strict=True) if line]


def test_two_traces_between_one_another() -> None:
    one, two = ([f"Nov 21 03:00:00 web1 app[{pid}]: {line}" for line in JAVA.splitlines()] for pid in (1, 2))
    lines = [line for pair in zip(one, two, strict=True) for line in pair]
    assert heads(lines) == [None, None, *[0, 1] * (len(one) - 1)]
    assert entry(lines, 0) == one[1:]
    assert entry(lines, 1) == two[1:]


def test_two_traces_one_after_the_other_are_two() -> None:
    length = len(PYTHON.splitlines())
    assert heads((PYTHON + "\n" + PYTHON).splitlines()) == [None, *[0] * (length - 1), None, *[length] * (length - 1)]
    assert heads((JAVA + "\n" + JAVA).splitlines()).count(None) == 2


def test_a_crash_after_a_line_that_tells_of_no_trouble_stands_for_itself() -> None:
    lines = ["2026-11-21 03:00:00 INFO app: ready", *PYTHON.splitlines()]
    assert heads(lines) == [None, None, 1, 1, 1, 1]
    assert entry(lines) == []
    assert heads(["2026-11-21 03:00:00 INFO app: ready", "Segmentation fault"]) == [None, None]


def test_a_message_of_several_lines() -> None:
    lines = [
        "2026-11-21 03:00:00 ERROR db: the statement failed:",
        "SELECT error FROM orders",
        "  WHERE failed",
        "HINT: no such column",
        "2026-11-21 03:00:01 INFO db: ready",
        "HINT: an error of its own",
    ]
    assert heads(lines) == [None, 0, 0, 0, None, None]


def test_a_line_with_a_level_goes_on_with_nothing() -> None:
    lines = ["2026-11-21 03:00:00 ERROR app: failed", "2026-11-21 03:00:00 ERROR ValueError: failed"]
    assert heads(lines) == [None, None]
    assert place_of(reader().read(lines[1])) is not Place.WITHIN


@pytest.mark.parametrize(
    "line", ["\tat com.acme.ErrorFilter.go(ErrorFilter.java:20)", "Caused by: java.io.IOException: no"]
)
def test_what_goes_on_is_none_of_its_own_even_where_its_head_is_out_of_sight(line: str) -> None:
    assert is_continuation(line)
    assert place_of(reader().read(line)) is Place.WITHIN
    assert head_for(reader().read(line), [], reader().read) is None


@pytest.mark.parametrize(
    "message",
    [
        "#5 failed to connect",
        "backup: at step 3 of 5 failed",
        "created by admin, not accepted: an error",
        "---> the payment failed",
        "... 3 more retries failed",
        "at midnight the job failed (again)",
        "goroutine leak: 12 failed",
        "from 10.1.2.3:80: refused",
    ],
)
def test_what_only_looks_like_a_trace_is_an_error_of_its_own(message: str) -> None:
    line = f"2026-11-21 03:00:00 ERROR {message}"
    assert place_of(reader().read(line)) is not Place.WITHIN
    assert heads(["2026-11-21 03:00:00 ERROR failed", line]) == [None, None]


@pytest.mark.parametrize(
    "message",
    [
        "    at new Pool (/srv/app/db.js:1:2)",
        "    at async file:///srv/app/db.mjs:10:5",
        "\tat java.base/java.lang.Thread.run(Thread.java:829)",
        "   at lambda_method(Closure , Object )",
        " ---> (Inner Exception #1) System.TimeoutException: no",
        "#0 /srv/app/index.php(12): pay()",
        "#1  0x00007f in main () at a.c:7",
        "created by net/http.(*Server).Serve in goroutine 1",
        "        from app/pay.rb:7:in `pay'",
        "  | Traceback (most recent call last):",
    ],
)
def test_frames(message: str) -> None:
    assert is_continuation(message)


def test_a_trace_in_android() -> None:
    lines = [
        f"11-21 03:00:00.123  812  812 E AndroidRuntime: {line}"
        for line in (
            "FATAL EXCEPTION: main",
            "java.lang.IllegalStateException: no",
            "\tat com.acme.Main.go(Main.java:7)",
        )
    ]
    assert heads(lines)[2] is not None
    assert place_of(reader().read(lines[2])) is Place.WITHIN


@pytest.mark.parametrize(
    ("head", "lines", "said"),
    [
        ("order 7 was not taken", PYTHON, "order 7 was not taken (InvalidOperation)"),
        ("order 7 was not taken", CHAINED, "order 7 was not taken (Refused)"),
        ("order 7 was not taken", JAVA, "order 7 was not taken (SQLTimeoutException)"),
        ("order 7 was not taken", NODE, "order 7 was not taken (TypeError)"),
        ("order 7 was not taken", DOTNET, "order 7 was not taken (TimeoutException)"),
        ("SQLTimeoutException in order 7", JAVA, "SQLTimeoutException in order 7"),
        ("order 7 was not taken", "SELECT error FROM orders", "order 7 was not taken"),
        ("order 7 was not taken", "", "order 7 was not taken"),
        (PYTHON.partition("\n")[0], PYTHON.partition("\n")[2], PYTHON.splitlines()[-1]),
        (CHAINED.partition("\n")[0], CHAINED.partition("\n")[2], "app.errors.Refused: the error of an order"),
        (f"order 7 was not taken\n{PYTHON}", "", "order 7 was not taken (InvalidOperation)"),
        ("order 7 was not taken\nno route to host", "", "order 7 was not taken no route to host"),
        (
            "Acme.Web.Server[13]",
            "      Order 7 was not taken.\n      at x",
            "Acme.Web.Server[13] Order 7 was not taken.",
        ),
    ],
)
def test_what_an_entry_says(head: str, lines: str, said: str) -> None:
    assert message_of(Line(message=head), lines.splitlines()) == said


PIECES = [
    line
    for text in (*TRACES.values(), *HEADS, "plain words: no", "", "ValueError: no")
    for each in text.splitlines() or [""]
    for line in (each, f"Nov 21 03:00:00 web1 app[41]: {each}", f"Nov 21 03:00:00 web1 app[42]: {each}")
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_what_belongs_to_a_line_are_the_lines_whose_head_it_is(lines: list[str]) -> None:
    read = reader().read
    for index in range(len(lines)):
        head = read(lines[index])
        if place_of(head) is Place.HEAD:
            for each in belonging(head, lines[index + 1 :], read):
                number = index + 1 + each
                assert head_for(read(lines[number]), lines[:number], read) == index


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_text_is_taken(text: str, lines: list[str]) -> None:
    read = reader().read
    place_of(read(text))
    head_for(read(text), lines, read)
    belonging(read(text), lines, read)
    message_of(read(text), lines)
