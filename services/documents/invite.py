"""An invitation as an .ics file (RFC 5545, 5546), for the calendars of those who get it by mail or in a chat."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vText

MIME = "text/calendar; charset=utf-8; method={method}"


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """`uid` is the event's, for ever; a change of it has a higher `sequence`. Times are aware, `zone` is the one they
    are written in. `organizer` and `attendees` are pairs of a name and an address. `alarm`: how long before.
    """

    method: Method
    uid: str
    sequence: int
    title: str
    description: str
    room: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    made_at: datetime
    organizer: tuple[str, str]
    attendees: tuple[tuple[str, str], ...]
    alarm: timedelta | None = timedelta(minutes=10)


def invite_ics(invite: Invite) -> bytes:
    """The file; the same invitation is the same bytes."""
    zone = ZoneInfo(invite.zone)
    event = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", invite.made_at)
    event.add("dtstart", invite.starts_at.astimezone(zone))
    event.add("dtend", invite.ends_at.astimezone(zone))
    event.add("summary", invite.title)
    event.add("status", "CANCELLED" if invite.method is Method.CANCEL else "CONFIRMED")
    if invite.description:
        event.add("description", invite.description)
    if invite.room:
        event.add("location", invite.room)
        event.add("url", invite.room)
    event.add("organizer", _address(*invite.organizer))
    for name, address in invite.attendees:
        attendee = _address(name, address)
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("TRUE")
        event.add("attendee", attendee, encode=False)
    if invite.alarm is not None and invite.method is Method.REQUEST:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", invite.title)
        alarm.add("trigger", -invite.alarm)
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Sahut//Sahut//ID")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", invite.method.value)
    # The zone's own rules belong into the file: not every program knows its name.
    calendar.add_component(Timezone.from_tzinfo(zone, invite.zone))
    calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def _address(name: str, address: str) -> vCalAddress:
    found = vCalAddress(f"mailto:{address}")
    if name:
        found.params["CN"] = vText(name)
    return found
