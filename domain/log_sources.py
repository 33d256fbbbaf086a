"""Which logs are read: a source is one service's files, as the catalog tells."""

from datetime import timedelta

from msgspec import Struct

from domain.log_lines import Level

OWN = "sahut"
"""The source of what the service says of itself; no other has this name."""


class Source(Struct, frozen=True, kw_only=True):
    """`globs` are absolute paths with `*`, `?`, `**`; `format` is one of `log_lines.READERS`, or `auto`; `zone` (IANA)
    is that of times which name none. Lines below `threshold` are not findings. `silent_after`: ops hear of it when
    nothing was written for so long; None: never.
    """

    id: str
    globs: tuple[str, ...]
    format: str = "auto"
    zone: str = "UTC"
    team: str = ""
    threshold: Level = Level.ERROR
    silent_after: timedelta | None = None


class LogRules(Struct, frozen=True, kw_only=True):
    """`every`: from one scan to the next. A pattern that comes in an hour `spike_factor` times as often as in its usual
    hour, and `spike_least` times at least, is a spike.
    """

    every: timedelta = timedelta(seconds=30)
    spike_factor: float = 5.0
    spike_least: int = 20


class LogWatch(Struct, frozen=True, kw_only=True):
    """The catalog's part. Without sources only what the service says of itself is watched."""

    sources: tuple[Source, ...] = ()
    rules: LogRules = LogRules()

    def source(self, source_id: str) -> Source | None:
        return next((each for each in self.sources if each.id == source_id), None)
