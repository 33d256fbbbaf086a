"""Reads the part of catalog.toml that says which logs are read."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.catalog_parts import Line, Table, mistakes_in_id
from domain.log_lines import READERS, Level, level_of
from domain.log_sources import OWN, LogRules, LogWatch, Source

LEVELS = "warning, error or critical"


class _Rules(Table):
    every_seconds: float = Field(default=30, ge=1, le=3600)
    spike_factor: float = Field(default=5, gt=1)
    spike_least: int = Field(default=20, ge=1)


class _Source(Table):
    globs: tuple[Line, ...]
    format: Line = "auto"
    zone: Line = "UTC"
    team: str = ""
    threshold: Line = "error"
    silent_after_minutes: float | None = Field(default=None, gt=0)


class Watch(Table):
    """The table `logs`."""

    rules: _Rules = _Rules()
    sources: dict[str, _Source] = Field(default_factory=dict)


def mistakes_in_logs(watch: Watch) -> Iterator[str]:
    """What is well formed and still wrong."""
    for source_id, source in watch.sources.items():
        where = f"logs.sources.{source_id}"
        yield from mistakes_in_id(where, source_id)
        if source_id == OWN:
            yield f"{where}: this name is for what Sahut says of itself"
        if not source.globs:
            yield f"{where}.globs is empty"
        for each in source.globs:
            if not each.startswith("/") or "\0" in each:
                yield f"{where}.globs: {each!r} is not a path from the root, like /var/log/app/*.log*"
        formats = ("auto", *(name for name, _ in READERS))
        if source.format not in formats:
            yield f"{where}.format: {source.format!r} is not one of {', '.join(formats)}"
        try:
            ZoneInfo(source.zone)
        except (OSError, ValueError, KeyError):  # a folder's name, a path, a name that is not known
            yield f"{where}.zone: there is no time zone {source.zone!r}"
        # What is less grave than a warning has no keyword that it could be found by.
        if (level_of(source.threshold) or 0) < Level.WARNING or source.threshold.isdigit():
            yield f"{where}.threshold: {source.threshold!r} is not one of {LEVELS}"


def logs(watch: Watch) -> LogWatch:
    """As it was checked."""
    rules = watch.rules
    return LogWatch(
        sources=tuple(_source(source_id, source) for source_id, source in watch.sources.items()),
        rules=LogRules(
            every=timedelta(seconds=rules.every_seconds),
            spike_factor=rules.spike_factor,
            spike_least=rules.spike_least,
        ),
    )


def _source(source_id: str, source: _Source) -> Source:
    threshold = level_of(source.threshold)
    if threshold is None:
        raise ValueError(source.threshold)
    minutes = source.silent_after_minutes
    return Source(
        id=source_id,
        globs=source.globs,
        format=source.format,
        zone=source.zone,
        team=source.team.strip(),
        threshold=threshold,
        silent_after=timedelta(minutes=minutes) if minutes else None,
    )
