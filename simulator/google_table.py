"""Google Calendar's events as far as they are played: the names its discovery document (v3) has."""

from __future__ import annotations

EVERYWHERE = frozenset({"alt", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"})
"""Query parameters that every method takes."""

_SENDING = frozenset({"sendUpdates", "sendNotifications"})
_WRITING = _SENDING | {"conferenceDataVersion", "eventLabelVersion", "maxAttendees", "supportsAttachments"}
QUERY: dict[str, frozenset[str]] = {
    "insert": _WRITING,
    "list": frozenset(
        "alwaysIncludeEmail eventTypes iCalUID maxAttendees maxResults orderBy pageToken privateExtendedProperty q"
        " sharedExtendedProperty showDeleted showHiddenInvitations singleEvents syncToken timeMax timeMin timeZone"
        " updatedMin".split()
    ),
    "get": frozenset({"alwaysIncludeEmail", "maxAttendees", "timeZone"}),
    "patch": _WRITING | {"alwaysIncludeEmail"},
    "update": _WRITING | {"alwaysIncludeEmail"},
    "delete": _SENDING,
}
"""Query parameters by method. Of list's only maxResults is played."""

SEND_UPDATES = ("all", "externalOnly", "none")

EVENT = frozenset(
    "anyoneCanAddSelf attachments attendees attendeesOmitted birthdayProperties colorId conferenceData created creator"
    " description end endTimeUnspecified etag eventLabelId eventType extendedProperties focusTimeProperties gadget"
    " guestsCanInviteOthers guestsCanModify guestsCanSeeOtherGuests hangoutLink htmlLink iCalUID id kind location"
    " locked organizer originalStartTime outOfOfficeProperties privateCopy recurrence recurringEventId reminders"
    " sequence source start status summary transparency updated visibility workingLocationProperties".split()
)
PLAYED = frozenset(
    "attendees conferenceData description end id reminders start summary location guestsCanInviteOthers"
    " guestsCanModify guestsCanSeeOtherGuests".split()
)
"""What the service may write of an event here; the rest of EVENT is refused as not played."""

ATTENDEE = frozenset(
    "additionalGuests comment displayName email id optional organizer resource responseStatus self".split()
)
TIME = frozenset({"date", "dateTime", "timeZone"})
CONFERENCE = frozenset("conferenceId conferenceSolution createRequest entryPoints notes parameters signature".split())
REQUEST = frozenset({"requestId", "conferenceSolutionKey", "status"})
REMINDERS = frozenset({"overrides", "useDefault"})
