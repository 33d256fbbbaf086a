"""The calls that `google.py` makes, in a thread.

The event's id is ours, so that the same call twice is one event: a second insert is answered 409, and the event is
read. Sources: the API's reference (Events: insert, delete; "Create events", conference data; "Handle API errors").
"""

import http.client
import time
from collections.abc import Callable
from typing import Any, TypeVar

import google_auth_httplib2
import httplib2
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from services.calendar.base import Meeting, Scheduled
from services.failures import Failure, Permanent, Retry, Unknown

SCOPE = "https://www.googleapis.com/auth/calendar.events"
TOKENS = "https://oauth2.googleapis.com/token"
SECONDS = 12.0
"""For one HTTP call. A `put` makes four at most, and an effect's lease is a minute."""
LOOK = 0.5
ROOM_PAUSE = 2.0
"""Seconds until a room that is not open yet is looked at again: at once, and later."""
LIMIT_PAUSE = 60.0
"""Google's limits are by the minute."""
ROOM_REQUESTS = 5

BUSY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
ADVICE = {
    "forbiddenForServiceAccounts": "a service account alone may invite nobody: set GOOGLE_DELEGATED_SUBJECT and allow"
    " it domain-wide delegation, or use the credentials of an OAuth user",
    "insufficientPermissions": "the credentials lack the scope calendar.events: make them anew with it",
    "requiredAccessLevel": "the account may not change this calendar: share it with the right to change events",
    "forbidden": "the account may not change this calendar: share it with the right to change events",
    "accessNotConfigured": "the Google Calendar API is not enabled in the credentials' project: enable it",
    "notFound": "there is no such calendar for this account: check GOOGLE_CALENDAR_ID, and that it is shared with it",
    "authError": "the credentials are not accepted: make them anew",
}
NO_ROOMS = "this account cannot open Meet rooms: set GOOGLE_DELEGATED_SUBJECT, or use the credentials of an OAuth user"

T = TypeVar("T")


class Calls:
    """One thread's. Keeps no connection: calls are few, and one that Google has closed meanwhile costs a failure."""

    def __init__(self, account: dict[str, Any], calendar: str, subject: str, endpoint: str) -> None:
        """Raises ValueError where a service account's key is none."""
        self._calendar = calendar
        self._alone = account["type"] == "service_account" and not subject
        credentials = _Token(_credentials(account, subject))
        self._service = build(
            "calendar",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=SECONDS)),
            static_discovery=True,
            client_options={"api_endpoint": endpoint},
        )

    def close(self) -> None:
        self._service.close()

    def check(self) -> Failure | None:
        if self._alone:
            return Permanent(ADVICE["forbiddenForServiceAccounts"])
        self._service.events().list(calendarId=self._calendar, maxResults=1).execute()
        return None

    def put(self, meeting: Meeting) -> Scheduled | Failure:
        event = self._made(meeting)
        if event.get("status") == "cancelled":
            return Permanent("the event was taken out of the calendar; its id cannot be used again")
        if not _room(event):
            time.sleep(LOOK)
            event = self._event(self._service.events().get(calendarId=self._calendar, eventId=meeting.id), meeting.id)
        room = _room(event)
        if not room:
            return self._no_room_yet(event)
        if meeting.previous:
            problem = self.remove(meeting.previous)
            if problem is not None:
                return problem
        return Scheduled(event=meeting.id, room=room, invited=True)

    def _made(self, meeting: Meeting) -> dict[str, Any]:
        """The event, made now or before. Raises ValueError for an answer that is not Google's."""
        events = self._service.events()
        insert = events.insert(
            calendarId=self._calendar, conferenceDataVersion=1, sendUpdates="all", body=_body(meeting)
        )
        try:
            return self._event(insert, meeting.id)
        except HttpError as error:
            if _status(error) != 409:
                raise
        return self._event(events.get(calendarId=self._calendar, eventId=meeting.id), meeting.id)

    def _event(self, request: Any, event_id: str) -> dict[str, Any]:
        event = request.execute()
        if not isinstance(event, dict) or event.get("id") != event_id:
            raise ValueError("not the event")
        return event

    def _no_room_yet(self, event: dict[str, Any]) -> Failure:
        """Where Google failed to open the room it is asked again; with a new request id, or it would not listen."""
        asked = event.get("conferenceData", {}).get("createRequest", {})
        if asked.get("status", {}).get("statusCode") != "failure":
            return Retry("the meeting room is not open yet", ROOM_PAUSE)
        base, _, number = str(asked.get("requestId", "")).partition("-")
        tries = int(number or 1)
        if tries >= ROOM_REQUESTS:
            return Permanent(f"Google failed to open a meeting room, {tries} times")
        self._service.events().patch(
            calendarId=self._calendar,
            eventId=event["id"],
            conferenceDataVersion=1,
            sendUpdates="all",
            body={"conferenceData": _room_request(f"{base}-{tries + 1}")},
        ).execute()
        return Retry("the meeting room is asked for again", ROOM_PAUSE)

    def remove(self, event: str) -> Failure | None:
        try:
            answer = (
                self._service.events().delete(calendarId=self._calendar, eventId=event, sendUpdates="all").execute()
            )
            if answer:
                raise ValueError("not the empty answer")
        except HttpError as error:
            if _status(error) not in (404, 410):  # it is gone
                return _failure(error)
        return None


