"""What is asked of Sahut, and whether it holds: each target finds its figure among the rows of a run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks import logscan, logscan_quality
from benchmarks.contestants import (
    AIOGRAM_MEMORY,
    AIOGRAM_REDIS,
    BARE,
    GRAMMY,
    PTB_CONCURRENT,
    PTB_SEQUENTIAL,
    SAHUT,
    SAHUT_WHATSAPP,
)
from benchmarks.messages import Row

ON_MONGO = ("Sahut, one worker", "Sahut, two workers")
JOBS = "APScheduler, jobs that send a message"
STUDY = "the study: 36 orders in a day, up to 10 at once"
FAULTS = ("wrong", "repeated", "refused", "stuck", "elsewhere", "unrecorded")
"""What must be 0 for a run to count: replies that were not the step's, sent twice, or never; calls not answered 2xx;
sends to strangers; sends that Sahut's database does not know of.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, as it is shown; `met` is None where it could not be measured, and `shown` says why."""

    shown: str
    met: bool | None


class NotMeasured(Exception):
    """In words: what is missing, or what went wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """`measure` finds the figure. Raises NotMeasured."""

    part: str
    what: str
    asked: str
    measure: Callable[["Rows"], Measured]


class Rows:
    """The rows of the latest run of each part."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def of(self, part: str, name: str = "") -> list[Row]:
        """Those with figures. Raises NotMeasured where there is none."""
        rows = [row for row in self._rows if row["part"] == part and name in ("", row["name"])]
        if not rows:
            raise NotMeasured("not measured")
        for row in rows:
            if "missing" in row:
                raise NotMeasured(f"not installed: {row['missing']}")
            if "error" in row:
                raise NotMeasured(f"failed: {row['error'].splitlines()[0]}")
            if found := faults(row):
                raise NotMeasured(f"not valid: {found}")
        return rows

    def median(self, part: str, name: str, figure: str) -> float:
        return float(median(row[figure] for row in self.of(part, name)))

    def parts(self) -> set[str]:
        return {row["part"] for row in self._rows}

    def names(self, part: str) -> list[str]:
        return list(dict.fromkeys(row["name"] for row in self._rows if row["part"] == part))


def faults(row: Row) -> str:
    return ", ".join(f"{name} {row[name]}" for name in FAULTS if row.get(name))


def times(ratio: float) -> str:
    """A ratio in words: 2.5 ×, or 1/4 where the smaller is the better."""
    return f"{ratio:.2f} ×" if ratio >= 0.4 else f"1/{1 / ratio:.1f}"


def _rate(peer: str, least: float) -> Target:
    def measure(rows: Rows) -> Measured:
        ours, theirs = (rows.median("messages", name, "per_second") for name in (SAHUT.name, peer))
        return Measured(f"{ours / theirs:.2f} × ({ours:,.0f} and {theirs:,.0f})", ours / theirs >= least)

    return Target("messages", f"messages a second, against {peer}", f"≥ {least:g} ×", measure)


def _cost(peer: str, most: float) -> Target:
    def measure(rows: Rows) -> Measured:
        ours, theirs = (rows.median("messages", name, "cpu_per_1000") for name in (SAHUT.name, peer))
        return Measured(f"{times(ours / theirs)} ({ours:.3f} and {theirs:.3f})", ours / theirs <= most)

    asked = f"1/{round(1 / most)}" if most < 1 else f"{most:g} ×"
    return Target("messages", f"processor time a message, against {peer}", f"≤ {asked}", measure)


def _at_most(part: str, who: str, figure: str, most: float, unit: str, what: str, digits: int = 1) -> Target:
    def measure(rows: Rows) -> Measured:
        value = rows.median(part, who, figure)
        return Measured(f"{value:,.{digits}f} {unit}", value <= most)

    told = f"{what}, WhatsApp" if who == SAHUT_WHATSAPP.name else what
    return Target(part, told, f"≤ {most:g} {unit}".rstrip(), measure)


