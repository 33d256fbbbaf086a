"""What makes a line a candidate. What it is, its parsed level decides, or its words (`domain/log_lines.py`).

One expression in the syntax that Hyperscan, RE2, Python and ripgrep share, in any case of letters, line by line.
"""

from domain.log_levels import SEVERITIES, Level

LOWEST = Level.WARNING
"""Lines that are less grave are not looked for, whatever a source's threshold."""

_WORDS = {
    Level.ERROR: (
        "error", "exception", "fail", "fatal", "panic", "severe", r"(?:\b|\dm)(?:err|eror|ftl)\b", r"\bcrit(?:ical)?\b",
        r"\bemerg", r"\balert\b", "traceback", "refused", "denied", "timed out", "cannot", "can't",
        "could(?: not|n't)", "unable to", "abort", "seg(?:fault|mentation)", "core dumped", "out of memory",
        "oom-?kill", "corrupt", "unreachable", "crash", "un(?:handled|caught)", "deadlock", "abnormal",
        r"\b(?:ora|tns)-\d\d\d\d\d",
    ),
    Level.WARNING: (r"\bwarn", r"(?:\b|\dm)wrn\b"),
}  # fmt: skip
_LETTERS = {Level.ERROR: "efac", Level.WARNING: "w"}
_NUMBERS = {Level.ERROR: "50|60", Level.WARNING: "40"}
_CLOCK = r"\d\d:\d\d:\d\d"


def expression(threshold: Level) -> str:
    """For the lines of this level and graver ones, down to LOWEST."""
    levels = [level for level in _WORDS if level >= max(min(threshold, Level.ERROR), LOWEST)]
    return "|".join((*(word for level in levels for word in _WORDS[level]), *_forms(levels)))


def _forms(levels: list[Level]) -> tuple[str, ...]:
    """Where no word says it, but a letter or a number."""
    letters = "".join(_LETTERS[level] for level in levels)
    severities = [number for number, level in enumerate(SEVERITIES) if level >= levels[-1]]
    numbers = "|".join((*(_NUMBERS[level] for level in levels), f"[{severities[0]}-{severities[-1]}]"))
    priorities = "|".join(str(number) for number in range(192) if number % 8 in severities)
    return (
        rf"\d\d-\d\d {_CLOCK}\.\d+ +(?:\d+ +\d+ [{letters}] |[{letters}]/)",  # Android
        rf"\b[{letters}]\d\d\d\d {_CLOCK}",  # klog
        rf"<(?:{priorities})>(?:1 |[a-z][a-z][a-z] |\d\d\d\d-)",  # syslog
        rf'"(?:level|severity|priority|lvl|log\.level|loglevel|@l|s)"\s*:\s*"?(?:(?:{numbers})\b|[{letters}]")',  # JSON
        rf'\b(?:level|severity|lvl)="?(?:{numbers}|[{letters}])\b',  # logfmt
        "__REALTIME_TIMESTAMP=",  # journald's export, whose level stands in another line
    )


EXPRESSION = expression(LOWEST)