def answer_of(calls: Calls, work: Callable[[Calls], T]) -> T | Failure:
    """What a call gives, or how it failed. Never raises for what Google or the network does."""
    try:
        return work(calls)
    except HttpError as error:
        return _failure(error)
    except RefreshError as error:
        if error.retryable:
            return Retry("Google's token endpoint is not well")
        return Permanent(
            "Google does not accept the credentials: make them anew, or for a service account allow domain-wide"
            " delegation for GOOGLE_DELEGATED_SUBJECT with the scope calendar.events"
        )
    except GoogleAuthError as error:
        return Retry(f"no access token: {type(error).__name__}")
    except (ConnectionRefusedError, httplib2.ServerNotFoundError) as error:
        return Retry(type(error).__name__)
    # A connection lost, a time-out, an answer cut off, or one that is not of Google's.
    except (OSError, http.client.HTTPException, httplib2.HttpLib2Error, ValueError) as error:
        return Unknown(type(error).__name__)
    finally:
        calls.close()


def _credentials(account: dict[str, Any], subject: str) -> Any:
    if account["type"] == "service_account":
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
            account, scopes=[SCOPE], subject=subject or None
        )
    return user_credentials.Credentials(  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
        None,
        refresh_token=account["refresh_token"],
        token_uri=account.get("token_uri", TOKENS),
        client_id=account["client_id"],
        client_secret=account["client_secret"],
    )


class _Token(Credentials):
    """The access tokens of credentials, and nothing else of them: a service account's own also ask Google where they
    may be used from, in a thread of their own on our connection.
    """

    def __init__(self, source: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
        self._source = source

    def refresh(self, request: Any) -> None:
        self._source.refresh(request)
        self.token, self.expiry = self._source.token, self._source.expiry


def _body(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "summary": meeting.title,
        "description": meeting.description,
        "start": {"dateTime": meeting.starts_at.isoformat(), "timeZone": meeting.zone},
        "end": {"dateTime": meeting.ends_at.isoformat(), "timeZone": meeting.zone},
        "attendees": [{"email": address} for address in meeting.attendees],
        "conferenceData": _room_request(meeting.id),
        "guestsCanInviteOthers": False,
    }


def _room_request(request_id: str) -> dict[str, Any]:
    return {"createRequest": {"requestId": request_id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}}


def _room(event: dict[str, Any]) -> str:
    entries = event.get("conferenceData", {}).get("entryPoints", [])
    videos = [str(each["uri"]) for each in entries if each.get("entryPointType") == "video" and each.get("uri")]
    return videos[0] if videos else str(event.get("hangoutLink", ""))


def _status(error: HttpError) -> int:
    return int(error.resp.status)


def _failure(error: HttpError) -> Failure:
    status = _status(error)
    details = error.error_details if isinstance(error.error_details, list) else []
    reason = next((str(each["reason"]) for each in details if isinstance(each, dict) and "reason" in each), "")
    if status == 429 or (status == 403 and reason in BUSY):
        return Retry(f"Google's limit is reached: {reason or status}", LIMIT_PAUSE)
    if status >= 500:
        return Unknown(f"{status} {reason}".strip())
    if "conference type" in str(error.reason):
        return Permanent(NO_ROOMS)
    advice = ADVICE.get(reason, "")
    return Permanent(f"{status} {reason}: {advice}" if advice else f"{status} {reason}".strip())
