"""The played Google Calendar takes and answers what the real one's discovery document says, and refuses the rest."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator import google_table as table
from simulator.server import Simulator
from tests.simulator.actors import Control, Json

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "google" / "calendar.v3.json"
ID = "order5event0"
EVENT: Json = {
    "id": ID,
    "summary": "Mentoring: Python",
    "description": "Sesi dengan Andi",
    "start": {"dateTime": "2026-11-23T02:00:00+00:00", "timeZone": "Asia/Jakarta"},
    "end": {"dateTime": "2026-11-23T03:00:00+00:00", "timeZone": "Asia/Jakarta"},
    "attendees": [{"email": "budi@example.com"}, {"email": "andi@example.com"}],
    "conferenceData": {"createRequest": {"requestId": ID, "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
}
WRITE = {"conferenceDataVersion": "1", "sendUpdates": "all"}

Call = Callable[..., Awaitable[tuple[int, Json]]]


@pytest.fixture
async def google(sim: Simulator, session: aiohttp.ClientSession) -> Call:
    """Calls the events' API with the OAuth user's token; gives status and body."""
    user = sim.google_accounts.user_file()
    form = {name: user[name] for name in ("client_id", "client_secret", "refresh_token")}
    async with session.post(user["token_uri"], data={"grant_type": "refresh_token", **form}) as response:
        token = (await response.json())["access_token"]

    async def call(method: str, path: str = "", body: Any = None, **query: str) -> tuple[int, Json]:
        url = f"{sim.url}/calendar/v3/calendars/primary/events{path}"
        headers = {"Authorization": f"Bearer {token}"}
        async with session.request(method, url, params=query, json=body, headers=headers) as response:
            return response.status, await response.json() if response.status != 204 else {}

    return call


def reason(answer: tuple[int, Json]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["errors"][0]["reason"]


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.is_file():
        pytest.skip("the providers' specs are not beside the project")
    return json.loads(SPEC.read_text(encoding="utf-8"))


def test_names_are_those_of_the_discovery_document(spec: Any) -> None:
    methods = spec["resources"]["events"]["methods"]
    for name, ours in table.QUERY.items():
        assert {key for key, one in methods[name]["parameters"].items() if one["location"] == "query"} == ours, name
    assert set(spec["parameters"]) == table.EVERYWHERE
    assert tuple(methods["insert"]["parameters"]["sendUpdates"]["enum"]) == table.SEND_UPDATES
    schemas = {
        "Event": table.EVENT,
        "EventDateTime": table.TIME,
        "ConferenceData": table.CONFERENCE,
        "CreateConferenceRequest": table.REQUEST,
    }
    assert {name: set(spec["schemas"][name]["properties"]) for name in schemas} == schemas
    assert set(spec["schemas"]["EventAttendee"]["properties"]) >= table.ATTENDEE
    assert table.PLAYED < table.EVENT


def holds(spec: Any, schema: Any, value: Any) -> None:
    """The value has only what is published, of the published types."""
    if "$ref" in schema:
        schema = spec["schemas"][schema["$ref"]]
    if schema["type"] == "array":
        for one in value:
            holds(spec, schema["items"], one)
    elif schema["type"] == "object":
        for name, one in value.items():
            holds(spec, schema["properties"][name], one)
    else:
        types: dict[str, type] = {"string": str, "boolean": bool, "integer": int}
        assert isinstance(value, types[schema["type"]]), (schema, value)


async def test_answers_have_the_published_shape(spec: Any, sim: Simulator, google: Call) -> None:
    _, pending = await google("POST", body=EVENT, **WRITE)
    holds(spec, {"$ref": "Event"}, pending)
    await sim.world.wait(lambda: sim.google.events[ID].room)
    _, ready = await google("GET", f"/{ID}")
    holds(spec, {"$ref": "Event"}, ready)
    assert ready["hangoutLink"] == ready["conferenceData"]["entryPoints"][0]["uri"]


async def test_a_room_takes_a_while_then_both_are_invited(
    sim: Simulator, google: Call, session: aiohttp.ClientSession
) -> None:
    status, event = await google("POST", body=EVENT, **WRITE)
    assert (status, event["conferenceData"]["createRequest"]["status"]) == (200, {"statusCode": "pending"})
    assert "hangoutLink" not in event
    assert sim.mailboxes.mails == []
    await sim.world.wait(lambda: sim.google.events[ID].room)
    room = (await google("GET", f"/{ID}"))[1]["hangoutLink"]
    assert room.startswith("https://meet.google.com/")
    for address in ("budi@example.com", "andi@example.com"):
        (mail,) = sim.mailboxes.of(address)
        assert mail.subject == "Invitation: Mentoring: Python @ Mon 23 Nov 2026 09:00 - 10:00 (Asia/Jakarta)"
        assert room in mail.text
    async with session.get(f"{sim.url}/sim/calendar") as response:
        shown = await response.json()
    (one,) = shown["events"]
    assert (one["title"], one["room"], one["invited"], one["status"]) == (EVENT["summary"], room, True, "confirmed")
    assert sim.control.state()["calendar"] == shown


async def test_an_id_is_taken_for_ever(google: Call) -> None:
    await google("POST", body=EVENT, **WRITE)
    assert reason(await google("POST", body=EVENT, **WRITE)) == (409, "duplicate")
    assert (await google("DELETE", f"/{ID}"))[0] == 204
    assert reason(await google("DELETE", f"/{ID}")) == (410, "deleted")
    assert reason(await google("POST", body=EVENT, **WRITE)) == (409, "duplicate")
    assert (await google("GET", f"/{ID}"))[1]["status"] == "cancelled"


async def test_a_cancelled_event_is_told_to_who_was_invited(sim: Simulator, google: Call) -> None:
    await google("POST", body=EVENT, **WRITE)
    await sim.world.wait(lambda: sim.mailboxes.of("andi@example.com"))
    await google("DELETE", f"/{ID}", sendUpdates="all")
    assert [mail.subject.partition(":")[0] for mail in sim.mailboxes.of("budi@example.com")] == [
        "Invitation",
        "Cancelled event",
    ]


async def test_nobody_is_told_unless_that_is_asked_for(sim: Simulator, google: Call) -> None:
    await google("POST", body=EVENT, conferenceDataVersion="1")
    await sim.world.wait(lambda: sim.google.events[ID].room)
    await google("DELETE", f"/{ID}")
    assert sim.mailboxes.mails == []


async def test_an_event_is_moved(sim: Simulator, google: Call) -> None:
    await google("POST", body=EVENT, **WRITE)
    await sim.world.wait(lambda: sim.mailboxes.mails)
    later = {
        "start": {"dateTime": "2026-11-24T02:00:00Z", "timeZone": "Asia/Makassar"},
        "end": {"dateTime": "2026-11-24T03:00:00Z", "timeZone": "Asia/Makassar"},
    }
    status, event = await google("PATCH", f"/{ID}", later, sendUpdates="all")
    assert (status, event["sequence"], event["summary"]) == (200, 1, EVENT["summary"])
    assert "24 Nov 2026 10:00 - 11:00 (Asia/Makassar)" in sim.mailboxes.of("budi@example.com")[-1].subject
    body = {name: value for name, value in EVENT.items() if name != "conferenceData"}
    assert (await google("PUT", f"/{ID}", body))[1]["sequence"] == 2


async def test_without_its_version_a_conference_is_passed_over(google: Call) -> None:
    """The real one says nothing, either: a client that forgets it has no room."""
    _, event = await google("POST", body=EVENT, sendUpdates="all")
    assert "conferenceData" not in event


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"id": "Order-5"}, (400, "invalid")),
        ({"id": "x1y2z3"}, (400, "invalid")),
        ({"start": None}, (400, "required")),
        ({"start": {"dateTime": "2026-11-23T10:00:00"}}, (400, "required")),
        ({"start": {"dateTime": "tomorrow", "timeZone": "Asia/Jakarta"}}, (400, "invalid")),
        ({"start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "WIB"}}, (400, "invalid")),
        ({"end": EVENT["start"]}, (400, "timeRangeEmpty")),
        ({"attendees": [{"email": "budi"}]}, (400, "invalid")),
        ({"attendees": [{"mail": "budi@example.com"}]}, (400, "invalid")),
        ({"title": "Mentoring"}, (400, "invalid")),
        ({"conferenceData": {"createRequest": {"requestId": "a"}}}, (400, "invalid")),
    ],
)
async def test_what_is_refused(google: Call, change: Json, refusal: tuple[int, str]) -> None:
    assert reason(await google("POST", body=EVENT | change, **WRITE)) == refusal


async def test_unknown_parameters_tokens_and_calendars_are_refused(
    sim: Simulator, google: Call, session: aiohttp.ClientSession
) -> None:
    assert reason(await google("POST", body=EVENT, sendUpdate="all")) == (400, "invalidParameter")
    assert reason(await google("POST", body=EVENT, sendUpdates="some")) == (400, "invalidParameter")
    assert reason(await google("GET", "/nobodyknowsit")) == (404, "notFound")
    url = f"{sim.url}/calendar/v3/calendars/primary/events"
    async with session.post(url, json=EVENT, headers={"Authorization": "Bearer x"}) as response:
        assert response.status == 401
    async with session.post(f"{sim.url}/google/token", data={"grant_type": "refresh_token"}) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_grant")


async def test_quotas_by_fault(google: Call, control: Control) -> None:
    assert (await control("faults", provider="google", method="insert", kind="403"))[0] == 200
    assert reason(await google("POST", body=EVENT, **WRITE)) == (403, "rateLimitExceeded")
    assert (await google("POST", body=EVENT, **WRITE))[0] == 200
