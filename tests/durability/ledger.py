"""What is held against what at the end: what people saw, what the providers were sent, and what storage holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.durability.books import Books, Json, only
from tests.durability.world import Someone, World, outgoing

Allowed = int | Callable[["Ledger"], int]


@dataclass(frozen=True)
class Count:
    """Something to be counted: `of` finds each case of it (or how many there are). With `exactly` or `most` that is
    what it may be; with neither it is only told.
    """

    what: str
    of: Callable[["Ledger"], Sequence[Any] | int]
    exactly: Allowed | None = None
    most: Allowed | None = None


@dataclass(frozen=True)
class Counted:
    what: str
    value: int
    good: bool
    allowed: str
    cases: Sequence[Any] = ()
    """The first of them, to see what they are."""

    def __str__(self) -> str:
        return f"{self.what} {self.value}{self.allowed}"


@dataclass
class Ledger:
    """`sends` is everything the providers took, in order; `kills` how many sends there had been at each kill;
    `played` how often each sequence was begun, `vain` who waited in it for what never came; `outside` what the
    simulator says of `money`, `calendar`, `mails` and the `datacentre`.
    """

    world: World
    books: Books
    sends: list[Json]
    kills: list[int] = field(default_factory=list)
    people: list[Someone] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    vain: list[str] = field(default_factory=list)
    outside: dict[str, Json] = field(default_factory=dict)

    def count(self, what: Count) -> Counted:
        found = what.of(self)
        value, cases = (found, ()) if isinstance(found, int) else (len(found), found[:5])
        exactly, most = (each(self) if callable(each) else each for each in (what.exactly, what.most))
        good = exactly in (None, value) and (most is None or value <= most)
        allowed = f" (at most {most})" if most is not None else "" if good else f" (must be {exactly})"
        return Counted(what.what, value, good, allowed, cases)

    # --- what there is ---

    @cached_property
    def said(self) -> list[Json]:
        """What people said, as it was recorded."""
        return only(self.books.entries, kind="said")

    @cached_property
    def accepted(self) -> list[tuple[str, str]]:
        """The messages that a webhook was answered 200 for: chat and id."""
        return [
            (person.chat, each)
            for person in self.people
            for each in person.said
            if self.world.seen[person.chat][each]["status"] == "delivered"
        ]

    @cached_property
    def known(self) -> dict[tuple[str, str], Json]:
        """The message that made a bubble, by chat and the provider's id."""
        return {
            (chat_of(message["to"]), each): message
            for message in self.books.messages
            for each in message.get("provider_ids", [])
            if each != message["say"].get("edit")
        }

    @cached_property
    def unknown(self) -> list[tuple[int, Json]]:
        """Sends whose bubble no message knows as its own: a process died before it could note it. With their place."""
        return [
            (index, send)
            for index, send in enumerate(self.sends)
            if (send["chat"], send["message"]["id"]) not in self.known
        ]

    @cached_property
    def shown_to_agents(self) -> str:
        chat = self.world.seen.get(f"telegram:{self.world.config.agents_chat_id}", {})
        return "\n".join(message["text"] for message in chat.values() if outgoing(message))

    def life(self, index: int) -> int:
        """The number of kills before a send."""
        return sum(count <= index for count in self.kills)

    def in_flight(self) -> int:
        """One send a chat can be in flight at a kill: the chats that were sent to between each kill and the last."""
        lanes = {(self.life(index), lane_of(send)) for index, send in enumerate(self.sends)}
        return sum(life < len(self.kills) for life, _ in lanes)


def chat_of(address: str) -> str:
    """An address without its topic, as the simulator names the chat."""
    channel, chat, *_ = address.split(":")
    return f"{channel.removesuffix('-ops')}:{chat}"


def lane_of(send: Json) -> str:
    thread = send["message"]["thread"]
    return f"{send['chat']}:{thread}" if thread else str(send["chat"])
