"""Entries of journald's export format (https://systemd.io/JOURNAL_EXPORT_FORMATS): a field a line and a blank line
behind the last one. A value with ends of lines in it has its length before it, and may look like anything.
"""

import re

from services.logscan.context import text_of
from services.logscan.windows import REACH

BEGINS = b"__REALTIME_TIMESTAMP="
"""What stands in each entry once, as one of its first lines: an entry is known by it."""
_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
_SIZE = 8


def entry(data: bytes, at: int) -> tuple[dict[str, str], int]:
    """The fields of the entry whose BEGINS is `at`, and where it ends; as far as REACH."""
    found: dict[str, str] = {}
    limit = min(len(data), at + REACH)
    while at < limit:
        end = data.find(b"\n", at, limit)
        end = limit if end < 0 else end
        name, sign, value = data[at:end].partition(b"=")
        if not _NAME.fullmatch(name):
            break
        at = end + 1
        if not sign:
            size = int.from_bytes(data[at : at + _SIZE], "little")
            value = data[at + _SIZE : min(at + _SIZE + size, limit)]
            at += _SIZE + size + 1
        found.setdefault(name.decode(), text_of(value))
    return found, min(at, limit)


def reaches(data: bytes, begin: int) -> int:
    """Where the entry ends in which `begin` lies; `begin` where it lies in none."""
    low, at = max(begin - REACH, 0), begin
    while (at := data.rfind(BEGINS, low, at)) > 0 and data[at - 1] != 10:
        pass
    return max(begin, entry(data, at)[1]) if at >= 0 else begin


def told(fields: dict[str, str]) -> str:
    """An entry as a line of text."""
    who = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM") or ""
    pid = f"[{fields['_PID']}]" if "_PID" in fields else ""
    return f"{who}{pid}: {fields.get('MESSAGE', '')}" if who or pid else fields.get("MESSAGE", "")
