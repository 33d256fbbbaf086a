"""When a session is reminded of: one table, for the customer and the mentor alike."""

from datetime import datetime, timedelta

REMINDERS: tuple[tuple[str, timedelta], ...] = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("soon", timedelta(minutes=10)),
)
"""Name, and how long before the session begins. The longest first."""


def next_reminder(starts_at: datetime, done: tuple[str, ...], now: datetime) -> tuple[str, datetime] | None:
    """The next one that is not done and whose time is not superseded: of those that are past, only the last still
    matters, and none once the session has begun.
    """
    if now >= starts_at:
        return None
    left = [(name, starts_at - before) for name, before in REMINDERS if name not in done]
    past = [each for each in left if each[1] <= now]
    return past[-1] if past else next(iter(left), None)


def passed(starts_at: datetime, now: datetime) -> tuple[str, ...]:
    """Those whose time is past: who books late is not reminded of what lies behind."""
    return tuple(name for name, before in REMINDERS if starts_at - before <= now)


def up_to(name: str) -> tuple[str, ...]:
    """This one and those before it: a reminder makes the earlier ones needless."""
    names = [each for each, _ in REMINDERS]
    return tuple(names[: names.index(name) + 1])
