"""When a log is read on: one scan of a source at a time."""

from msgspec.structs import replace

from domain.effects import Effect
from domain.events import Due
from domain.log_patterns import SourceStatus
from domain.log_scans import ALL, SCAN
from handlers.flow import Outcome, Turn


async def on_due(turn: Turn, due: Due) -> Outcome:
    """A source that the catalog has no more is read no more; one that is being read is left to it."""
    if turn.catalog.logs.source(due.record) is None:
        return Outcome()
    status = await turn.records.get(SourceStatus, due.record) or SourceStatus(id=due.record)
    return Outcome() if status.asked else ask(turn, status)


def ask(turn: Turn, status: SourceStatus) -> Outcome:
    """Scan a source, once; `status` is saved with it."""
    effect = Effect(
        id=f"logs-scan-{status.id}-{turn.id}",
        name=SCAN,
        record=status.id,
        conversation=ALL,
        params={"source": status.id, "at": turn.now.isoformat()},
    )
    return Outcome(save=(replace(status, asked=effect.id),), effects=(effect,))
