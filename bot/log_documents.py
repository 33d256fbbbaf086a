"""All that is known of an error in the logs, as a file to read: too long for a message, and nothing of it is cut."""

from bot.channels.base import File, MediaUnavailable
from bot.wording import Texts
from domain.log_alerts import in_line, readable
from domain.log_patterns import LogPattern
from domain.messages import Text, Value, moment
from storage.base import Storage

LANGUAGE = "id"
"""As everything in the ops group."""


async def log_file(storage: Storage, texts: Texts, fingerprint: str) -> File:
    """Plain text, UTF-8. Raises MediaUnavailable, StorageUnavailable, TextMissing."""
    pattern = await storage.get(LogPattern, fingerprint)
    if pattern is None:
        raise MediaUnavailable("no such pattern")
    text = readable(texts.words(_all_of(pattern), LANGUAGE))
    return File(text.encode("utf-8", "replace"), "text/plain", f"{pattern.id}.txt")


def _all_of(pattern: LogPattern) -> Text:
    history = tuple(
        Text("log-file-line", {"at": moment(each.at), "what": each.what, "by": each.by or "–"})
        for each in pattern.history
    )
    values: dict[str, Value] = {
        "id": pattern.id,
        "pattern": pattern.pattern or "–",
        "level": pattern.level.name,
        "state": pattern.state.value,
        "team": pattern.team or "–",
        "count": pattern.count,
        "first": moment(pattern.first_at),
        "last": moment(pattern.last_at),
        "sources": _counts(pattern.sources),
        "files": _counts(pattern.files),
        "history": history,
        "path": in_line(pattern.sample.path, 1000),
        "sample": pattern.sample.text,
    }
    return Text("log-all", values)


def _counts(counts: dict[str, int]) -> str:
    return "\n".join(f"{count:>8}  {in_line(name, 1000)}" for name, count in counts.items())