def _quotient(part: str, what: str, above: str, below: str, least: float | None) -> Target:
    def measure(rows: Rows) -> Measured:
        ours, theirs = (rows.median(part, name, "per_second") for name in (above, below))
        met = None if least is None else ours / theirs >= least
        return Measured(f"{ours / theirs:.2f} × ({ours:,.0f} and {theirs:,.0f} a second)", met)

    return Target(part, what, "–" if least is None else f"≥ {least:g} ×", measure)


def _same_cost_with_two_workers(rows: Rows) -> Measured:
    one, two = (rows.median("mongo", name, "cpu_per_1000") for name in ON_MONGO)
    return Measured(f"{(two / one - 1) * 100:+.0f} % ({one:.3f} and {two:.3f})", abs(two / one - 1) <= 0.1)


def _store_is_the_limit(rows: Rows) -> Measured:
    """More workers bring nothing more, and the server is busier than all of Sahut."""
    one, two = (rows.median("mongo", name, "per_second") for name in ON_MONGO)
    ours, servers = (rows.median("mongo", ON_MONGO[1], figure) for figure in ("cores", "store_cores"))
    shown = f"{two / one:.2f} × the messages; the server took {servers:.2f} processors, Sahut {ours:.2f}"
    return Measured(shown, two / one < 1.2 and servers > ours)


def _all_ordered(rows: Rows) -> Measured:
    runs = [name for name in rows.names("orders") if name != STUDY]
    good = [name for name in runs if not rows.median("orders", name, "failures")]
    return Measured(f"{len(good)} of {len(runs)} runs without a failure", good == runs)


def _told_once(rows: Rows) -> Measured:
    (row,) = rows.of("servers", SAHUT.name)
    shown = "{done:,} messages and mails: {lost} lost, {twice} twice, {strays} not asked for, {odd} at odds"
    return Measured(shown.format(**row), not any(row[each] for each in ("lost", "twice", "strays", "odd")))


def _machines_cost(rows: Rows) -> Measured:
    """Shown, and nothing asked: a job of the peer's sends its message, and no record changes by it."""
    ours, theirs = (rows.median("servers", name, "cpu_per_1000") for name in (SAHUT.name, JOBS))
    return Measured(f"{times(ours / theirs)} ({ours:.3f} and {theirs:.3f})", None)


def _worst(figure: str, least: float) -> Target:
    """Of the families whose levels are labelled; their words alone are shown, and nothing is asked of them."""

    def measure(rows: Rows) -> Measured:
        found = {row["name"]: row[figure] for row in rows.of(logscan_quality.FOUND) if figure in row}
        family = min((each for each in found if not each.endswith(logscan_quality.BY_WORDS)), key=found.__getitem__)
        return Measured(f"{found[family]:.3f} ({family})", found[family] >= least)

    return Target(logscan_quality.FOUND, f"{figure} of errors, in the worst of the families", f"≥ {least:g}", measure)


def _grouped(rows: Rows) -> Measured:
    accuracies = [row["accuracy"] for row in rows.of(logscan_quality.GROUPS)]
    return Measured(
        f"{mean(accuracies):.3f} ({len(accuracies)} families)", mean(accuracies) >= logscan_quality.GROUPING
    )


def _both(*arguments: object) -> tuple[Target, Target]:
    part, *rest = arguments
    return (
        _at_most(part, SAHUT.name, *rest),  # type: ignore[arg-type]  # the arguments of _at_most
        _at_most(part, SAHUT_WHATSAPP.name, *rest),  # type: ignore[arg-type]  # the same
    )


