"""The words that make a line a candidate. What it is, its parsed level decides (`domain/log_lines.py`).

One expression in the syntax that Hyperscan, RE2, Python and ripgrep share, in any case of letters, line by line.
"""

WORDS = (
    "err(?:or|no)?s?", "exceptions?", "fail(?:ed|s|ure|ures|ing)?", "fatal", "panic(?:ked)?", "crit(?:ical)?", "severe",
    "emerg(?:ency)?", "alert", "abort(?:ed|ing)?", "assert(?:ion)?", "segfault", "traceback", "refused", "denied",
    "timed? ?out", "timeouts?", "unable", "cannot", "could ?n[o']t", "corrupt(?:ed|ion)?", "killed", "overflow",
    "unreachable", "rejected", "invalid", "warn(?:ing)?s?",
)  # fmt: skip
