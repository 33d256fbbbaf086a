"""The calendar as the service uses it: built from the settings, called by effects."""

from collections.abc import Mapping
from datetime import datetime

from bot.channels.base import Finding, Level
from bot.effects import Answer, Done, Service, answer_to
from bot.settings import Settings
from domain.effects import Effect
from services.calendar.base import Calendar, Meeting, Scheduled
from services.calendar.registry import Google
from services.calendar.registry import build as build_calendar
from services.failures import Permanent

PLAYED = "played by the simulator (SIMULATE=1)"


def build(settings: Settings) -> Calendar:
    """The calendar that CALENDAR names. Raises ValueError, in words for the operator."""
    return build_calendar(
        settings.calendar,
        secret=settings.secret_key.get_secret_value(),
        rooms=settings.jitsi_url,
        google=Google(
            credentials=settings.google_application_credentials.get_secret_value(),
            calendar=settings.google_calendar_id,
            subject=settings.google_delegated_subject,
            base_url=settings.google_api_base,
        ),
    )


async def check(settings: Settings) -> Finding:
    """Whether the calendar can be used; Google is asked."""
    if settings.simulate:
        return Finding(Level.FINE, "calendar", PLAYED)
    try:
        failure = await build(settings).check()
    except ValueError as problem:
        return Finding(Level.WRONG, "calendar", str(problem))
    if isinstance(failure, Permanent):
        level = Level.WRONG if settings.calendar == "google" else Level.DOUBTFUL
        return Finding(level, "calendar", f"{settings.calendar}: {failure.detail}")
    if failure is not None:
        return Finding(Level.DOUBTFUL, "calendar", f"{settings.calendar} cannot be asked now: {failure.detail}")
    if settings.calendar == "google":
        return Finding(Level.FINE, "calendar", f"google, the calendar {settings.google_calendar_id}")
    return Finding(Level.FINE, "calendar", f"ics: invitations as files, rooms at {settings.jitsi_url}")


def calendar_services(calendar: Calendar) -> Mapping[str, Service]:
    async def put(effect: Effect) -> Answer:
        params = effect.params
        meeting = Meeting(
            id=params["event"],
            title=params["title"],
            description=params["description"],
            starts_at=datetime.fromisoformat(params["starts_at"]),
            ends_at=datetime.fromisoformat(params["ends_at"]),
            zone=params["zone"],
            attendees=tuple(params["attendees"].split()),
            previous=params["previous"],
        )
        answer = await calendar.put(meeting)
        if not isinstance(answer, Scheduled):
            return answer_to(answer)
        return Done({"event": answer.event, "room": answer.room, "invited": "yes" if answer.invited else "no"})

    async def remove(effect: Effect) -> Answer:
        failure = await calendar.remove(effect.params["event"])
        return answer_to(failure) if failure is not None else Done()

    return {"calendar.put": put, "calendar.remove": remove}
