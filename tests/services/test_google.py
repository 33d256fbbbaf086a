"""Google Calendar as it is asked: against the strict simulator, over HTTP, with Google's own client."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.calendar import google_calls
from services.calendar.base import Meeting, Scheduled
from services.calendar.google import GoogleCalendar
from services.calendar.ics import IcsCalendar
from services.failures import Permanent, Retry, Unknown
from simulator.server import Simulator, SimulatorConfig

STARTS = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MEETING = Meeting(
    id="order5r0",
    title="Mentoring: Python",
    description="Sesi dengan Andi",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(hours=1),
    zone="Asia/Jakarta",
    attendees=("budi@example.com", "andi@example.com"),
)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def sim(key: rsa.RSAPrivateKey) -> AsyncIterator[Simulator]:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    sim = Simulator(SimulatorConfig(google_service_key=public.decode(), google_pending=0.1))
    await sim.start()
    yield sim
    await sim.stop()


def calendar_of(sim: Simulator, credentials: Any = None, **given: str) -> GoogleCalendar:
    values = {"calendar": "primary", "subject": "", "base_url": sim.url} | given
    return GoogleCalendar(credentials=json.dumps(credentials or sim.google_accounts.user_file()), **values)


def service_account(sim: Simulator, key: rsa.RSAPrivateKey) -> dict[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "private_key_id": "1",
        "private_key": private.decode(),
        "client_email": sim.config.google_service_email,
        "token_uri": sim.google_accounts.token_uri,
    }


async def put(sim: Simulator, calendar: GoogleCalendar, meeting: Meeting = MEETING) -> Scheduled:
    """As the effect does it: again where it is told to wait, once the room is there."""
    answer = await calendar.put(meeting)
    if isinstance(answer, Retry):
        await sim.world.wait(lambda: sim.google.events[meeting.id].room)
        answer = await calendar.put(meeting)
    assert isinstance(answer, Scheduled), answer
    return answer


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that is pending is looked at once more at once."""
    monkeypatch.setattr(google_calls, "LOOK", 0.0)


async def test_a_room_that_opens_in_a_moment_is_waited_for(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_calls, "LOOK", 0.2)
    assert isinstance(await calendar_of(sim).put(MEETING), Scheduled)


async def test_an_event_with_a_room_and_invitations(sim: Simulator) -> None:
    answer = await calendar_of(sim).put(MEETING)
    assert answer == Retry("the meeting room is not open yet", 2.0)
    made = await put(sim, calendar_of(sim))
    event = sim.google.events["order5r0"]
    assert made == Scheduled(event="order5r0", room=event.room, invited=True)
    assert made.room.startswith("https://meet.google.com/")
    assert (event.start, event.written["start"]["timeZone"]) == (STARTS, "Asia/Jakarta")
    assert event.written["summary"] == "Mentoring: Python"
    assert [len(sim.mailboxes.of(address)) for address in MEETING.attendees] == [1, 1]


