"""The mails that Google Calendar sends to attendees."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from simulator.model import Json

_SUBJECTS = {"invited": "Invitation", "updated": "Updated invitation", "cancelled": "Cancelled event"}


def invitation(event: Json, organizer: str, what: str, now: datetime) -> tuple[str, str, bytes]:
    """Subject, text and .ics file. `event` as the page sees it; `what`: invited, updated or cancelled."""
    start, end = datetime.fromisoformat(event["start"]), datetime.fromisoformat(event["end"])
    if event["zone"]:
        start, end = start.astimezone(ZoneInfo(event["zone"])), end.astimezone(ZoneInfo(event["zone"]))
    when = f"{start:%a %d %b %Y %H:%M} - {end:%H:%M} ({event['zone'] or start.tzname()})"
    lines = [event["title"], when, ""]
    if what == "cancelled":
        lines.append("This event has been cancelled.")
    elif event["room"]:
        lines.append(f"Join with Google Meet: {event['room']}")
    lines += ["", event["description"], "", f"Organizer: {organizer}", "Guests:", *event["attendees"]]
    return f"{_SUBJECTS[what]}: {event['title']} @ {when}", "\n".join(lines), _ics(event, organizer, what, now)


def _ics(event: Json, organizer: str, what: str, now: datetime) -> bytes:
    one = Event()
    one.add("uid", f"{event['id']}@google.com")
    one.add("sequence", event["revision"])
    one.add("summary", event["title"])
    one.add("status", "CANCELLED" if what == "cancelled" else "CONFIRMED")
    one.add("dtstamp", now)
    one.add("dtstart", datetime.fromisoformat(event["start"]))
    one.add("dtend", datetime.fromisoformat(event["end"]))
    one.add("organizer", vCalAddress(f"mailto:{organizer}"))
    for address in event["attendees"]:
        attendee = vCalAddress(f"mailto:{address}")
        attendee.params["RSVP"] = vText("TRUE")
        one.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Google Inc//Google Calendar 70.9054//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if what == "cancelled" else "REQUEST")
    calendar.add_component(one)
    ics: bytes = calendar.to_ical()
    return ics
