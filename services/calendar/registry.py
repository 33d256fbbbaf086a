"""The calendars: a new one is a line more here."""

from dataclasses import dataclass

from services.calendar.base import Calendar
from services.calendar.google import GoogleCalendar
from services.calendar.ics import IcsCalendar

NAMES = ("google", "ics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Google:
    """`credentials` is the path of a JSON file, of an OAuth user or a service account, or such JSON itself. `subject`
    is whom a service account acts for.
    """

    credentials: str
    calendar: str = "primary"
    subject: str = ""
    base_url: str = "https://www.googleapis.com"


def build(name: str, *, secret: str, rooms: str, google: Google) -> Calendar:
    """Raises ValueError, in words for the operator, where it cannot be used as it is set up."""
    if name == "google":
        return GoogleCalendar(
            credentials=google.credentials,
            calendar=google.calendar,
            subject=google.subject,
            base_url=google.base_url,
        )
    if name == "ics":
        return IcsCalendar(secret=secret, rooms=rooms)
    raise ValueError(f"there is no calendar {name!r}, only {', '.join(NAMES)}")
