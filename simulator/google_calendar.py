"""Google Calendar's events, strictly: insert, get, patch, update, delete; rooms that take a while; invitations by mail.

For the page and tests in other processes:
  GET /sim/calendar    {"account": "..", "events": [Event, ..]} by start; also in the state, "calendar"
  event `calendar`     one Event, new or changed
An Event: {"id", "status" (confirmed, cancelled), "title", "description", "start", "end" (ISO with offset), "zone",
"attendees": [address, ..], "room" (link; empty while pending), "invited", "revision"}.
Faults (provider "google"; methods insert, list, get, patch, update, delete and
token): the kinds of every provider, and
"403": the quota is used up.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from simulator import google_table as table
from simulator.faults import Answering
from simulator.google_accounts import Accounts, Caller
from simulator.google_mail import invitation
from simulator.mailbox import Mailboxes
from simulator.model import Json, read_json
from simulator.world import World

log = logging.getLogger(__name__)

BASE = "/calendar/v3/calendars/{calendar}/events"
_ID = re.compile(r"[a-v0-9]{5,1024}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class GoogleError(Exception):
    """An answer that refuses: HTTP status, the reason by its name, and words."""

    def __init__(self, status: int, reason: str, words: str, domain: str = "global") -> None:
        super().__init__(words)
        self.status = status
        self.reason = reason
        self.words = words
        self.domain = domain

    def response(self) -> web.Response:
        """As Google words it."""
        one = {"domain": self.domain, "reason": self.reason, "message": self.words}
        body = {"error": {"errors": [one], "code": self.status, "message": self.words}}
        return web.json_response(body, status=self.status)


@dataclass(slots=True)
class Event:
    """One event. `written` is what the service wrote of it; times are read from there."""

    id: str
    written: Json
    created: datetime
    updated: datetime
    organizer: str
    status: str = "confirmed"
    sequence: int = 0
    room: str = ""
    request: str = ""
    invited: bool = False

    @property
    def start(self) -> datetime:
        """Aware."""
        return _moment(self.written["start"])

    @property
    def end(self) -> datetime:
        """Aware."""
        return _moment(self.written["end"])

    @property
    def attendees(self) -> list[str]:
        """Addresses."""
        return [str(one["email"]) for one in self.written.get("attendees", [])]

    def to_json(self) -> Json:
        """As the page sees it."""
        return {
            "id": self.id,
            "status": self.status,
            "title": self.written.get("summary", ""),
            "description": self.written.get("description", ""),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "zone": self.written["start"].get("timeZone", ""),
            "attendees": self.attendees,
            "room": self.room,
            "invited": self.invited,
            "revision": self.sequence,
        }


class GoogleCalendar:
    """The provider: one account with one calendar, called by its address or `primary`."""

    def __init__(self, world: World, answering: Answering, accounts: Accounts, mailboxes: Mailboxes) -> None:
        self._world = world
        self._answering = answering
        self._accounts = accounts
        self._mailboxes = mailboxes
        self._opening: dict[str, asyncio.TimerHandle] = {}
        self.events: dict[str, Event] = {}

    def routes(self) -> list[web.RouteDef]:
        """The provider's and the control API's."""
        one = BASE + "/{event}"
        return [
            web.post(BASE, self._handler("insert", self._insert)),
            web.get(BASE, self._handler("list", self._list_events)),
            web.get(one, self._handler("get", self._get)),
            web.patch(one, self._handler("patch", self._patch)),
            web.put(one, self._handler("update", self._update)),
            web.delete(one, self._handler("delete", self._delete)),
            web.get("/sim/calendar", self._list),
        ]

    def stop(self) -> None:
        """No room opens any more."""
        for handle in self._opening.values():
            handle.cancel()
        self._opening.clear()

    def reset(self) -> None:
        """An empty calendar."""
        self.stop()
        self.events.clear()

    def kept(self) -> list[Event]:
        """What lasts over a restart."""
        return list(self.events.values())

    def take_up(self, kept: list[Event]) -> None:
        """What was kept; rooms that were pending open now."""
        self.events = {event.id: event for event in kept}
        for event in kept:
            if event.request and not event.room:
                self._open_room(event, event.attendees)

    def to_json(self) -> Json:
        """What the page sees."""
        events = sorted(self.events.values(), key=lambda event: event.start)
        return {"account": self._world.config.google_account, "events": [event.to_json() for event in events]}

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(self.to_json())

    # the service's side

    def _handler(self, method: str, work: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answering.answer(request, "google", method, None, lambda: carry_out(request), _refuse)

        async def carry_out(request: web.Request) -> web.StreamResponse:
            try:
                caller = self._admitted(request, method)
                response: web.StreamResponse = await work(request, caller)
            except GoogleError as error:
                log.warning("google %s refused: %s %s", method, error.reason, error.words)
                return error.response()
            return response

        return handle

    def _admitted(self, request: web.Request, method: str) -> Caller:
        caller = self._accounts.caller(request)
        if caller is None:
            raise GoogleError(401, "authError", "Invalid Credentials")
        if request.match_info["calendar"] not in ("primary", self._world.config.google_account):
            raise GoogleError(404, "notFound", "Not Found")
        unknown = set(request.query) - table.QUERY[method] - table.EVERYWHERE
        if unknown:
            raise GoogleError(400, "invalidParameter", f"Unknown parameter: {', '.join(sorted(unknown))}")
        if request.query.get("sendUpdates", "none") not in table.SEND_UPDATES:
            raise GoogleError(400, "invalidParameter", "Invalid value for sendUpdates")
        if request.query.get("conferenceDataVersion", "0") not in ("0", "1"):
            raise GoogleError(400, "invalidParameter", "Invalid value for conferenceDataVersion")
        return caller

    async def _insert(self, request: web.Request, caller: Caller) -> web.Response:
        body = await _body(request)
        event_id = str(body.pop("id", "") or secrets.token_hex(16))
        if not _ID.fullmatch(event_id):
            raise GoogleError(400, "invalid", "Invalid resource id value.")
        if event_id in self.events:
            raise GoogleError(409, "duplicate", "The requested identifier already exists.")
        asked = self._checked(body, caller, request)
        now = self._world.now()
        event = Event(event_id, body, now, now, caller.email)
        self.events[event_id] = event
        self._changed(event, request, asked)
        return web.json_response(self._resource(event))

    async def _list_events(self, request: web.Request, caller: Caller) -> web.Response:
        if not_played := set(request.query) - {"maxResults"} - table.EVERYWHERE:
            raise GoogleError(400, "invalid", f"The simulator does not play {', '.join(sorted(not_played))}")
        limit = int(request.query.get("maxResults", "250"))
        shown = [self._resource(event) for event in self.events.values() if event.status != "cancelled"]
        return web.json_response({"kind": "calendar#events", "summary": caller.email, "items": shown[:limit]})

    async def _get(self, request: web.Request, caller: Caller) -> web.Response:
        return web.json_response(self._resource(self._event(request)))

    async def _patch(self, request: web.Request, caller: Caller) -> web.Response:
        event = self._event(request)
        return self._rewrite(event, {**event.written, **await _body(request)}, request, caller)

    async def _update(self, request: web.Request, caller: Caller) -> web.Response:
        return self._rewrite(self._event(request), await _body(request), request, caller)

    def _rewrite(self, event: Event, body: Json, request: web.Request, caller: Caller) -> web.Response:
        if body.pop("id", event.id) != event.id:
            raise GoogleError(400, "invalid", "Invalid resource id value.")
        asked = self._checked(body, caller, request)
        if (body["start"], body["end"]) != (event.written["start"], event.written["end"]):
            event.sequence += 1
        event.written, event.status, event.updated = body, "confirmed", self._world.now()
        self._changed(event, request, asked)
        return web.json_response(self._resource(event))

    async def _delete(self, request: web.Request, caller: Caller) -> web.Response:
        event = self._event(request)
        if event.status == "cancelled":
            raise GoogleError(410, "deleted", "Resource has been deleted")
        event.status, event.updated = "cancelled", self._world.now()
        event.sequence += 1
        if event.invited:
            self._mail(event, self._invited(event, request), "cancelled")
        self._announce(event)
        return web.Response(status=204)

    def _event(self, request: web.Request) -> Event:
        event = self.events.get(request.match_info["event"])
        if event is None:
            raise GoogleError(404, "notFound", "Not Found")
        return event

    def _checked(self, body: Json, caller: Caller, request: web.Request) -> str:
        """Raises GoogleError where the event cannot be; the conference's request id where one is asked for."""
        _names(body, table.PLAYED, "event")
        for name in ("start", "end"):
            if not isinstance(body.get(name), dict):
                raise GoogleError(400, "required", f"Missing {name} time.")
            _names(body[name], table.TIME, name)
        if _moment(body["end"]) <= _moment(body["start"]):
            raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar")
        for one in body.get("attendees", []):
            _names(one, table.ATTENDEE, "attendee")
            if not _ADDRESS.fullmatch(str(one.get("email", ""))):
                raise GoogleError(400, "invalid", "Invalid attendee email.")
        if body.get("attendees") and not caller.invites:
            words = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
            raise GoogleError(403, "forbiddenForServiceAccounts", words, "calendar")
        _names(body.get("reminders", {}), table.REMINDERS, "reminders")
        conference = body.pop("conferenceData", None)
        # As the real one does: without the version, what is said of the conference is passed over in silence.
        if conference is None or request.query.get("conferenceDataVersion") != "1":
            return ""
        _names(conference, table.CONFERENCE, "conferenceData")
        asked = conference.get("createRequest") or {}
        _names(asked, table.REQUEST, "createRequest")
        kind = (asked.get("conferenceSolutionKey") or {}).get("type")
        if kind != "hangoutsMeet" or not caller.invites:
            raise GoogleError(400, "invalid", "Invalid conference type value.")
        if not asked.get("requestId"):
            raise GoogleError(400, "required", "Missing conference request id.")
        return str(asked["requestId"])

    # rooms and invitations

    def _changed(self, event: Event, request: web.Request, asked: str) -> None:
        """The same request id again asks for nothing new, as in the real one."""
        invited = self._invited(event, request)
        if asked and asked != event.request:
            event.request, event.room = asked, ""
            if pause := self._world.config.google_pending:
                loop = asyncio.get_running_loop()
                self._opening[event.id] = loop.call_later(pause, self._open_room, event, invited)
            else:
                self._open_room(event, invited)
        elif event.room or not event.request:
            self._mail(event, invited, "updated" if event.invited else "invited")
        self._announce(event)

    def _open_room(self, event: Event, invited: list[str]) -> None:
        self._opening.pop(event.id, None)
        letters = "".join(secrets.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(10))
        event.room = f"https://meet.google.com/{letters[:3]}-{letters[3:7]}-{letters[7:]}"
        if event.status == "confirmed":
            self._mail(event, invited, "invited")
        self._announce(event)

    def _invited(self, event: Event, request: web.Request) -> list[str]:
        wanted = request.query.get("sendUpdates", "none")
        if wanted == "externalOnly":
            return [one for one in event.attendees if not one.endswith("@gmail.com")]
        return event.attendees if wanted == "all" else []

    def _mail(self, event: Event, to: list[str], what: str) -> None:
        if not to:
            return
        event.invited = True
        subject, text, file = invitation(event.to_json(), event.organizer, what, self._world.now())
        sender = f"Google Calendar <{event.organizer}>"
        message_id = f"<calendar-{event.id}-{event.sequence}-{what}@google.com>"
        self._mailboxes.deliver(to, sender, subject, text, message_id, [("invite.ics", "text/calendar", file)])

    def _announce(self, event: Event) -> None:
        self._world.feed.publish("calendar", event.to_json)

    def _resource(self, event: Event) -> Json:
        """As Google shows it."""
        shown: Json = {
            "kind": "calendar#event",
            "etag": f'"{int(event.updated.timestamp() * 1000)}"',
            "id": event.id,
            "status": event.status,
            "htmlLink": f"https://www.google.com/calendar/event?eid={event.id}",
            "created": event.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "updated": event.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **event.written,
            "creator": {"email": event.organizer, "self": True},
            "organizer": {"email": event.organizer, "self": True},
            "iCalUID": f"{event.id}@google.com",
            "sequence": event.sequence,
            "reminders": event.written.get("reminders", {"useDefault": True}),
            "eventType": "default",
        }
        if event.attendees:
            shown["attendees"] = [{"responseStatus": "needsAction", **one} for one in event.written["attendees"]]
        if event.request:
            shown["conferenceData"] = _conference(event)
        if event.room:
            shown["hangoutLink"] = event.room
        return shown


