"""Google Calendar: an event with a Meet room, for which Google itself sends the invitations.

The event's id is ours, so that the same call twice is one event: a second insert is answered 409, and the event is
read. Sources: the API's reference (Events: insert, delete; "Create events", conference data; "Handle API errors").
"""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import google_auth_httplib2
import httplib2
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from services.calendar.base import Meeting, Scheduled
from services.failures import Failure, Permanent, Retry, Unknown

SCOPE = "https://www.googleapis.com/auth/calendar.events"
TOKENS = "https://oauth2.googleapis.com/token"
THREADS = 4
SECONDS = 12.0
"""For one HTTP call. A `put` makes four at most, and an effect's lease is a minute."""
ROOM_PAUSE = 2.0
"""Seconds until a room that is not open yet is looked at again."""
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


class GoogleCalendar:
    """Raises ValueError at once where the credentials are none. httplib2 is not made for threads: each has its own."""

    name = "google"

    def __init__(self, *, credentials: str, calendar: str, subject: str, base_url: str) -> None:
        self._account = _account(credentials)
        self._calendar = calendar
        self._subject = subject
        self._endpoint = f"{base_url.rstrip('/')}/calendar/v3/"
        self._credentials()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="google-calendar")
        self._own = threading.local()

    async def put(self, meeting: Meeting) -> Scheduled | Failure:
        return await self._in_thread(lambda: self._put(meeting))

    async def remove(self, event: str) -> Failure | None:
        return await self._in_thread(lambda: self._remove(event))

    # --- in a thread ---

    def _put(self, meeting: Meeting) -> Scheduled | Failure:
        event = self._made(meeting)
        if event.get("status") == "cancelled":
            return Permanent("the event was taken out of the calendar; its id cannot be used again")
        room = _room(event)
        if not room:
            return self._no_room_yet(event)
        if meeting.previous:
            problem = self._remove(meeting.previous)
            if problem is not None:
                return problem
        return Scheduled(event=meeting.id, room=room, invited=True)

    def _made(self, meeting: Meeting) -> dict[str, Any]:
        """The event, made now or before. Raises ValueError for an answer that is not Google's."""
        events = self._events()
        try:
            event = events.insert(
                calendarId=self._calendar, conferenceDataVersion=1, sendUpdates="all", body=_body(meeting)
            ).execute()
        except HttpError as error:
            if _status(error) != 409:
                raise
            event = events.get(calendarId=self._calendar, eventId=meeting.id).execute()
        if not isinstance(event, dict) or event.get("id") != meeting.id:
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
        self._events().patch(
            calendarId=self._calendar,
            eventId=event["id"],
            conferenceDataVersion=1,
            sendUpdates="all",
            body={"conferenceData": _room_request(f"{base}-{tries + 1}")},
        ).execute()
        return Retry("the meeting room is asked for again", ROOM_PAUSE)

    def _remove(self, event: str) -> Failure | None:
        try:
            answer = self._events().delete(calendarId=self._calendar, eventId=event, sendUpdates="all").execute()
            if answer:
                raise ValueError("not the empty answer")
        except HttpError as error:
            if _status(error) not in (404, 410):  # it is gone
                return _failure(error)
        return None

    def _events(self) -> Any:
        """The thread's own."""
        if not hasattr(self._own, "service"):
            wire = google_auth_httplib2.AuthorizedHttp(_Token(self._credentials()), http=httplib2.Http(timeout=SECONDS))
            self._own.service = build(
                "calendar",
                "v3",
                http=wire,
                static_discovery=True,
                client_options={"api_endpoint": self._endpoint},
            )
        return self._own.service.events()

    def _credentials(self) -> Any:
        account = self._account
        try:
            if account.get("type") == "service_account":
                return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
                    account, scopes=[SCOPE], subject=self._subject or None
                )
            return user_credentials.Credentials(  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
                None,
                refresh_token=account["refresh_token"],
                token_uri=account.get("token_uri", TOKENS),
                client_id=account["client_id"],
                client_secret=account["client_secret"],
            )
        except (KeyError, ValueError) as problem:
            raise ValueError("GOOGLE_APPLICATION_CREDENTIALS is not a credentials file of Google's") from problem

    def _hang_up(self) -> None:
        """No connection is kept: calls are few, and one that Google has closed meanwhile costs a failure."""
        if hasattr(self._own, "service"):
            self._own.service.close()

    async def _in_thread(self, work: Callable[[], T]) -> T | Failure:
        def answered() -> T | Failure:
            try:
                return work()
            except HttpError as error:
                return _failure(error)
            except RefreshError as error:
                if getattr(error, "retryable", False):
                    return Retry("Google's token endpoint is not well")
                return Permanent(
                    "Google does not accept the credentials: make them anew, or for a service account allow domain-wide"
                    " delegation for GOOGLE_DELEGATED_SUBJECT with the scope calendar.events"
                )
            except (TransportError, GoogleAuthError) as error:
                return Retry(f"no access token: {type(error).__name__}")
            except (ConnectionRefusedError, httplib2.ServerNotFoundError) as error:
                return Retry(type(error).__name__)
            # A connection lost, a time-out, an answer cut off, or one that is not of Google's.
            except (OSError, http.client.HTTPException, httplib2.HttpLib2Error, ValueError) as error:
                return Unknown(type(error).__name__)
            finally:
                self._hang_up()

        return await asyncio.get_running_loop().run_in_executor(self._pool, answered)


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


def _account(given: str) -> dict[str, Any]:
    try:
        text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError("the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read") from problem
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("GOOGLE_APPLICATION_CREDENTIALS is not JSON")
    return found


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