def _logs() -> Iterator[Target]:
    """What is asked of the scanner is told by the corpus, in the order of these; then what its memory may be."""
    few, one, many, fresh, packed = logscan.CORPORA
    asked = (
        *((few, 2, logscan.RG, 0.8), (one, 2, logscan.RG, 0.8), (many, 2, logscan.RG, 0.45)),
        *((few, 1, logscan.RG, 0.5), (one, 1, logscan.RG, 0.5)),
        *((fresh, 2, logscan.RG, 0.12), (packed, 2, logscan.RG_Z, 2.0)),
    )
    for corpus, workers, peer, least in asked:
        ours, theirs = (logscan.named(corpus, who) for who in (logscan.sahut(workers), peer))
        yield _quotient("logscan", f"megabytes of a log, {ours}, against `{peer}`", ours, theirs, least)
    for corpus in logscan.CORPORA:
        name = logscan.named(corpus, logscan.sahut(2))
        yield _at_most("logscan", name, "rss", 150, "MiB", f"memory of a worker, {corpus.name}", 0)


TARGETS: tuple[Target, ...] = (
    _rate(PTB_CONCURRENT.name, 6),
    _cost(PTB_CONCURRENT.name, 1 / 7),
    _rate(PTB_SEQUENTIAL.name, 4),
    _cost(PTB_SEQUENTIAL.name, 1 / 5),
    _rate(AIOGRAM_REDIS.name, 3),
    _cost(AIOGRAM_REDIS.name, 1 / 4),
    _rate(AIOGRAM_MEMORY.name, 2.5),
    _cost(AIOGRAM_MEMORY.name, 1 / 3),
    _rate(GRAMMY.name, 1.2),
    _cost(GRAMMY.name, 1),
    _rate(BARE.name, 0.45),
    *_both("fsyncs", "per_message", 0.2, "", "fsyncs a message, 32 in flight", 3),
    *_both("messages", "p99", 30, "ms", "99 of 100 messages within, saturated"),
    *_both("steady", "p99", 5, "ms", "99 of 100 messages within, at 300 a second"),
    *_both("stalls", "max", 100, "ms", "the longest wait in 80 s, saturated"),
    *_both("memory", "rss_at_rest", 110, "MiB", "memory at rest, everything configured", 0),
    *_both("memory", "grown", 30, "MiB", "memory grown after 100,000 messages", 0),
    _at_most("ready", SAHUT.name, "ready_after", 2, "s", "from start to ready", 2),
    Target(
        "mongo", "on MongoDB, processor time a message, two workers against one", "± 10 %", _same_cost_with_two_workers
    ),
    Target(
        "mongo",
        "on MongoDB, what a second worker brings on one test server",
        "the store is the limit",
        _store_is_the_limit,
    ),
    _quotient(
        "sends",
        "sends by our WhatsApp channel, against aiohttp alone",
        "WhatsApp, our channel",
        "WhatsApp, aiohttp",
        0.7,
    ),
    _quotient(
        "sends",
        "sends by our Telegram channel, against aiohttp alone",
        "Telegram, our channel",
        "Telegram, aiohttp",
        None,
    ),
    _quotient(
        "due",
        "10,000 due at one instant, fired, against APScheduler's job store",
        "Sahut, fired",
        "APScheduler, fired",
        10,
    ),
    _quotient("due", "the same, until every message is sent", "Sahut, sent", "APScheduler, sent", None),
    _at_most("due", "Sahut, sent", "blocked", 50, "ms", "the event loop blocked meanwhile"),
    Target("orders", "customers at once whose order comes to its event, each of them", "up to 1,000", _all_ordered),
    _at_most("orders", "10 at once", "cost_of_36", 656, "Rp", "processor time for 36 orders, at Rp 1,000 an hour"),
    _at_most("due", "Sahut, put down", "seconds", 5, "s", "100,000 put down for later", 2),
    *_logs(),
    _worst("recall", logscan_quality.RECALL),
    _worst("precision", logscan_quality.PRECISION),
    Target(logscan_quality.GROUPS, "grouping accuracy, in the mean", f"≥ {logscan_quality.GROUPING:g}", _grouped),
    Target("servers", "1,000 machines through a year: each message and mail once", "every one", _told_once),
    Target("servers", "processor time a message of theirs, against a job of APScheduler's", "–", _machines_cost),
)


def verdict(target: Target, rows: Rows) -> Measured:
    try:
        return target.measure(rows)
    except NotMeasured as why:
        return Measured(str(why), None)