def _conference(event: Event) -> Json:
    request = {
        "requestId": event.request,
        "conferenceSolutionKey": {"type": "hangoutsMeet"},
        "status": {"statusCode": "success" if event.room else "pending"},
    }
    if not event.room:
        return {"createRequest": request}
    name = event.room.rpartition("/")[2]
    return {
        "createRequest": request,
        "entryPoints": [{"entryPointType": "video", "uri": event.room, "label": event.room.removeprefix("https://")}],
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "conferenceId": name,
    }


def _refuse(status: int, retry_after: int) -> web.Response:
    match status:
        case 403:
            return GoogleError(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits").response()
        case 429:
            return GoogleError(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits").response()
    return GoogleError(500, "backendError", "Backend Error").response()


async def _body(request: web.Request) -> Json:
    try:
        body = read_json(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise GoogleError(400, "parseError", "Parse Error")
    return body


def _names(given: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(given, dict):
        raise GoogleError(400, "invalid", f"Invalid value for {where}")
    if unknown := set(given) - known:
        raise GoogleError(400, "invalid", f"The simulator does not play {', '.join(sorted(unknown))} of {where}")


def _moment(given: Json) -> datetime:
    """An instant; raises GoogleError for one that is none, or that names no zone."""
    try:
        zone = ZoneInfo(str(given["timeZone"])) if "timeZone" in given else None
    except (ZoneInfoNotFoundError, ValueError):
        raise GoogleError(400, "invalid", "Invalid time zone definition for start time.") from None
    try:
        at = datetime.fromisoformat(str(given["dateTime"]))
    except (KeyError, ValueError):
        raise GoogleError(400, "invalid", "Bad Request") from None
    if at.tzinfo is None:
        if zone is None:
            raise GoogleError(400, "required", "Missing time zone definition for start time.")
        at = at.replace(tzinfo=zone)
    return at
