"""The calendar as the service uses it: built from the settings, called by effects."""

from collections.abc import Mapping
from datetime import datetime

from bot.effects import Answer, Done, Service, answer_to
from bot.settings import Settings
from domain.effects import Effect
from services.calendar.base import Calendar, Meeting, Scheduled
from services.calendar.registry import Google
from services.calendar.registry import build as build_calendar


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
