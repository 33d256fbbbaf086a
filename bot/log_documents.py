"""All that is known of an error in the logs, as a file to read: too long for a message, and nothing of it is cut."""

from functools import partial

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
    words = partial(texts.words, language=LANGUAGE)
    history = [
        words(Text("log-file-line", {"at": moment(each.at), "what": each.what, "by": each.by or "–"}))
        for each in pattern.history
    ]
    # What is long stands under its heading by itself: texts take no values of any length.
    sections: tuple[tuple[Text, list[str]], ...] = (
        (_head(pattern), []),
        (Text("log-file-pattern"), [pattern.pattern]),
        (Text("log-file-sources"), _counts(pattern.sources)),
        (Text("log-file-files"), _counts(pattern.files)),
        (Text("log-file-history"), history),
        (Text("log-file-sample", {"path": in_line(pattern.sample.path, 1000)}), ["", pattern.sample.text]),
    )
    body = "\n\n".join("\n".join([words(heading), *lines]) for heading, lines in sections)
    return File(readable(body).encode("utf-8", "replace"), "text/plain", f"{pattern.id}.txt")


def _head(pattern: LogPattern) -> Text:
    values: dict[str, Value] = {
        "id": pattern.id,
        "level": pattern.level.name,
        "state": pattern.state.value,
        "team": pattern.team or "–",
        "count": pattern.count,
        "first": moment(pattern.first_at),
        "last": moment(pattern.last_at),
    }
    return Text("log-file-head", values)


def _counts(counts: dict[str, int]) -> list[str]:
    return [f"{count:>8}  {in_line(name, 1000)}" for name, count in counts.items()]