async def test_the_same_call_twice_is_one_event(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    first = await put(sim, calendar)
    assert await calendar.put(MEETING) == first
    assert len(sim.google.events) == 1
    assert len(sim.mailboxes.of("budi@example.com")) == 1


async def test_a_moved_session_is_a_new_event_and_the_old_one_is_cancelled(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    await put(sim, calendar)
    later = replace(MEETING, id="order5r1", previous="order5r0", starts_at=STARTS + timedelta(days=1))
    later = replace(later, ends_at=later.starts_at + timedelta(hours=1))
    made = await put(sim, calendar, later)
    assert {event.id: event.status for event in sim.google.events.values()} == {
        "order5r0": "cancelled",
        "order5r1": "confirmed",
    }
    assert await calendar.put(later) == made  # also when the answer was lost and it is asked for once more
    subjects = [mail.subject.partition(":")[0] for mail in sim.mailboxes.of("andi@example.com")]
    assert subjects == ["Invitation", "Invitation", "Cancelled event"]


async def test_an_event_is_taken_back_once(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    await put(sim, calendar)
    assert await calendar.remove("order5r0") is None
    assert await calendar.remove("order5r0") is None
    assert await calendar.remove("neverwas1") is None
    assert sim.google.events["order5r0"].status == "cancelled"
    assert isinstance(await calendar.put(MEETING), Permanent)


@pytest.mark.parametrize("kind", ["wrong", "500", "silence"])
async def test_what_was_not_cancelled_is_not_taken_for_it(
    sim: Simulator, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_calls, "SECONDS", 0.5)
    calendar = calendar_of(sim)
    await put(sim, calendar)
    sim.faults.add("google", "delete", kind, seconds=2.0)
    assert isinstance(await calendar.remove("order5r0"), Unknown)
    assert sim.google.events["order5r0"].status == "confirmed"
    assert await calendar.remove("order5r0") is None
    assert sim.google.events["order5r0"].status == "cancelled"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("403", Retry("Google's limit is reached: rateLimitExceeded", 60.0)),
        ("429", Retry("Google's limit is reached: rateLimitExceeded", 60.0)),
        ("500", Unknown("500 backendError")),
        ("wrong", Unknown("ValueError")),
        ("cut", Unknown("IncompleteRead")),
    ],
)
async def test_failures(sim: Simulator, kind: str, answer: Retry | Unknown) -> None:
    sim.faults.add("google", "insert", kind)
    calendar = calendar_of(sim)
    assert await calendar.put(MEETING) == answer
    assert (await put(sim, calendar)).invited
    assert len(sim.google.events) == 1


async def test_an_answer_that_never_came_is_looked_for(sim: Simulator) -> None:
    sim.faults.add("google", "insert", "after", times=3)
    calendar = calendar_of(sim)
    assert isinstance(await calendar.put(MEETING), Unknown)
    sim.faults.clear()
    assert (await put(sim, calendar)).event == "order5r0"
    assert len(sim.mailboxes.of("budi@example.com")) == 1


async def test_a_limit_while_the_old_event_is_cancelled_loses_nothing(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    await put(sim, calendar)
    later = replace(MEETING, id="order5r1", previous="order5r0")
    await calendar.put(later)
    await sim.world.wait(lambda: sim.google.events["order5r1"].room)
    sim.faults.add("google", "delete", "403")
    assert isinstance(await calendar.put(later), Retry)
    assert isinstance(await calendar.put(later), Scheduled)
    assert sim.google.events["order5r0"].status == "cancelled"


async def test_nobody_answers(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    await sim.stop()
    assert isinstance(await calendar.put(MEETING), Retry)


async def test_a_token_that_ran_out_is_asked_for_again(sim: Simulator) -> None:
    calendar = calendar_of(sim)
    await put(sim, calendar)
    sim.google_accounts.forget_tokens()
    assert (await calendar.put(MEETING)) == await put(sim, calendar)


async def test_credentials_that_are_not_accepted(sim: Simulator) -> None:
    wrong = sim.google_accounts.user_file() | {"refresh_token": "revoked"}
    answer = await calendar_of(sim, wrong).put(MEETING)
    assert isinstance(answer, Permanent)
    assert "make them anew" in answer.detail
    assert "revoked" not in answer.detail


async def test_a_calendar_of_somebody_else(sim: Simulator) -> None:
    answer = await calendar_of(sim, calendar="boss@example.com").put(MEETING)
    assert isinstance(answer, Permanent)
    assert "GOOGLE_CALENDAR_ID" in answer.detail


async def test_a_look_changes_nothing(sim: Simulator, key: rsa.RSAPrivateKey) -> None:
    calendar = calendar_of(sim)
    await put(sim, calendar)
    assert await calendar.check() is None
    assert isinstance(await calendar_of(sim, service_account(sim, key)).check(), Permanent)
    assert await calendar_of(sim, service_account(sim, key), subject=sim.config.google_account).check() is None
    assert len(sim.google.events) == 1


async def test_a_service_account_acts_for_its_subject(sim: Simulator, key: rsa.RSAPrivateKey) -> None:
    calendar = calendar_of(sim, service_account(sim, key), subject=sim.config.google_account)
    assert (await put(sim, calendar)).invited
    assert sim.google.events["order5r0"].organizer == sim.config.google_account


async def test_a_service_account_alone_is_told_what_it_lacks(sim: Simulator, key: rsa.RSAPrivateKey) -> None:
    calendar = calendar_of(sim, service_account(sim, key))
    answer = await calendar.put(MEETING)
    assert isinstance(answer, Permanent)
    assert "GOOGLE_DELEGATED_SUBJECT" in answer.detail
    answer = await calendar.put(replace(MEETING, attendees=()))
    assert isinstance(answer, Permanent)
    assert "Meet" in answer.detail
    broken = service_account(sim, key) | {"private_key": "none"}
    assert isinstance(await calendar_of(sim, broken).put(MEETING), Permanent)
    stranger = calendar_of(sim, service_account(sim, key), subject="boss@example.com")
    assert isinstance(await stranger.put(MEETING), Permanent)


async def test_a_room_that_failed_to_open_is_asked_for_anew(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google says `failure` now and then; the simulator's rooms always open, so its answer is bent here."""
    from simulator import google_calendar

    told = google_calendar._conference

    def bent(event: google_calendar.Event) -> Any:
        shown = told(event)
        if not event.room and event.request == "order5r0":
            shown["createRequest"]["status"]["statusCode"] = "failure"
        return shown

    monkeypatch.setattr(google_calendar, "_conference", bent)
    calendar = calendar_of(sim)
    assert await calendar.put(MEETING) == Retry("the meeting room is asked for again", 2.0)
    assert sim.google.events["order5r0"].request == "order5r0-2"
    assert (await put(sim, calendar)).room


@pytest.mark.parametrize("given", ["/nowhere/at/all.json", "{", "[]", '{"type": "authorized_user"}', "{}"])
def test_what_are_no_credentials_is_said_at_once(given: str) -> None:
    with pytest.raises(ValueError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        GoogleCalendar(credentials=given, calendar="primary", subject="", base_url="http://127.0.0.1:9")


def test_credentials_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "google.json"
    file.write_text(
        json.dumps({"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"})
    )
    GoogleCalendar(credentials=str(file), calendar="primary", subject="", base_url="http://127.0.0.1:9")


async def test_without_google_there_is_a_room_that_nobody_can_guess() -> None:
    calendar = IcsCalendar(secret="a long secret", rooms="https://meet.example.org/")
    made = await calendar.put(MEETING)
    assert isinstance(made, Scheduled)
    assert made == await calendar.put(MEETING)
    assert not made.invited
    assert made.room.startswith("https://meet.example.org/sahut-")
    others = [
        await calendar.put(replace(MEETING, id="order5r1")),
        await IcsCalendar(secret="another", rooms="https://meet.example.org").put(MEETING),
    ]
    assert len({made.room, *(other.room for other in others if isinstance(other, Scheduled))}) == 3
    assert MEETING.id not in made.room
    assert await calendar.remove("order5r0") is None


async def test_without_a_secret_there_are_no_rooms() -> None:
    assert isinstance(await IcsCalendar(secret="", rooms="https://meet.example.org").put(MEETING), Permanent)
