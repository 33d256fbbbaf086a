"""What `python -m bot check` says of the logs that are read."""

import os
from glob import iglob

from bot.channels.base import Finding, Level
from domain.log_sources import LogWatch, Source
from services.logscan.files import listed


def logs(watch: LogWatch) -> list[Finding]:
    """A line for each source; none where there are none."""
    return [_source(each) for each in watch.sources]


def _source(source: Source) -> Finding:
    subject = f"logs: {source.id}"
    nothing = [each for each in source.globs if next(iglob(each, recursive=True), None) is None]  # noqa: PTH207
    if nothing:
        return Finding(Level.DOUBTFUL, subject, f"nothing is there, or may be seen: {', '.join(nothing)}")
    files, failed = listed(source.globs)
    closed = [path for path, _ in failed] + [file.path for file in files if not os.access(file.path, os.R_OK)]
    if closed:
        return Finding(Level.DOUBTFUL, subject, f"{len(closed)} of {len(files)} files may not be read, as {closed[0]}")
    return Finding(Level.FINE, subject, f"{len(files)} files")
