"""A conversation can be read as it was said and sent."""

from msgspec.structs import replace

from domain.events import Membership, Said
from storage.base import Change, Line, Storage
from tests.storage.kit import AT, BUDI, SARI, claimed, lease, message, minutes, said


async def test_a_transcript_is_what_was_said_and_sent_oldest_first(store: Storage) -> None:
    await converse(store)
    lines = await store.transcript(BUDI)
    assert list(map(words, lines)) == ["satu", "re: satu", "dua", "re: dua", "tiga"]
    assert [line.at for line in lines] == [AT] * 4 + [AT + minutes(1)]


async def test_a_transcript_gives_the_last_lines(store: Storage) -> None:
    await converse(store)
    assert list(map(words, await store.transcript(BUDI, limit=2))) == ["re: dua", "tiga"]
    assert await store.transcript(BUDI, limit=0) == ()


async def test_a_transcript_gives_the_lines_since_a_time(store: Storage) -> None:
    await converse(store)
    assert list(map(words, await store.transcript(BUDI, since=AT + minutes(1)))) == ["tiga"]
    assert len(await store.transcript(BUDI, since=AT)) == 5


async def test_a_transcript_of_a_conversation_that_never_was_is_empty(store: Storage) -> None:
    await converse(store)
    assert await store.transcript("telegram:9") == ()


async def converse(store: Storage) -> None:
    """Two questions and their answers within one second and a third question a minute later, among other things."""
    await store.record([replace(said(0), event=Membership(active=True))], at=AT)
    (claim,) = await store.claim(limit=1, lease=lease())
    await store.commit(Change(claim=claim, at=AT))
    for text in ("satu", "dua"):
        claim = await claimed(store, said(text, text=text))
        answer = message(f"re-{text}", text=f"re: {text}")
        await store.commit(Change(claim=claim, at=AT, outgoing=[answer, message(f"to-sari-{text}", to=SARI)]))
    await store.record([said("tiga", text="tiga"), said("lain", SARI)], at=AT + minutes(1))


def words(line: Line) -> str:
    if line.sent:
        return str(line.sent.say.text.values["text"])
    assert line.said
    assert isinstance(line.said.event, Said)
    return line.said.event.text
